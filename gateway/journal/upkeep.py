"""Looks after the journal while the daemon runs: notes checkpoints, archives, gives space back, reads everything again.

All in small steps between which facts are written: nobody who appends waits for more than one of them.
"""

import asyncio
from datetime import timedelta
from typing import Final, Protocol

import structlog

from gateway.clock import Clock
from gateway.core.instant import Instant, elapsed
from gateway.core.site_state import SiteState
from gateway.journal.errors import ArchiveDamaged, JournalUnwritable
from gateway.journal.journal import Journal
from gateway.journal.replay import Project

log = structlog.get_logger()

# So many facts at most are folded at a start; noting a checkpoint costs some tens of kilobytes of flash.
REMEMBERED_EVERY: Final = 5_000
# A daemon that is stopped notes one too, unless so few facts came since the last that it makes no difference.
WORTH_REMEMBERING: Final = 200
STEP_S: Final = 1.0
ARCHIVED_EVERY: Final = timedelta(minutes=10)
CHECKED_EVERY: Final = timedelta(days=7)


class Written(Protocol):
    """Who knows what is on disk."""

    @property
    def written(self) -> SiteState:
        """The fold of all facts that are on disk."""
        ...


class Upkeep:
    """One for one journal. `keep` is the age from which settled facts go to the archive, None keeps them here."""

    def __init__(
        self, journal: Journal, project: Project, site: Written, clock: Clock, *, keep: timedelta | None
    ) -> None:
        self._journal = journal
        self._project = project
        self._site = site
        self._clock = clock
        self._keep = keep
        self._looked_at: Instant | None = None
        self._checked_at: Instant | None = None
        self._next_to_check = 1
        self._trouble: str | None = None
        self._move_up_to = 0

    async def run(self) -> None:
        """Take a step every second until cancelled. A fact that is not as written ends it: JournalCorrupt."""
        while True:
            await self.step()
            await asyncio.sleep(STEP_S)

    async def step(self) -> bool:
        """Do a little of whatever is to be done; tell whether there is more. What the disk refuses is tried again."""
        try:
            await self._remember(REMEMBERED_EVERY)
            more = [await self._archive(), await self._check()]
        except (JournalUnwritable, ArchiveDamaged) as fault:
            if self._trouble != str(fault):
                self._trouble = str(fault)
                log.warning("upkeep_waits", reason=self._trouble)
            self._move_up_to = self._next_to_check = 0
            return False
        self._trouble = None
        return any(more)

    async def finish(self) -> None:
        """Note a last checkpoint; a disk that does not take it costs the next start some time, and nothing else."""
        try:
            await self._remember(WORTH_REMEMBERING)
        except JournalUnwritable as fault:
            log.warning("checkpoint_not_noted", reason=str(fault))

    async def _remember(self, after: int) -> None:
        written = self._site.written
        if written.last_seq - self._journal.remembered >= after:
            await self._journal.remember(written)

    async def _archive(self) -> bool:
        now = self._clock.now()
        if self._keep is None:
            return False
        if self._looked_at is None or elapsed(self._looked_at, now) >= ARCHIVED_EVERY:
            self._looked_at = now
            self._move_up_to = await self._journal.movable_up_to(now.utc - self._keep)
        if self._move_up_to:
            if await self._journal.archive(self._project, self._move_up_to):
                return True
            self._move_up_to = 0
        return await self._journal.shrink()

    async def _check(self) -> bool:
        """Read facts again, from the first to the newest and then not for a week."""
        now = self._clock.now()
        if self._next_to_check == 0:
            if self._checked_at is not None and elapsed(self._checked_at, now) < CHECKED_EVERY:
                return False
            self._next_to_check = 1
        self._checked_at = now
        self._next_to_check = await self._journal.check(self._next_to_check)
        return self._next_to_check > 0
