"""Who may speak next on a line: writes before reads, otherwise in the order they came."""

import asyncio
from collections import deque


class Turns:
    """One turn, handed from caller to caller; a cancelled caller neither keeps nor loses it."""

    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()

    def take_if_free(self) -> bool:
        """Take the turn if nobody has it."""
        if self._taken:
            return False
        self._taken = True
        return True

    async def take(self, *, urgent: bool = False) -> None:
        """Wait for the turn; whoever is urgent goes before all who are not."""
        if self.take_if_free():
            return
        waiter = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._patient).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Hand the turn on."""
        for waiters in (self._urgent, self._patient):
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    waiter.set_result(None)
                    return
        self._taken = False
