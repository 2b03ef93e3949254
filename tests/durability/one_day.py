"""Program: one simulated day of a busy site on a disk, second by second; prints what was done as JSON.

Arguments: the directory for the journal, how many seconds of the day, how many sessions in a whole day, and how many
seconds facts may wait for company.
"""

import asyncio
import ctypes
import json
import logging
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import structlog
from durability.busy_site import DAY_S, busy_site, events_of, new_outlets, plan_day
from scenarios.box import TurnedClock

# ext4 writes metadata out this long after a change, and a whole day in two minutes would hide that.
EXT4_COMMIT_S = 5
SEED = 4


async def one_day(directory: Path, seconds: int, sessions: int, later: timedelta) -> dict[str, float]:
    """Live through the day."""
    began, clock = time.monotonic(), TurnedClock()
    happenings = list(events_of(plan_day(sessions, SEED)))
    handle = os.open(directory, os.O_RDONLY)
    async with busy_site(
        directory / "journal.sqlite", clock, new_outlets(), keep=timedelta(days=90), later=later
    ) as busy:
        appends, changed_s, taps = busy.journal.appends, -1, 0
        for second in range(seconds):
            while happenings and happenings[0][0] <= second:
                _, verb, uid = happenings.pop(0)
                if verb == "tap":
                    await busy.tap(uid)
                    taps += 1
                elif verb == "arrive":
                    busy.arrive(uid)
                else:
                    busy.leave(uid)
            await busy.pass_time(1)
            await busy.settle()
            await busy.upkeep.step()
            if busy.journal.appends != appends and changed_s < 0:
                changed_s = second
            if changed_s >= 0 and second - changed_s >= EXT4_COMMIT_S:
                await asyncio.to_thread(_write_out, handle)
                appends, changed_s = busy.journal.appends, -1
        facts = busy.site.written.last_seq
        commits = busy.journal.appends
    _write_out(handle)
    os.close(handle)
    return {
        "facts": facts,
        "commits": commits,
        "taps": taps,
        "file_bytes": _size(directory),
        "days": seconds / DAY_S,
        "took_s": time.monotonic() - began,
    }


def _size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir() if file.is_file())


def _write_out(handle: int) -> None:
    ctypes.CDLL(None, use_errno=True).syncfs(handle)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    where, seconds, sessions, later = sys.argv[1:]
    print(json.dumps(asyncio.run(one_day(Path(where), int(seconds), int(sessions), timedelta(seconds=int(later))))))  # noqa: T201 - a program's result
