"""Before a newer schema is written into a journal or a registry, a copy of it is on disk, read back, and findable."""

import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest
from journal.writing import edit, fact, journal_with, project

from gateway.journal import chain
from gateway.journal.before_migration import copy_of, keep_copy
from gateway.journal.errors import JournalTooNew
from gateway.journal.journal import open_journal

FACTS = 30


def old_journal(path: Path) -> Path:
    """Write a journal as the first version of the schema had it."""
    schema = (resources.files("gateway.journal") / "schema" / "0001.sql").read_text()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(f"{schema} PRAGMA application_id = {0x4F435047}; PRAGMA user_version = 1;")
        sealed = chain.GENESIS
        for seq in range(1, FACTS + 1):
            row = chain.to_row(fact(seq), sealed)
            chain.insert(old, row)
            sealed = row[-1]
        old.commit()
    return path


def copies_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.schema-*"))


def schema_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        version: int = database.execute("PRAGMA user_version").fetchone()[0]
    return version


async def test_a_migration_leaves_a_whole_copy_of_what_was_there(tmp_path: Path) -> None:
    path = old_journal(tmp_path / "journal.sqlite")

    async with open_journal(path, project) as journal:
        assert await journal.last_seq() == FACTS

    copy = copy_of(path, 1)
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert kept.execute("SELECT count(*), max(seq) FROM fact").fetchone() == (FACTS, FACTS)
    assert schema_of(copy) == 1
    assert schema_of(path) > 1
    assert copy.stat().st_mode & 0o007 == 0, "it holds card uids too"


async def test_it_happens_once(tmp_path: Path) -> None:
    path = old_journal(tmp_path / "journal.sqlite")
    async with open_journal(path, project):
        pass
    copy_of(path, 1).unlink()

    async with open_journal(path, project):
        pass

    assert not copy_of(path, 1).exists()


async def test_a_new_journal_needs_no_copy(tmp_path: Path) -> None:
    await journal_with(tmp_path / "journal.sqlite", 3)

    assert copies_in(tmp_path) == []


async def test_the_copy_can_be_used_as_the_journal(tmp_path: Path) -> None:
    path = old_journal(tmp_path / "journal.sqlite")
    async with open_journal(path, project):
        pass
    copy_of(path, 1).replace(path)

    async with open_journal(path, project) as journal:
        assert await journal.last_seq() == FACTS


def test_only_the_newest_copy_is_kept_and_one_that_was_cut_off_is_no_copy(tmp_path: Path) -> None:
    path = old_journal(tmp_path / "journal.sqlite")
    copy_of(path, 0).write_bytes(b"of long ago")
    copy_of(path, 1).with_name(f"{copy_of(path, 1).name}.part").write_bytes(b"half a cop")

    with closing(sqlite3.connect(path)) as journal:
        keep_copy(journal, path, 1)

    assert copies_in(tmp_path) == [copy_of(path, 1)]


async def test_a_downgrade_is_told_the_command_and_where_the_copy_stands(tmp_path: Path) -> None:
    path = old_journal(tmp_path / "journal.sqlite")
    async with open_journal(path, project):
        pass
    edit(path, "PRAGMA user_version = 99")

    with pytest.raises(JournalTooNew, match=r"apt-get install \./ocpi-gateway_.*\.deb \(as it was before: .*schema-1;"):
        async with open_journal(path, project):
            pass
