"""Who only looks sees everything and leaves nothing behind."""

from pathlib import Path

import pytest
from journal.writing import edit, journal_with, project, session_story, started

from gateway.core.identifiers import SessionId
from gateway.journal.errors import JournalAbsent, JournalCorrupt, JournalForeign, JournalIncomplete
from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader
from gateway.journal.sqlite import connect_writer


def state_of(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Everything that could tell that somebody touched a directory."""
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in directory.iterdir()}


async def test_a_reader_sees_what_a_running_daemon_has_committed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path) as journal:
        await journal.append([started(1)], [])
        with open_reader(path) as reader:
            assert [one.seq for one in reader.facts()] == [1]
            story = session_story(2, "S1")
            await journal.append(story, list(project(story)))

            assert list(reader.facts(from_seq=2)) == story
            assert list(reader.facts_of(SessionId("S1"))) == story
            assert reader.sessions(9) == await journal.sessions(9)
            assert reader.cdrs(9) == await journal.cdrs(9)
            assert reader.outbox() == await journal.outbox()
            assert reader.outbox(parked_only=True) == await journal.outbox(parked_only=True)
            assert reader.counts() == await journal.counts()


async def test_a_reader_of_a_stopped_daemons_journal_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await journal_with(path, 5)
    before = state_of(tmp_path)

    with open_reader(path) as reader:
        assert len(list(reader.facts())) == 5

    assert state_of(tmp_path) == before


def test_a_reader_says_that_there_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalAbsent, match="check state_dir"), open_reader(tmp_path / "journal.db"):
        pass


async def test_a_reader_refuses_what_is_no_journal(tmp_path: Path) -> None:
    edit(tmp_path / "journal.db", "CREATE TABLE song (title TEXT)")

    with pytest.raises(JournalForeign), open_reader(tmp_path / "journal.db"):
        pass


def test_a_reader_says_that_nothing_was_ever_written(tmp_path: Path) -> None:
    connect_writer(tmp_path / "journal.db").close()

    with pytest.raises(JournalAbsent, match="start the daemon once"), open_reader(tmp_path / "journal.db"):
        pass


async def test_a_reader_says_who_rebuilds_what_is_missing(tmp_path: Path) -> None:
    await journal_with(tmp_path / "journal.db", 1)
    edit(tmp_path / "journal.db", "DROP TABLE cdr")

    with pytest.raises(JournalIncomplete, match="lacks cdr; start the daemon"), open_reader(tmp_path / "journal.db"):
        pass


def test_a_reader_of_garbage_says_so(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"no database at all " * 100)

    with pytest.raises(JournalCorrupt, match="is damaged"), open_reader(tmp_path / "journal.db"):
        pass
