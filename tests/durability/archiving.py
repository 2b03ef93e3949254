"""Old sessions move to the archive, and their space goes back: cut at every operation of that, refused at every one.

A cut leaves what disk.py says. A refusal lasts from some operation on until upkeep waits; then there is space again,
and retention has to go on by itself.
"""

import asyncio
import logging
import random
import sqlite3
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from durability.disk import Disk, Image, Mark, Operation, Policy, Sync, SyncDirectory
from durability.mounted import recording_disk
from durability.power_cuts import DRAWS, JOURNAL, MEMORY, Cut, Failure, Outcome, dice_of, digest_of, lay_down
from durability.refusals import ERRORS, Refusal, RefusalReport
from durability.visits import WentWrong
from journal.test_journal_archive import KEEP, LONG_AFTER_S, grown_old, visits
from journal.writing import edit
from scenarios.box import TurnedClock, running_box

from gateway.core.facts import Fact
from gateway.core.site_state import SiteState, fold
from gateway.journal.journal import Journal, open_journal
from gateway.journal.reader import open_reader
from gateway.journal.replay import replay
from gateway.journal.retention import SPARE_PAGES
from gateway.journal.upkeep import ARCHIVED_EVERY, Upkeep
from gateway.journal.verify import verify
from gateway.projection import project

# More facts than go to the archive in one step, and more free pages than the file gives back in one.
OLD_VISITS = 30
FILLER = "CREATE TABLE filler (content BLOB); INSERT INTO filler VALUES (zeroblob(2400000)); DROP TABLE filler"
NOW_S = LONG_AFTER_S + 5_000


@dataclass(frozen=True, slots=True)
class Archiving:
    """One run from the moment it begins: the disk then, what was asked of it, the facts that must be there after."""

    disk: Disk
    operations: list[Operation]
    facts: list[Fact]

    @property
    def cut_points(self) -> int:
        """The moments between two operations, before the first and after the last."""
        return 1 + len(self.operations)

    def all_cuts(self) -> list[Cut]:
        """Every moment with everything that a disk may make of it."""
        draws = [(policy, draw) for policy, count in DRAWS.items() for draw in range(count)]
        return [(number, policy, draw) for number in range(self.cut_points) for policy, draw in draws]

    def all_refusals(self) -> list[Refusal]:
        """Every operation with every error."""
        return [Refusal(after, error) for after in range(len(self.operations)) for error in ERRORS]


@dataclass(frozen=True, slots=True)
class _AtRest:
    """A site where nothing happens: what is written is what the journal recalled."""

    written: SiteState


def record_archiving() -> Archiving:
    """Let visits grow old, and record how they are archived."""
    with TemporaryDirectory(prefix="durability-", dir=MEMORY) as name, recording_disk(Path(name)) as disk:
        facts = asyncio.run(_live_and_archive(disk.mount / JOURNAL, partial(disk.mark, b"")))
    at = next(number for number, one in enumerate(disk.operations) if isinstance(one, Mark))
    before = Disk()
    for operation in disk.operations[:at]:
        before.take(operation)
    for operation in (*map(Sync, tuple(before.pending)), SyncDirectory()):
        before.take(operation)
    return Archiving(before, disk.operations[at + 1 :], facts)


async def _live_and_archive(path: Path, mark: Callable[[], None]) -> list[Fact]:
    async with running_box(path) as box:
        await visits(box, OLD_VISITS)
        await grown_old(box)
        await visits(box, 1)
        edit(path, FILLER)
        facts = await box.facts()
        mark()
        upkeep = Upkeep(box.journal, project, box.site, box.clock, keep=KEEP)
        while await upkeep.step():
            pass
        return facts


def cut_archiving(archiving: Archiving, chosen: Sequence[Cut], seed: int, processes: int = 2) -> Outcome:
    """Try these cuts, shared among processes."""
    shares = [chosen[first::processes] for first in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(partial(_cut_share, archiving, seed), shares))
    failures = tuple(failure for one in outcomes for failure in one.failures)
    return Outcome(sum(one.cuts for one in outcomes), sum(one.disks for one in outcomes), failures)


def _cut_share(archiving: Archiving, seed: int, chosen: Sequence[Cut]) -> Outcome:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    wanted: dict[int, list[Cut]] = {}
    for cut in chosen:
        wanted.setdefault(cut[0], []).append(cut)
    known, failures = set[bytes](), list[Failure]()
    for number in range(archiving.cut_points):
        if number:
            archiving.disk.take(archiving.operations[number - 1])
        for cut in wanted.get(number, ()):
            image = archiving.disk.cut(cut[1], dice_of(seed, cut))
            digest = digest_of(image, None)
            if digest not in known:
                known.add(digest)
                what = _what_is_wrong(image, archiving.facts)
                failures += [Failure(cut, what)] if what is not None else []
    return Outcome(len(chosen), len(known), tuple(failures))


def _what_is_wrong(image: Image, facts: list[Fact]) -> str | None:
    """Open what a cut left, and let retention go on to its end."""
    with TemporaryDirectory(prefix="durability-", dir=MEMORY) as name:
        for file, content in image.items():
            (Path(name) / file).write_bytes(content)
        path = Path(name) / JOURNAL
        try:
            asyncio.run(_must_be_whole(path, facts))
            asyncio.run(_go_on_to_the_end(path))
            asyncio.run(_must_be_whole(path, facts))
        except WentWrong as wrong:
            return str(wrong)
        except Exception as error:  # noqa: BLE001 - whatever it is, this cut is to be named
            return "".join(traceback.format_exception(error)[-3:])
    return None


