"""Bits that turned over where SQLite notices nothing, or cannot even say what it noticed, are damage like any other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from journal.writing import edit, journal_with, project

from gateway.journal.journal import open_journal
from gateway.journal.verify import verify


@pytest.mark.parametrize("version", [0, 1, -3])
async def test_a_journal_whose_header_says_another_schema_loses_nothing(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 30)
    edit(path, f"PRAGMA user_version = {version}")
    damaged = path.read_bytes()

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert journal.quarantined.is_whole
        assert f"schema {version}" in journal.quarantined.reason
        assert await journal.last_seq() == 30

    assert (tmp_path / "journal.db.damaged-1").read_bytes() == damaged


@pytest.mark.parametrize("table", ["fact", "boundary", "checkpoint"])
async def test_a_journal_that_lacks_a_table_is_set_aside_and_a_new_one_goes_on(tmp_path: Path, table: str) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 30)
    edit(path, f"DROP TABLE {table}")

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert f"its tables {table} are not those of it" in journal.quarantined.reason
        assert await journal.last_seq() == (0 if table == "fact" else 30)


async def test_a_fact_that_is_no_text_any_more_is_damage_and_nobody_reads_in_the_reason_what_stood_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 30)
    spoil = "UPDATE fact SET body = CAST(CAST(replace(body, '{', '{04A1B2C3D4E580') AS BLOB) || X'80' AS TEXT)"
    edit(path, f"DROP TRIGGER fact_is_never_changed; {spoil} WHERE seq = 20;")

    damage = verify(path).damage
    assert damage is not None
    assert "04A1B2C3D4E580" not in damage.what
    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert journal.quarantined.kept_up_to_seq == 19
        assert "a text in it is not UTF-8" in journal.quarantined.reason
        assert "04A1B2C3D4E580" not in str(journal.quarantined)


def unreadable_schema_text(file: bytes) -> bytes:
    return file.replace(b"CREATE TABLE boundary", b"CREATE TABL\xff boundary")


def unknown_schema_format(file: bytes) -> bytes:
    return file[:47] + b"\x09" + file[48:]


@pytest.mark.parametrize("harm", [unreadable_schema_text, unknown_schema_format])
async def test_a_header_or_schema_that_sqlite_cannot_read_is_damage(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 30)
    damaged = harm(path.read_bytes())
    path.write_bytes(damaged)

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert await journal.last_seq() == 0

    assert (tmp_path / "journal.db.damaged-1").read_bytes() == damaged
