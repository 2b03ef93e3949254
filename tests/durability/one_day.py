"""Program: one simulated day of a busy site on a disk, second by second; prints what reached the device as JSON.

Arguments: the directory for the journal, how many hours, how many sessions in a whole day, the years that the card is
to live, the TB that it bears, and how many backends there are.
"""

import asyncio
import ctypes
import json
import logging
import os
import sys
import time
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import structlog
from durability.busy_site import BACKENDS, BusySite, busy_site, events_of, new_outlets, plan_day
from scenarios.box import TurnedClock

from gateway.flash import FlashBudget

# A day in minutes would hide what the kernel writes by itself: ext4 its metadata so long after a change, and the page
# cache what was changed through a mapping, as SQLite's index of its log is.
EXT4_COMMIT_S, WRITEBACK_S = 5, 30
FLASH_STEP_S = 10
SEED = 4
SECTOR = 512
# Fields of /sys/dev/block/*/stat.
SECTORS, FLUSHES = 6, 15
# As after days of running: the log is as long as it gets, and is written over from its beginning.
WRAP_ROUND = 100  # more, so that it begins again
WARM_BYTES = 4 << 20


async def one_day(  # noqa: PLR0913, PLR0917 - what its caller may choose
    directory: Path, hours: int, sessions: int, life_years: int, endurance_tb: float, backends: int
) -> dict[str, float]:
    """Live through the day."""
    began, clock = time.monotonic(), TurnedClock()
    happenings = list(events_of(plan_day(sessions, SEED)))
    handle = os.open(directory, os.O_RDONLY)
    async with busy_site(
        directory / "journal.sqlite", clock, new_outlets(), keep=None, backends=BACKENDS[:backends]
    ) as busy:
        await _warm_up(busy, directory)
        before, appends = _written(handle), busy.journal.appends
        budget = FlashBudget(
            busy.site.patience, clock, directory, life_years=life_years, endurance_bytes=endurance_tb * 10**12
        )
        kernel, longest_s = _Kernel(handle, directory / "journal.sqlite.lock", appends), 0
        for second in range(hours * 3600):
            while happenings and happenings[0][0] <= second:
                _, verb, uid = happenings.pop(0)
                await busy.do(verb, uid)
            await busy.pass_time(1)
            await busy.settle()
            await busy.upkeep.step()
            if second % FLASH_STEP_S == 0:
                budget.step()
                longest_s = max(longest_s, int(busy.site.patience.later.total_seconds()))
            kernel.look(second, busy.journal.appends)
        facts, commits = busy.site.written.last_seq, busy.journal.appends - appends
        shown = budget.snapshot()
    after = _written(handle)
    os.close(handle)
    return {
        "days": hours / 24,
        "facts": facts,
        "commits": commits,
        "bytes": (after[0] - before[0]) * SECTOR,
        "flushes": after[1] - before[1],
        "own_bytes_per_day": shown.own_bytes_per_day or 0,
        "budget_bytes_per_day": shown.budget_bytes_per_day,
        "longest_held_s": longest_s,
        "took_s": time.monotonic() - began,
    }


@dataclass
class _Kernel:
    """Does what the kernel would have done by now, had the day taken a day."""

    handle: int
    file: Path
    seen: int
    metadata_due_s: int | None = None
    pages_due_s: int | None = None

    def look(self, second: int, appends: int) -> None:
        if appends != self.seen:
            self.seen = appends
            self.metadata_due_s = self.metadata_due_s or second + EXT4_COMMIT_S
            self.pages_due_s = self.pages_due_s or second + WRITEBACK_S
        if self.pages_due_s is not None and second >= self.pages_due_s:
            _write_out(self.handle)
            self.metadata_due_s = self.pages_due_s = None
        elif self.metadata_due_s is not None and second >= self.metadata_due_s:
            self._commit_metadata()
            self.metadata_due_s = None

    def _commit_metadata(self) -> None:
        """Have ext4 commit its running transaction, as its timer does: syncing any changed inode does that."""
        os.utime(self.file)
        file = os.open(self.file, os.O_RDONLY)
        os.fsync(file)
        os.close(file)


async def _warm_up(busy: BusySite, directory: Path) -> None:
    """Have the write-ahead log grow to its full length. Two checkpoints in turn: the same one again is no change."""
    log, one = directory / "journal.sqlite-wal", busy.site.written
    await busy.pass_time(1)
    states = cycle((one, busy.site.written))
    while log.stat().st_size < WARM_BYTES:
        await busy.journal.remember(next(states))
    for _ in range(WRAP_ROUND):
        await busy.journal.remember(next(states))


def _written(handle: int) -> tuple[int, int]:
    """Write everything out, and return what the device had to write and to flush until now."""
    _write_out(handle)
    device = os.fstat(handle).st_dev
    fields = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text(encoding="ascii").split()
    return int(fields[SECTORS]), int(fields[FLUSHES])


def _write_out(handle: int) -> None:
    ctypes.CDLL(None, use_errno=True).syncfs(handle)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    where, hours, sessions, years, terabytes, count = sys.argv[1:]
    done = asyncio.run(one_day(Path(where), int(hours), int(sessions), int(years), float(terabytes), int(count)))
    print(json.dumps(done))  # noqa: T201 - a program's result