def refuse_archiving(archiving: Archiving, chosen: Sequence[Refusal], processes: int = 2) -> RefusalReport:
    """Carry the run out once for each refusal, shared among processes."""
    shares = [chosen[first::processes] for first in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        reports = list(pool.map(partial(_refuse_share, archiving), shares))
    failures = tuple(failure for one in reports for failure in one.failures)
    return RefusalReport(sum(one.refusals for one in reports), sum(one.noticed for one in reports), failures)


def _refuse_share(archiving: Archiving, chosen: Sequence[Refusal]) -> RefusalReport:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    before = archiving.disk.cut(Policy.ALL, random.Random(0))  # noqa: S311 - no dice are thrown for it
    noticed, failures = 0, list[str]()
    for refusal in chosen:
        try:
            noticed += _live_with(refusal, before, archiving.facts)
        except WentWrong as wrong:
            failures.append(f"{refusal}: {wrong}")
        except Exception as error:  # noqa: BLE001 - whatever it is, this refusal is to be named
            failures.append(f"{refusal}: {''.join(traceback.format_exception(error)[-3:])}")
    return RefusalReport(len(chosen), noticed, tuple(failures))


def _live_with(refusal: Refusal, before: Image, facts: list[Fact]) -> bool:
    """Tell whether upkeep noticed; then the power is cut too, so that nothing may only seem to be on the disk."""
    with TemporaryDirectory(prefix="durability-", dir=MEMORY) as name, recording_disk(Path(name)) as disk:
        path = disk.mount / JOURNAL
        lay_down(disk.mount, before)

        async def archive() -> bool:
            async with open_journal(path, project) as journal:
                clock, upkeep = await _upkeep(journal)
                disk.refuse(refusal.error, refusal.after)
                await _step_until_nothing_is_left(upkeep)
                was_noticed = not _is_done(path)
                if [fact async for fact in journal.facts()] != facts:
                    raise WentWrong("lost: facts are missing while the disk refuses")
                disk.accept()
                clock.turn(int(ARCHIVED_EVERY.total_seconds()))
                await _step_until_nothing_is_left(upkeep)
                if not _is_done(path):
                    raise WentWrong("retention did not go on when the disk was well")
                disk.mark(b"")
                return was_noticed

        was_noticed = asyncio.run(archive())
        asyncio.run(_must_be_whole(path, facts))
    end = Disk()
    for operation in takewhile(lambda operation: not isinstance(operation, Mark), disk.operations):
        end.take(operation)
    what = _what_is_wrong(end.cut(Policy.NOTHING, random.Random(0)), facts)  # noqa: S311 - no dice are thrown for it
    if what is not None:
        raise WentWrong(f"{what} (after a cut at the end)")
    return was_noticed


async def _upkeep(journal: Journal) -> tuple[TurnedClock, Upkeep]:
    clock = TurnedClock(boot_id="boot-2")
    clock.turn(NOW_S)
    return clock, Upkeep(journal, project, _AtRest(await journal.recall()), clock, keep=KEEP)


async def _step_until_nothing_is_left(upkeep: Upkeep) -> None:
    while await upkeep.step():
        pass


async def _go_on_to_the_end(path: Path) -> None:
    async with open_journal(path, project) as journal:
        _, upkeep = await _upkeep(journal)
        await _step_until_nothing_is_left(upkeep)
    if not _is_done(path):
        raise WentWrong("retention did not go on to its end")


def _is_done(path: Path) -> bool:
    """Tell whether the newest visit alone is left in the file, and the space given back."""
    with closing(sqlite3.connect(path)) as connection:
        (sessions,) = connection.execute("SELECT count(*) FROM session").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return (sessions, free <= SPARE_PAGES) == (1, True)


async def _must_be_whole(path: Path, facts: list[Fact]) -> None:
    """Every fact is there once, each linked to the one before, and what is derived follows from them."""
    async with open_journal(path, project) as journal:
        if journal.quarantined is not None:
            raise WentWrong(f"damaged: {journal.quarantined}")
        found = [fact async for fact in journal.facts()]
        if len(found) != len(facts):
            raise WentWrong(f"{'lost' if len(found) < len(facts) else 'twice'}: {len(found)} of {len(facts)} facts")
        if found != facts:
            raise WentWrong("the facts are not those that were written")
        if await journal.recall() != fold(facts):
            raise WentWrong("what was noted of the facts is not their fold")
    if (damage := verify(path).damage) is not None:
        raise WentWrong(f"verify: {damage.what}")
    if not (report := replay(path, project)).is_equal:
        raise WentWrong(f"replay differs: {report.differences}")
    with open_reader(path) as reader:
        bills = len(reader.cdrs(-1))
    if bills != OLD_VISITS + 1:
        raise WentWrong(f"{'lost' if bills <= OLD_VISITS else 'twice'}: {bills} CDRs of {OLD_VISITS + 1} visits")
