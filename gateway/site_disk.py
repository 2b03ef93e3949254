"""What the site asks of its disk, and what it makes of one that refuses or gives no answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from gateway.core.facts import Fact
from gateway.core.instant import Instant
from gateway.core.rows import RowChange
from gateway.core.site_state import SiteState
from gateway.outbox import Owing

# How often a disk that refused is asked again; each time it gets everything that waits for it.
RETRY_AFTER: Final = timedelta(seconds=2)
# A card may take a second or two to tidy up; what takes longer than this is an illness like a refusal.
SILENT_S: Final = 5.0
SILENCE: Final = f"the disk has given no answer for {SILENT_S:g} s; check dmesg and the SD card"


class Journal(Owing, Protocol):
    """Where facts become durable."""

    def begin(self, facts: Sequence[Fact], changes: Sequence[RowChange], /) -> asyncio.Future[Any]:
        """Begin to write facts and what follows from them in one transaction; on disk when the future is done."""
        ...

    async def recall(self) -> SiteState:
        """Return the newest fold of facts that is on record; an empty one where there is none."""
        ...

    def facts(self, from_seq: int) -> AsyncIterator[Fact]:
        """Read facts in order."""
        ...


class DiskSilent(Exception):
    """The disk gives no answer: what was asked of it may yet come to be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the disk was asked to write, and the state once it has."""

    answer: asyncio.Future[Any]
    state: SiteState
    changes: tuple[RowChange, ...]

    async def heard(self) -> None:
        """Return once it is on disk; raises what the disk raises, DiskSilent where it gives no answer for long."""
        await asyncio.wait((self.answer,), timeout=SILENT_S)
        if not self.answer.done():
            raise DiskSilent(SILENCE)
        self.answer.result()


@dataclass(frozen=True, slots=True)
class Illness:
    """The disk refused: since when, and when it was asked last."""

    since: Instant
    asked_at: Instant


async def in_time(reading: Awaitable[None]) -> bool:
    """Wait for what reads the disk; tell whether there was an answer. Raises what the disk raises."""
    try:
        async with asyncio.timeout(SILENT_S):
            await reading
    except TimeoutError:
        return False
    return True
