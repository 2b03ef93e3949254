"""A way for bytes out and in, and the inbox in which they arrive."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class WireDown(Exception):
    """The wire cannot be used now; the message says why and what to do, without naming a unit."""


class Wire(Protocol):
    """Opened by the first use, closed at the first sign of loss, opened again by the next use."""

    @property
    def name(self) -> str:
        """Name of the port or host, as it stands in messages."""
        ...

    @property
    def inbox(self) -> "Inbox":
        """Where received bytes arrive."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether it can be used as it is: asked before each question, so that only a closed wire costs an `open`."""
        ...

    async def open(self, timeout_s: float) -> bool:
        """Make it usable; False when it already was, True when it is a new connection. Raises WireDown."""
        ...

    def send(self, data: bytes) -> None:
        """Hand bytes to the operating system. Raises WireDown."""
        ...

    def close(self) -> None:
        """Let go of the port; harmless when closed."""
        ...


class Inbox:
    """Received bytes in order, and one task that may wait for them. `last_fed_s` is the loop time of the newest.

    All waits share one alarm: an answer that comes in time leaves it standing for the next wait, so that a read costs
    the loop no timer of its own, however many lines it serves.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        """Take what feeds in the bytes that the system already has: none of them may be missed when time is up."""
        self._look = look
        self._bytes = b""
        self._lost: str | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._wait_until_s = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self.last_fed_s = 0.0

    def feed(self, data: bytes) -> None:
        """Add bytes that came in."""
        self._bytes = self._bytes + data if self._bytes else data
        self.last_fed_s = asyncio.get_running_loop().time()
        self._wake()

    def lose(self, why: str) -> None:
        """No more will come; whoever waits is told."""
        self._lost = why
        self._wake()

    def reset(self) -> None:
        """Begin anew with a fresh connection."""
        self._bytes = b""
        self._lost = None

    def take(self) -> bytes:
        """Take out what has come."""
        taken, self._bytes = self._bytes, b""
        return taken

    async def more(self, deadline_s: float) -> bool:
        """Wait for something to take, at most until loop time `deadline_s`. Raises WireDown when it was lost."""
        if not self._bytes and self._lost is None:
            loop = asyncio.get_running_loop()
            if loop.time() < deadline_s:
                waiter = self._waiter = loop.create_future()
                self._set_alarm(loop, deadline_s)
                try:
                    await waiter
                finally:
                    self._waiter = None
            if not self._bytes and self._lost is None:
                self._look()
        if self._bytes:
            return True
        if self._lost is not None:
            raise WireDown(self._lost)
        return False

    def _set_alarm(self, loop: asyncio.AbstractEventLoop, deadline_s: float) -> None:
        """See to it that an alarm rings by then; one that rings before finds out that it is too early."""
        self._wait_until_s = deadline_s
        if self._alarm is not None:
            if self._alarm.when() <= deadline_s:
                return
            self._alarm.cancel()
        self._alarm = loop.call_at(deadline_s, self._ring)

    def _ring(self) -> None:
        rang, self._alarm = self._alarm, None
        if self._waiter is None or rang is None:
            return
        if rang.when() < self._wait_until_s:
            self._set_alarm(asyncio.get_running_loop(), self._wait_until_s)
        else:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
