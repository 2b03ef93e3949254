"""A year of sessions: whether the gateway is as quick and as small after it as before, and how soon it is back.

The year is lived by a program of tests/durability on a clock that is turned; nothing here imports the gateway.
"""

import asyncio
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hwsim.bench_table import print_table
from hwsim.demo import SITE
from hwsim.site_file import read_site
from hwsim.stage import set_stage

TESTS = SITE.parents[1] / "tests"
AIM_MORE = 0.20
AIM_READY_S = 3.0
MB = 1_000_000
STARTS = 5
READY_WITHIN_S = 120.0
READ_WITHIN_S = 3600.0
JOURNAL = "journal.sqlite"
FIGURES = (("start-up", "start_s"), ("tap", "tap_ms"), ("memory", "resident_kib"))
HIT, MISSED = 0, 1


class YearFailed(OSError):
    """The program that lives through the year ended early; what it said stands on the terminal."""


async def bench_soak(sessions: int, keep_days: int) -> int:
    """Print how things stand on the way; the end is held against the beginning."""
    print(f"{sessions:,} sessions, 274 a day, on a clock that is turned; start-up and tap in processor time")
    with TemporaryDirectory(prefix="hwsim-bench-") as directory:
        stages = []
        async for stage in _year(Path(directory), sessions, keep_days):
            stages.append(stage)
            print(f"  {stage['sessions']:,} sessions after {stage['took_s']:.0f} s", flush=True)
    print_table(
        ("sessions", "facts", "start-up s", "tap ms", "resident MB", "journal MB", "archive MB"),
        [
            (
                str(stage["sessions"]),
                str(stage["facts"]),
                f"{stage['start_s']:.3f}",
                f"{stage['tap_ms']:.1f}",
                f"{stage['resident_kib'] * 1024 / MB:.1f}",
                f"{stage['journal_bytes'] / MB:.1f}",
                f"{stage['archive_bytes'] / MB:.1f}",
            )
            for stage in stages
        ],
    )
    first, last = stages[0], stages[-1]
    more = {name: last[key] / first[key] - 1 for name, key in FIGURES}
    print(
        f"aim: at the end none more than {AIM_MORE:.0%} above the beginning; ours: "
        + ", ".join(f"{name} {share:+.0%}" for name, share in more.items())
    )
    return HIT if max(more.values()) <= AIM_MORE else MISSED


async def bench_recovery(sessions: int, journal: Path | None) -> int:
    """Print how long the real daemon takes from exec to READY behind a journal, killed each time."""
    with TemporaryDirectory(prefix="hwsim-bench-") as directory:
        year = Path(directory) / "year"
        year.mkdir()
        if journal is None:
            print(f"making a journal of {sessions:,} sessions", flush=True)
            async for _ in _year(year, sessions, keep_days=0):
                pass
        else:
            shutil.copy(journal, year / JOURNAL)
        lived, facts = _counts(year / JOURNAL)
        size = (year / JOURNAL).stat().st_size
        print("the daemon as a process, exec to READY, kill -9 after each start")
        async with set_stage(read_site(SITE), Path(directory) / "run") as stage:
            new_s = await stage.gateway.start(READY_WITHIN_S)
            await stage.gateway.kill()
            state = Path(directory) / "run" / "state"
            for file in state.glob(f"{JOURNAL}*"):
                file.unlink()
            shutil.copy(year / JOURNAL, state / JOURNAL)
            took = []
            for _ in range(STARTS):
                took.append(await stage.gateway.start(READY_WITHIN_S))
                await stage.gateway.kill()
            _forget_checkpoint(state / JOURNAL)
            print(
                "as after an update that folds facts in another way: all of them at the start, then ahead", flush=True
            )
            anew_s = await stage.gateway.start(READ_WITHIN_S)
            await stage.gateway.kill()
            _forget_checkpoint(state / JOURNAL)
            ahead_s = await _fold_ahead(state / JOURNAL)
            took.append(await stage.gateway.start(READY_WITHIN_S))
            await stage.gateway.kill()
    print_table(
        (
            "sessions",
            "facts",
            "journal MB",
            "start with a new one, s",
            *(f"start {number + 1}, s" for number in range(STARTS)),
            "folded ahead, s",
        ),
        [(str(lived), str(facts), f"{size / MB:.1f}", f"{new_s:.2f}", *(f"{one:.2f}" for one in took))],
    )
    print(f"all facts folded at a start: READY after {anew_s:.1f} s; folded ahead, beside a daemon: {ahead_s:.1f} s")
    print(f"aim: READY <= {AIM_READY_S:g} s; ours, at worst: {max(took):.2f} s")
    return HIT if max(took) <= AIM_READY_S else MISSED


def _forget_checkpoint(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute("DELETE FROM checkpoint")


async def _fold_ahead(journal: Path) -> float:
    """Do what the package does before it stops the daemon of the version before."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway.journal.ahead", str(journal))
    if await process.wait():
        raise YearFailed("folding ahead failed")
    return time.monotonic() - began


def _counts(journal: Path) -> tuple[int, int]:
    """Count sessions and facts."""
    with closing(sqlite3.connect(journal)) as connection:
        (sessions,) = connection.execute("SELECT count(*) FROM session").fetchone()
        (facts,) = connection.execute("SELECT max(seq) FROM fact").fetchone()
    return int(sessions), int(facts)


async def _year(directory: Path, sessions: int, keep_days: int) -> AsyncIterator[dict[str, Any]]:
    """Live through it; yields each stage when it is reached."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "durability.one_year", str(directory), str(sessions), str(keep_days)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    if process.stdout is None:
        raise YearFailed("the program has no output")
    try:
        async for line in process.stdout:
            yield json.loads(line)
        if await process.wait():
            raise YearFailed(f"the year ended with status {process.returncode}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
