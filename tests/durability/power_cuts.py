"""Cuts the power at every operation of two visits, and sees what the gateway makes of each disk that may be left."""

import asyncio
import hashlib
import logging
import os
import random
import subprocess
import sys
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from durability.disk import Image, Mark, Operation, Policy, cuts
from durability.mounted import TESTS, recording_disk
from durability.record_visits import TO_BE_RESTARTED
from durability.visits import Outside, WentWrong, go_on_to_the_end, must_have_ended_well, must_open_whole

from gateway.core.facts import Fact
from gateway.journal.reader import open_reader

JOURNAL = "journal.sqlite"
DOWN_S = 30
DEADLINE_S = 30.0
# Disks that exist in memory only: a cut costs milliseconds, and the machine's own disk none.
MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh directory is made in it

# A cut: after how many operations, what it leaves of the rest, and how often the dice were thrown for that before.
Cut = tuple[int, Policy, int]
DRAWS = {Policy.NOTHING: 1, Policy.ALL: 1, Policy.TORN: 2, Policy.SOME: 3}


@dataclass(frozen=True, slots=True)
class Recording:
    """What was asked of the disk, and the facts that were written; `begins` where a gateway was first started."""

    operations: list[Operation]
    facts: list[Fact]
    begins: int = 0

    @property
    def cut_points(self) -> int:
        """The moments between two operations, before the first and after the last."""
        return 1 + sum(not isinstance(operation, Mark) for operation in self.operations)

    def all_cuts(self) -> list[Cut]:
        """Every moment with everything that a disk may make of it."""
        return [
            (number, policy, draw)
            for number in range(self.begins, self.cut_points)
            for policy, draws in DRAWS.items()
            for draw in range(draws)
        ]


@dataclass(frozen=True, slots=True)
class Failure:
    """A cut after which something was wrong."""

    cut: Cut
    what: str

    def __str__(self) -> str:
        number, policy, draw = self.cut
        return f"cut {number}/{policy.value}/{draw}: {self.what}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many cuts were tried, how many different disks they left, and what went wrong."""

    cuts: int
    disks: int
    failures: tuple[Failure, ...]


def record(image: Image | None = None, outside: Outside | None = None) -> Recording:
    """Carry the visits out on a recording disk, the restart in the middle being a kill.

    Given what a power cut left, and the world as it was then, it is the rest of the visits that is recorded.
    """
    with TemporaryDirectory(prefix="durability-", dir=MEMORY) as name:
        directory = Path(name)
        world = directory / "outside.pickle"
        with recording_disk(directory) as disk:
            if image is not None and outside is not None:
                lay_down(disk.mount, image)
                world.write_bytes(outside.dump())
                disk.mark(outside.dump())
            command = [sys.executable, "-m", "durability.record_visits", disk.mount, disk.mount / JOURNAL, world]
            environment = {**os.environ, "PYTHONPATH": str(TESTS)}
            status = TO_BE_RESTARTED
            while status == TO_BE_RESTARTED:
                status = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL).returncode  # noqa: S603 - our own program
            if status != 0:
                raise WentWrong(f"the visits ended with status {status} on a disk that was well")
            with open_reader(disk.mount / JOURNAL) as reader:
                facts = list(reader.facts())
        begins = 0
        if image is not None:  # the first operation of the gateway is the one after the first mark
            begins = 1 + next(at for at, one in enumerate(disk.operations) if isinstance(one, Mark))
        return Recording(disk.operations, facts, begins)


def lay_down(directory: Path, image: Image) -> None:
    """Put files on a disk, durably."""
    for name, content in image.items():
        with (directory / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    handle = os.open(directory, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def try_second_cuts(recording: Recording, firsts: Sequence[Cut], each: int, seed: int, processes: int = 2) -> Outcome:
    """Cut the power, let the gateway come back and go on, and cut it again at so many moments after each."""
    cut_at = {cut[0]: cut for cut in firsts}
    outcomes = []
    for number, disk, mark in cuts(recording.operations):
        if number in cut_at and mark is not None:
            _, policy, draw = cut_at[number]
            image = disk.cut(policy, dice_of(seed, (number, policy, draw)))
            outside = Outside.load(mark.content)
            outside.cut_power(DOWN_S)
            again = record(image, outside)
            outcome = try_cuts(again, sample(again, each, seed + number), seed, processes)
            what = f" (a second cut, after {number}/{policy.value}/{draw})"
            outcomes.append(
                replace(outcome, failures=tuple(replace(one, what=one.what + what) for one in outcome.failures))
            )
    return Outcome(
        sum(one.cuts for one in outcomes),
        sum(one.disks for one in outcomes),
        tuple(failure for one in outcomes for failure in one.failures),
    )


def try_cuts(recording: Recording, chosen: Sequence[Cut], seed: int, processes: int = 2) -> Outcome:
    """Try these cuts, shared among processes."""
    shares = [chosen[first::processes] for first in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(partial(_try_share, recording, seed), shares))
    failures = sorted((failure for one in outcomes for failure in one.failures), key=lambda failure: failure.cut)
    return Outcome(sum(one.cuts for one in outcomes), sum(one.disks for one in outcomes), tuple(failures))


def sample(recording: Recording, count: int, seed: int) -> list[Cut]:
    """Choose so many cuts, spread over the whole recording."""
    every = recording.all_cuts()
    return sorted(random.Random(seed).sample(every, min(count, len(every))))  # noqa: S311 - repeatable, not secret


def _try_share(recording: Recording, seed: int, chosen: Iterable[Cut]) -> Outcome:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    wanted: dict[int, list[Cut]] = {}
    for cut in chosen:
        wanted.setdefault(cut[0], []).append(cut)
    known, tried, failures = set[bytes](), 0, list[Failure]()
    for number, disk, mark in cuts(recording.operations):
        for cut in wanted.get(number, ()):
            tried += 1
            image = disk.cut(cut[1], dice_of(seed, cut))
            digest = digest_of(image, mark)
            if digest not in known:
                known.add(digest)
                what = what_is_wrong(image, mark, recording.facts)
                failures += [Failure(cut, what)] if what is not None else []
    return Outcome(tried, len(known), tuple(failures))


def what_is_wrong(image: Image, mark: Mark | None, history: list[Fact]) -> str | None:
    """Start a gateway on this disk, let the visits go on to their end; tell what is wrong then, None if nothing is."""
    with TemporaryDirectory(prefix="durability-", dir=MEMORY) as name:
        for file, content in image.items():
            (Path(name) / file).write_bytes(content)
        outside = Outside() if mark is None else Outside.load(mark.content)
        outside.cut_power(DOWN_S)
        try:
            asyncio.run(_live_on(Path(name) / JOURNAL, outside, history))
        except WentWrong as wrong:
            return str(wrong)
        except Exception as error:  # noqa: BLE001 - whatever it is, this cut is to be named
            return "".join(traceback.format_exception(error)[-3:])
    return None


async def _live_on(path: Path, outside: Outside, history: list[Fact]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await must_open_whole(path, history, outside.acknowledged)
        facts = await go_on_to_the_end(path, outside)
        await must_have_ended_well(path, outside, facts)


def dice_of(seed: int, cut: Cut) -> random.Random:
    return random.Random("/".join(map(str, (seed, *cut))))  # noqa: S311 - repeatable, not secret


def digest_of(image: Image, mark: Mark | None) -> bytes:
    content = hashlib.sha256(mark.content if mark is not None else b"")
    for name, data in image.items():
        if not name.endswith("-shm"):
            content.update(b"%s %d " % (name.encode(), len(data)))
            content.update(data)
    return content.digest()
