"""What happened in the simulated world, in order, and a way to wait for what has not happened yet."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a part of the simulation saw; `at_s` counts from the chronicle's beginning."""

    at_s: float
    what: str
    detail: Mapping[str, str]


class DeadlinePassed(Exception):
    """What was waited for did not happen in time."""


class Chronicle:
    """An ordered record with many writers and any number of waiters, all on one event loop."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []
        self._began = time.monotonic()
        self._waiters: dict[asyncio.Future[Happening], Callable[[Happening], bool]] = {}
        self._listeners: list[Callable[[Happening], None]] = []

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Hand everything that happens from now on to a listener too."""
        self._listeners.append(listener)

    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def tell(self, what: str, /, **detail: str) -> None:
        """Write down that something happened just now."""
        happening = Happening(self.elapsed_s(), what, detail)
        self.happenings.append(happening)
        for future, wanted in list(self._waiters.items()):
            if not future.done() and wanted(happening):
                future.set_result(happening)
        for listener in self._listeners:
            listener(happening)

    async def wait_for(self, wanted: Callable[[Happening], bool], within_s: float, since: int = 0) -> Happening:
        """Give the first happening from number `since` on that is wanted; raises DeadlinePassed."""
        for happening in self.happenings[since:]:
            if wanted(happening):
                return happening
        future: asyncio.Future[Happening] = asyncio.get_running_loop().create_future()
        self._waiters[future] = wanted
        try:
            return await asyncio.wait_for(future, within_s)
        except TimeoutError:
            raise DeadlinePassed(f"not seen within {within_s:g} s") from None
        finally:
            del self._waiters[future]
