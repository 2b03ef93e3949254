"""A journal is opened by one writer, checked before it is touched, and never overwritten."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from journal.writing import edit, fact, journal_with, project, session_story, started

from gateway.journal.errors import (
    JournalForeign,
    JournalIncomplete,
    JournalInUse,
    JournalTooNew,
    JournalUnwritable,
)
from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader


def torn(file: bytes) -> bytes:
    """Lose one page in the middle, as a power cut can."""
    middle = len(file) // 2 // 1024 * 1024
    return file[:middle] + bytes(1024) + file[middle + 1024 :]


def page_of(path: Path, name: str) -> int:
    """The first page of a table or index."""
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    connection.close()
    assert isinstance(page, int)
    return page


def modes_of(directory: Path) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()}


async def test_a_file_of_garbage_is_kept_aside_and_a_new_journal_begun(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"no database at all " * 100)

    async with open_journal(path) as journal:
        assert await journal.last_seq() == 0
        assert journal.quarantined is not None
        assert journal.quarantined.path == tmp_path / "journal.db.damaged-1"
        assert "is kept at" in str(journal.quarantined)

    assert (tmp_path / "journal.db.damaged-1").read_bytes() == b"no database at all " * 100


async def test_a_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for garbage in (b"first " * 100, b"second " * 100):
        path.write_bytes(garbage)
        async with open_journal(path):
            pass

    assert (tmp_path / "journal.db.damaged-1").read_bytes() == b"first " * 100
    assert (tmp_path / "journal.db.damaged-2").read_bytes() == b"second " * 100


async def test_a_torn_page_is_noticed_and_the_file_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 500)
    damaged = torn(path.read_bytes())
    path.write_bytes(damaged)

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert 0 < await journal.last_seq() < 500

    assert (tmp_path / "journal.db.damaged-1").read_bytes() == damaged


async def test_damage_outside_the_facts_is_noticed_before_anybody_relies_on_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    story = session_story(1, "S1")
    async with open_journal(path) as journal:
        await journal.append(story, list(project(story)))
    page = page_of(path, "outbox_due")
    file = path.read_bytes()
    path.write_bytes(file[: (page - 1) * 1024] + bytes(1024) + file[page * 1024 :])

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None

    with open_reader(tmp_path / "journal.db.damaged-1") as reader:
        assert list(reader.facts()) == story


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE fact SET evse_uid = 'EVSE-2' WHERE seq = 20",
        "UPDATE fact SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 1",
        "DELETE FROM fact WHERE seq = 15",
        "UPDATE fact SET hash = zeroblob(32) WHERE seq = 20",
    ],
)
async def test_a_forged_history_is_set_aside_with_the_reason(tmp_path: Path, forgery: str) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 20)
    edit(path, f"DROP TRIGGER fact_is_never_changed; DROP TRIGGER fact_is_never_deleted; {forgery};")

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert "is not what was written" in journal.quarantined.reason


async def test_a_damaged_journal_takes_its_write_ahead_log_along(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = tmp_path / "journal.db-wal"
    running = tmp_path / "running.db"
    await journal_with(running, 500)
    async with open_journal(running) as journal:
        await journal.append([fact(501)], [])
        path.write_bytes(torn(running.read_bytes()))
        shutil.copy(f"{running}-wal", log)
    written = log.read_bytes()

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None

    assert (tmp_path / "journal.db.damaged-1-wal").read_bytes() == written


async def test_a_write_ahead_log_without_its_database_is_kept_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    running = tmp_path / "running.db"
    async with open_journal(running) as journal:
        await journal.append([fact(1)], [])
        for number in (1, 2):
            shutil.copy(f"{running}-wal", tmp_path / "journal.db-wal")
            async with open_journal(path) as fresh:
                assert fresh.quarantined is not None
                assert await fresh.last_seq() == 0
            path.unlink()

            assert (tmp_path / f"journal.db.damaged-{number}-wal").exists()


async def test_a_journal_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 3)
    edit(path, "PRAGMA user_version = 99")
    before = path.read_bytes()

    with pytest.raises(
        JournalTooNew, match=r"has schema 99, this version knows \d+; install the version that wrote it"
    ):
        async with open_journal(path):
            pass

    assert path.read_bytes() == before


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    edit(path, "CREATE TABLE song (title TEXT)")
    before = path.read_bytes()

    with pytest.raises(JournalForeign, match="another program; move it away"):
        async with open_journal(path):
            pass

    assert path.read_bytes() == before


async def test_a_second_writer_is_refused_while_the_first_one_runs(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path):
        with pytest.raises(JournalInUse, match="stop the running daemon first"):
            async with open_journal(path):
                pass

    async with open_journal(path) as journal:
        assert await journal.last_seq() == 0


async def test_a_refused_opening_leaves_the_journal_free_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    edit(path, "CREATE TABLE song (title TEXT)")
    with pytest.raises(JournalForeign):
        async with open_journal(path):
            pass
    path.unlink()

    await journal_with(path, 1)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
async def test_what_is_no_file_is_said_to_be_none(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "journal.db")

    with pytest.raises(JournalForeign, match="is no file; move it away or choose another state_dir"):
        async with open_journal(tmp_path / "journal.db"):
            pass


async def test_a_state_directory_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(JournalUnwritable, match=r"^cannot use journal .*; check owner"):
        async with open_journal(tmp_path / "state" / "journal.db"):
            pass


async def test_strangers_cannot_read_the_journal(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([fact(1)], [])

        modes = modes_of(tmp_path)

    assert modes
    assert all(mode & 0o027 == 0 for mode in modes)


async def test_ten_thousand_facts_are_opened_and_read_well_under_a_second(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 10_000)

    begun = time.process_time()
    async with open_journal(path) as journal:
        opened = time.process_time()
        count = len([one async for one in journal.facts()])
    read = time.process_time()

    assert count == 10_000
    assert opened - begun < 0.5
    assert read - opened < 1.0


async def test_dropped_derived_tables_are_back_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    facts = [started(1), *session_story(2, "S1"), *session_story(9, "S2")]
    async with open_journal(path) as journal:
        for one in facts:
            await journal.append([one], list(project([one])))
        before = await journal.sessions(9), await journal.cdrs(9), await journal.outbox()
    edit(path, "DROP TABLE session; DROP TABLE cdr; DROP TABLE cdr_chain; DROP TABLE outbox")

    async with open_journal(path, project) as journal:
        assert (await journal.sessions(9), await journal.cdrs(9), await journal.outbox()) == before
    assert len(before[0]) == 2
    assert len(before[2]) == 6


async def test_missing_tables_are_named_where_nobody_can_rebuild_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 1)
    edit(path, "DROP TABLE outbox")

    with pytest.raises(JournalIncomplete, match="lacks outbox; start the daemon"):
        async with open_journal(path):
            pass
