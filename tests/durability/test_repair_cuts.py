"""A power cut while a damaged journal is repaired costs neither the facts that were saved nor the damaged file."""

import random
import sqlite3
from pathlib import Path

import pytest
from durability.disk import Policy, cuts
from durability.mounted import recording_disk
from durability.power_cuts import lay_down
from journal.writing import fact, project, session_story

from gateway.core.facts import Fact
from gateway.journal.journal import open_journal
from gateway.journal.replay import replay

NAME = "journal.sqlite"
INTACT = 8
SEED = 20261122


async def damaged_files(directory: Path) -> tuple[list[Fact], dict[str, bytes]]:
    """A journal whose fact 9 was edited, with facts that are in its log only; and its facts."""
    path = directory / NAME
    facts = [*session_story(1, "S1"), *session_story(8, "S2")]
    async with open_journal(path, project) as journal:
        await journal.append(facts, list(project(facts)))
    connection = sqlite3.connect(path)
    connection.executescript("DROP TRIGGER fact_is_never_changed; UPDATE fact SET evse_uid = 'EVSE-2' WHERE seq = 9;")
    connection.close()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE scribble (x)")
    files = {name: (directory / name).read_bytes() for name in (NAME, f"{NAME}-wal")}
    connection.close()
    return facts, files


def kept_aside(directory: Path) -> set[bytes]:
    return {file.read_bytes() for file in directory.iterdir() if ".damaged-" in file.name and "-shm" not in file.name}


@pytest.mark.slow
@pytest.mark.timeout(300)  # hundreds of journals are opened, each on a disk that is asked to sync
async def test_a_cut_at_any_moment_of_a_repair_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    facts, files = await damaged_files(tmp_path / "before")
    with recording_disk(tmp_path) as disk:
        lay_down(disk.mount, files)
        disk.mark(b"damaged")
        async with open_journal(disk.mount / NAME, project) as journal:
            disk.mark(b"repaired")
            assert journal.quarantined is not None
            assert [one async for one in journal.facts()] == facts[:INTACT]
    tried = 0
    for number, state, mark in cuts(disk.operations):
        for policy in Policy if mark is not None else ():
            image = state.cut(policy, random.Random(f"{SEED}/{number}"))  # noqa: S311 - repeatable, not secret
            after = tmp_path / f"after-{number}-{policy}"
            after.mkdir()
            lay_down(after, image)
            await must_be_repaired(after, facts, files, f"{number}/{policy}")
            tried += 1
    assert tried > 200


async def must_be_repaired(directory: Path, facts: list[Fact], files: dict[str, bytes], where: str) -> None:
    path = directory / NAME
    async with open_journal(path, project) as journal:
        assert [one async for one in journal.facts()] == facts[:INTACT], where
        await journal.append([fact(INTACT + 1)], [])
    assert kept_aside(directory) >= set(files.values()), where
    assert replay(path, project).is_equal, where
