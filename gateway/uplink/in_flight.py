"""Messages that wait for their acknowledgement, oldest first, under one deadline that is the same for each of them."""

import asyncio
from collections.abc import Callable


class InFlight:
    """One connection's. `is_late` is called when the oldest has waited for `timeout_s`; all should fail then."""

    def __init__(self, timeout_s: float, is_late: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout_s = timeout_s
        self._is_late = is_late
        self._waiting: dict[int, tuple[asyncio.Future[int], float]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def __contains__(self, packet_id: int) -> bool:
        """Tell whether a message with this id waits."""
        return packet_id in self._waiting

    def __len__(self) -> int:
        """Count those that wait."""
        return len(self._waiting)

    def add(self, packet_id: int) -> asyncio.Future[int]:
        """Return what is done, with the reason code, when the message is acknowledged."""
        acknowledged: asyncio.Future[int] = self._loop.create_future()
        due = self._loop.time() + self._timeout_s
        self._waiting[packet_id] = acknowledged, due
        if self._alarm is None:
            self._alarm = self._loop.call_at(due, self._look)
        return acknowledged

    def acknowledge(self, packet_id: int, code: int) -> None:
        """Take an acknowledgement; one that nobody waits for is nothing."""
        waiting = self._waiting.pop(packet_id, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_result(code)

    def fail(self, reason: str) -> None:
        """Have all that wait raise ConnectionResetError."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for acknowledged, _ in self._waiting.values():
            if not acknowledged.done():
                acknowledged.set_exception(ConnectionResetError(reason))
        self._waiting.clear()

    def _look(self) -> None:
        """Look at the oldest; one timer for all, as one for each would be most of what a message costs."""
        self._alarm = None
        oldest = next(iter(self._waiting.values()), None)
        if oldest is None:
            return
        _, due = oldest
        if due > self._loop.time():
            self._alarm = self._loop.call_at(due, self._look)
        else:
            self._is_late()
