"""What a day of charging writes to the card: the gateway's journal on a real ext4 on a block device of its own."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hwsim.bench_table import print_table
from hwsim.demo import SITE

TESTS = SITE.parents[1] / "tests"
AIM_MB_PER_DAY = 20.0
IMAGE_BYTES = 1 << 30
MB = 1_000_000
HIT, MISSED, IMPOSSIBLE = 0, 1, 1


@dataclass(frozen=True, slots=True)
class Case:
    """The two keys of [storage], and how many backends there are."""

    life_years: int
    endurance_tb: float
    backends: int = 1


# What settings say where the configuration does not, and a card that bears everything.
DEFAULT, TWO, NONE = Case(10, 0.07), Case(10, 0.07, 2), Case(1, 1000.0)


async def bench_flash(hours: int, sessions: int, more: bool) -> int:  # noqa: FBT001 - a flag of the command
    """Measure the day with the default budget, which is held against the aim; if wanted, two other days."""
    cases = (DEFAULT, TWO, NONE) if more else (DEFAULT,)
    if os.geteuid() != 0:
        print("a loop device and a mount need root: run it with sudo")
        return IMPOSSIBLE
    print(
        f"{hours} h of 16 meters at 1 Hz, 4 EVSEs, {sessions} sessions a day of 40 minutes, backends that take\n"
        "all at once, the log warm; journal, site and shippers are the gateway's; ext4 on a loop device, counted there"
    )
    days = [await _measure(hours, sessions, case) for case in cases]
    print_table(
        (
            "backends",
            "years",
            "TB",
            "budget MB/day",
            "MB/day at the device",
            "fsyncs/day",
            "commits/day",
            "facts/day",
            "held, at most",
        ),
        [
            (
                str(case.backends),
                str(case.life_years),
                f"{case.endurance_tb:g}",
                f"{day['budget_bytes_per_day'] / MB:.1f}",
                f"{day['bytes'] / MB / day['days']:.1f}",
                f"{day['flushes'] / day['days']:.0f}",
                f"{day['commits'] / day['days']:.0f}",
                f"{day['facts'] / day['days']:.0f}",
                f"{day['longest_held_s']} s",
            )
            for case, day in zip(cases, days, strict=True)
        ],
    )
    ours = days[0]["bytes"] / MB / days[0]["days"]
    share = days[0]["own_bytes_per_day"] * days[0]["days"] / days[0]["bytes"]
    print(f"the gateway's own reckoning comes to {share:.0%} of what the device counted")
    print(f"aim: <= {AIM_MB_PER_DAY:g} MB/day; ours: {ours:.1f} MB/day")
    return HIT if ours <= AIM_MB_PER_DAY else MISSED


async def _measure(hours: int, sessions: int, case: Case) -> dict[str, float]:
    with TemporaryDirectory(prefix="hwsim-bench-") as directory:
        image, mount = Path(directory) / "card.img", Path(directory) / "card"
        _make_room(image, mount)
        await _run("mkfs.ext4", "-q", str(image))
        await _run("mount", "-o", "loop,noatime", str(image), str(mount))
        try:
            arguments = (mount, hours, sessions, case.life_years, case.endurance_tb, case.backends)
            said = await _run(
                *(sys.executable, "-m", "durability.one_day", *map(str, arguments)),
                environment={**os.environ, "PYTHONPATH": str(TESTS)},
            )
        finally:
            await _run("umount", str(mount))
    day: dict[str, float] = json.loads(said)
    return day


def _make_room(image: Path, mount: Path) -> None:
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)


async def _run(*command: str, environment: dict[str, str] | None = None) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise ChildProcessError(f"{' '.join(command)} ended with status {process.returncode}")
    return said
