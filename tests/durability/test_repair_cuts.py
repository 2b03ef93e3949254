"""A power cut while a damaged journal is repaired costs neither the facts that were saved nor the damaged file."""

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from durability.disk import Image, Policy, cuts
from durability.mounted import recording_disk
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


def lay_down(directory: Path, image: Image) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)


def kept_aside(directory: Path) -> set[bytes]:
    return {file.read_bytes() for file in directory.iterdir() if ".damaged-" in file.name and "-shm" not in file.name}


@pytest.mark.slow
async def test_a_cut_at_any_moment_of_a_repair_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    facts, files = await damaged_files(tmp_path / "before")
    with recording_disk(tmp_path) as disk:
        lay_down_synced(disk.mount, files)
        disk.mark(b"damaged")
        async with open_journal(disk.mount / NAME, project) as journal:
            disk.mark(b"repaired")
            assert journal.quarantined is not None
            assert [one async for one in journal.facts()] == facts[:INTACT]
    tried = 0
    for number, state, mark in cuts(disk.operations):
        for policy in Policy if mark is not None else ():
            image = state.cut(policy, random.Random(f"{SEED}/{number}"))  # noqa: S311 - repeatable, not secret
            lay_down(tmp_path / "after", image)
            await must_be_repaired(tmp_path / "after", facts, files, f"{number}/{policy}")
            tried += 1
    assert tried > 200


def lay_down_synced(directory: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        with (directory / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    handle = os.open(directory, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


async def must_be_repaired(directory: Path, facts: list[Fact], files: dict[str, bytes], where: str) -> None:
    path = directory / NAME
    async with open_journal(path, project) as journal:
        assert [one async for one in journal.facts()] == facts[:INTACT], where
        await journal.append([fact(INTACT + 1)], [])
    assert kept_aside(directory) >= set(files.values()), where
    assert replay(path, project).is_equal, where
