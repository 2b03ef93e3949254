"""An event loop whose clock leaves out what the machine took from this process.

Simulated devices, peers and backends share the loop with the program that waits for them, so all are held up together;
only the clock goes on, and a deadline passes that nobody could have kept. Here the loop looks around every few
milliseconds, and what lies between two looks counts for no more than a moment.
"""

import asyncio
import selectors
import time

LOOK_S = 0.005
MOMENT_S = 0.01


class _Watchful(selectors.EpollSelector):
    """Waits no longer than a look."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, after a look at the latest."""
        return super().select(LOOK_S if timeout is None else min(timeout, LOOK_S))


class SteadyLoop(asyncio.SelectorEventLoop):
    """`time` is the machine's monotonic clock less all hold-ups so far; it never runs ahead of that clock."""

    def __init__(self) -> None:
        self._looked_s = time.monotonic()
        self._held_up_s = 0.0
        super().__init__(_Watchful())

    def time(self) -> float:
        """Count what has passed since the last look, a moment at most."""
        now_s = time.monotonic()
        self._held_up_s += max(0.0, now_s - self._looked_s - MOMENT_S)
        self._looked_s = now_s
        return now_s - self._held_up_s
