"""kill -9 is a supported way to stop: what was acknowledged is there, and nothing half of anything."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from journal.writing import project

from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader
from gateway.journal.replay import replay

KILLS = 30


def append_until_killed(path: Path, repository: Path, acknowledgements: int) -> int:
    """Kill the program when it has acknowledged that many facts, and return the last seq it printed before it died."""
    program = repository / "tests" / "journal" / "append_for_ever.py"
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(program), str(path)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(repository / "tests")},
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(acknowledgements):
            assert process.stdout.readline()
        process.kill()
        rest = process.stdout.read()
    printed = [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    return printed[-1] if printed else 0


@pytest.mark.slow
@pytest.mark.timeout(240)  # so many starts of a program take minutes where others want the processor too
async def test_every_acknowledged_fact_survives_kills_at_any_moment(tmp_path: Path, repository: Path) -> None:
    path = tmp_path / "journal.db"
    dice = random.Random(20260301)  # noqa: S311 - repeatable, not secret
    seq = 0
    for _ in range(KILLS):
        acknowledged = append_until_killed(path, repository, dice.randint(1, 60))

        with open_reader(path) as reader:
            kept = [fact.seq for fact in reader.facts()]
        assert kept == list(range(1, len(kept) + 1))
        assert len(kept) >= max(acknowledged, seq + 1)
        assert replay(path, project).is_equal
        seq = len(kept)

    async with open_journal(path) as journal:
        assert journal.quarantined is None
        assert await journal.last_seq() == seq
