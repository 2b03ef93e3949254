"""A way for bytes out and in, and the inbox in which they arrive."""

import asyncio
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
    """Received bytes in order, and one task that may wait for them. `last_fed_s` is the loop time of the newest."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._lost: str | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.last_fed_s = 0.0

    def feed(self, data: bytes) -> None:
        """Add bytes that came in."""
        self._bytes += data
        self.last_fed_s = asyncio.get_running_loop().time()
        self._wake()

    def lose(self, why: str) -> None:
        """No more will come; whoever waits is told."""
        self._lost = why
        self._wake()

    def reset(self) -> None:
        """Begin anew with a fresh connection."""
        self._bytes.clear()
        self._lost = None

    def take(self) -> bytes:
        """Take out what has come."""
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken

    async def more(self, deadline_s: float) -> bool:
        """Wait for something to take, at most until loop time `deadline_s`. Raises WireDown when it was lost."""
        if not self._bytes and self._lost is None:
            await self._wait(deadline_s)
        if self._bytes:
            return True
        if self._lost is not None:
            raise WireDown(self._lost)
        return False

    async def _wait(self, deadline_s: float) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= deadline_s:
            return
        waiter = self._waiter = loop.create_future()
        alarm = loop.call_at(deadline_s, self._wake)
        try:
            await waiter
        finally:
            alarm.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
