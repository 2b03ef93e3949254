"""Program: a year of sessions through the real site, journal, archive and shippers; prints figures on the way as JSON.

Arguments: the directory for the journal, how many sessions, and after how many days settled ones go to the archive (0:
never). Each session is authorised, started, sampled four times, stopped and billed, and both backends take it all.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import structlog
from durability.busy_site import UIDS, BusySite, busy_site, new_outlets
from plant import Outlet
from scenarios.box import TurnedClock

from gateway.core.identifiers import EvseUid
from gateway.flash import LONGEST

SESSIONS_A_DAY = 274
SAMPLE_S, SAMPLES = 600, 4
CHECKED = 20  # taps timed at each end
WAVE = len(UIDS)
WAVE_S = 24 * 3600 * WAVE // SESSIONS_A_DAY
STAGES = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """How things stand after so many sessions; start and tap in processor time, whatever else the machine does."""

    sessions: int
    facts: int
    start_s: float
    tap_ms: float
    resident_kib: int
    journal_bytes: int
    archive_bytes: int
    took_s: float


async def one_year(directory: Path, sessions: int, keep_days: int) -> list[Stage]:
    """Live through it, with a restart at every stage."""
    clock, outlets, began = TurnedClock(), new_outlets(), time.monotonic()
    keep = timedelta(days=keep_days) if keep_days else None
    path, done, stages = directory / "journal.sqlite", 0, list[Stage]()
    # The first stage comes when everything has been used once.
    for until in (min(400, sessions // 10), *(sessions * number // STAGES for number in range(1, STAGES + 1))):
        async with _busy(path, clock, outlets, keep) as busy:
            while done < until:
                await _wave(busy)
                done += WAVE
            await busy.upkeep.finish()
        opening = time.process_time()
        async with _busy(path, clock, outlets, keep) as busy:
            start_s = time.process_time() - opening
            tap_ms = await _timed_taps(busy)
            done += CHECKED
            facts = busy.site.written.last_seq
        sizes = _sizes(directory)
        stages.append(Stage(done, facts, start_s, tap_ms, _resident_kib(), *sizes, time.monotonic() - began))
        print(json.dumps(asdict(stages[-1])), flush=True)  # noqa: T201 - a program's result
    return stages


@asynccontextmanager
async def _busy(
    path: Path, clock: TurnedClock, outlets: dict[EvseUid, Outlet], keep: timedelta | None
) -> AsyncIterator[BusySite]:
    """Run the site as after a reboot, with the patience of a day that has used its flash budget up."""
    clock.boot_id = f"boot-{clock.boot_s}"
    async with busy_site(path, clock, outlets, keep=keep, sample_interval_s=SAMPLE_S) as busy:
        busy.site.patience.later = LONGEST
        yield busy


async def _wave(busy: BusySite) -> None:
    """Four sessions side by side, and the time until the next four."""
    for uid in UIDS:
        await busy.do("arrive", uid)
    await busy.pass_time(2)
    for uid in UIDS:
        await busy.tap(uid)
    for _ in range(SAMPLES):
        await busy.pass_time(SAMPLE_S)
    await busy.pass_time(5)
    for uid in UIDS:
        await busy.tap(uid)
    await busy.pass_time(2)
    for uid in UIDS:
        await busy.do("leave", uid)
    await busy.pass_time(WAVE_S - SAMPLE_S * SAMPLES - 9)
    await busy.settle()
    # Enough to keep pace: four sessions are fewer facts than go to the archive in one step.
    await busy.upkeep.step()


async def _timed_taps(busy: BusySite) -> float:
    """Time how long a tap takes until the contactor may close, in ms of processor time; the median."""
    found, uid = [], UIDS[0]
    for _ in range(CHECKED):
        await busy.do("arrive", uid)
        await busy.pass_time(2)
        began = time.process_time()
        await busy.tap(uid)
        if not busy.site.wants_energy(uid):
            raise RuntimeError("the tap began nothing")
        found.append((time.process_time() - began) * 1000)
        await busy.pass_time(30)
        await busy.tap(uid)
        await busy.pass_time(2)
        await busy.do("leave", uid)
        await busy.pass_time(30)
        await busy.settle()
    return median(found)


def _sizes(directory: Path) -> tuple[int, int]:
    files = {file.name: file.stat().st_size for file in directory.iterdir()}
    archived = sum(size for name, size in files.items() if "-archive-" in name)
    return sum(files.values()) - archived, archived


def _resident_kib() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("the kernel does not tell how much memory this process holds")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    where, count, days = sys.argv[1:]
    asyncio.run(one_year(Path(where), int(count), int(days)))
