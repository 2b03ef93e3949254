"""The disk refuses from any operation of the two visits on, for a while: full, broken, or read-only."""

import asyncio
import errno
import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from durability.mounted import RecordingDisk, recording_disk
from durability.visits import PLAN, Outside, WentWrong, go_on, must_have_ended_well

from gateway.journal.errors import JournalUnwritable

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
# How long the disk is ill at most: longer than a session may go on without it.
ILL_S = 9
RESTART_S = 2
RESTARTS_UNTIL_WELL = 3
DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """After how many operations the disk refused, and with what error."""

    after: int
    error: int

    def __str__(self) -> str:
        return f"{errno.errorcode[self.error]} after {self.after} operations"


@dataclass(frozen=True, slots=True)
class RefusalReport:
    """How many refusals were lived through, in how many the gateway noticed and did not end, and what went wrong."""

    refusals: int
    noticed: int
    failures: tuple[str, ...]


def some_refusals(count: int, operations: int, seed: int) -> list[Refusal]:
    """Choose so many, spread over all operations."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return [Refusal(dice.randrange(operations), ERRORS[number % len(ERRORS)]) for number in range(count)]


def live_through(refusals: list[Refusal]) -> RefusalReport:
    """Carry the visits out once for each refusal."""
    noticed, failures = 0, list[str]()
    for refusal in refusals:
        with TemporaryDirectory(prefix="durability-") as name, recording_disk(Path(name)) as disk:
            visit = _Visit(disk, disk.mount / "journal.sqlite", Outside())
            try:
                asyncio.run(visit.live_with(refusal))
            except WentWrong as wrong:
                failures.append(f"{refusal}: {wrong}")
            noticed += visit.was_ill
    return RefusalReport(len(refusals), noticed, tuple(failures))


@dataclass
class _Visit:
    disk: RecordingDisk
    path: Path
    outside: Outside
    was_ill: bool = False
    restarts: int = 0

    async def live_with(self, refusal: Refusal) -> None:
        self.disk.refuse(refusal.error, refusal.after)
        async with asyncio.timeout(DEADLINE_S):
            while self.outside.step < len(PLAN):
                try:
                    await go_on(self.path, self.outside, self._watch)
                except* JournalUnwritable:
                    self._restart()
            # It may have been ill to the end: the last seconds once more, with a disk that is well.
            self.disk.accept()
            self.outside.step, self.outside.waited_s = len(PLAN) - 1, 0
            facts = await go_on(self.path, self.outside)
            await must_have_ended_well(self.path, self.outside, facts)

    def _watch(self, outside: Outside) -> None:
        self.was_ill = self.was_ill or outside.ill_s > 0
        if outside.ill_s >= ILL_S:
            self.disk.accept()

    def _restart(self) -> None:
        """Do as systemd: wait a moment and start it again; what hangs on the contactor goes on meanwhile."""
        self.outside.clock.turn(RESTART_S)
        self.outside.outlet.step(RESTART_S, wanted=None)
        self.restarts += 1
        if self.restarts >= RESTARTS_UNTIL_WELL:
            self.disk.accept()
