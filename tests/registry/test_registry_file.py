"""The registry as a file: who may read it, what happens when it is damaged, and how it follows the journal."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from plant import MIDNIGHT
from web.garage_day import the_day

from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.rows import SessionRow
from gateway.journal.errors import JournalForeign, JournalTooNew
from gateway.journal.journal import open_journal
from gateway.ocpi.handshake import invited
from gateway.ocpi.paging import Page
from gateway.projection import project
from gateway.registry.registry import Registry, open_registry

EVERYTHING = Page(0, 100)


@asynccontextmanager
async def opened(folder: Path, journal_name: str = "journal.sqlite") -> AsyncIterator[Registry]:
    async with (
        open_journal(folder / journal_name, project) as journal,
        open_registry(folder / "registry.sqlite", journal) as registry,
    ):
        yield registry


async def test_only_the_services_own_user_may_read_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as registry:
        await registry.keep(invited("msp", "TOKEN-A", MIDNIGHT))
        assert modes_of(tmp_path) == {0o600}


async def test_a_damaged_file_is_set_aside_and_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as registry:
        await registry.keep(invited("msp", "TOKEN-A", MIDNIGHT))
    file = tmp_path / "registry.sqlite"
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    async with opened(tmp_path) as registry:
        assert registry.aside == tmp_path / "registry.sqlite.damaged-1"
        assert registry.records() == ()
        await registry.keep(invited("msp", "TOKEN-A", MIDNIGHT))
    async with opened(tmp_path) as registry:
        assert registry.aside is None
        assert len(registry.records()) == 1


@pytest.mark.parametrize(
    "harm", ["PRAGMA user_version = 0", "PRAGMA user_version = 1", "PRAGMA user_version = -3", "DROP TABLE peer"]
)
async def test_a_file_whose_tables_are_not_those_of_its_schema_is_set_aside_too(tmp_path: Path, harm: str) -> None:
    async with opened(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as harmed:
        harmed.execute(harm)
    async with opened(tmp_path) as registry:
        assert registry.aside == tmp_path / "registry.sqlite.damaged-1"
        await registry.keep(invited("msp", "TOKEN-A", MIDNIGHT))


@pytest.mark.parametrize(("good", "bad"), [(b"CREATE TABLE peer", b"CREATE TABL\xff peer"), (b"\x04", b"\x09")])
async def test_a_file_whose_schema_or_header_cannot_be_read_is_set_aside_too(
    tmp_path: Path, good: bytes, bad: bytes
) -> None:
    async with opened(tmp_path):
        pass
    file = tmp_path / "registry.sqlite"
    content = file.read_bytes()
    format_at = 47 if len(good) == 1 else content.index(good)
    file.write_bytes(content[:format_at] + bad + content[format_at + len(good) :])
    async with opened(tmp_path) as registry:
        assert registry.aside == tmp_path / "registry.sqlite.damaged-1"


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "registry.sqlite"
    with sqlite3.connect(file) as theirs:
        theirs.execute("CREATE TABLE theirs (x)")
    theirs.close()
    content = file.read_bytes()
    with pytest.raises(JournalForeign, match="move it away"):
        async with opened(tmp_path):
            pass
    assert content[:16] == file.read_bytes()[:16]


async def test_a_file_of_a_newer_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "registry.sqlite") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(JournalTooNew, match="install the version that wrote it"):
        async with opened(tmp_path):
            pass


async def test_what_peers_pull_is_there_again_when_the_file_is_lost(tmp_path: Path) -> None:
    await write_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        before = await registry.cdrs(None, EVERYTHING)
    lose_the_registry(tmp_path)
    async with opened(tmp_path) as registry:
        assert await registry.cdrs(None, EVERYTHING) == before
    assert before.total == 1


async def test_a_journal_that_was_begun_anew_is_followed_from_its_first_fact(tmp_path: Path) -> None:
    await write_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        assert (await registry.sessions(None, EVERYTHING)).total == 1
    async with (
        open_journal(tmp_path / "new.sqlite", project) as new,
        open_registry(tmp_path / "registry.sqlite", new) as registry,
    ):
        known = (await registry.sessions(None, EVERYTHING)).data[1:-1]
        fact = the_day().facts[0]
        await new.append([fact], [SessionRow(SessionId("new"), EvseUid("EVSE-1"), "ACTIVE", fact.seq, known)])
        assert (await registry.sessions(None, EVERYTHING)).total == 2


async def test_peers_pull_a_session_until_it_is_archived_and_its_cdr_for_ever(tmp_path: Path) -> None:
    await write_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        assert (await registry.sessions(None, EVERYTHING)).total == 1
        assert (await registry.sessions(None, EVERYTHING, "2.3.0")).total == 1
        assert (await registry.cdrs(None, EVERYTHING)).total == 1
    await archive_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        assert (await registry.sessions(None, EVERYTHING)).total == 0
        assert (await registry.sessions(None, EVERYTHING, "2.3.0")).total == 0
        assert (await registry.cdrs(None, EVERYTHING)).total == 1


async def test_who_goes_on_from_page_to_page_misses_none_because_older_ones_are_archived(tmp_path: Path) -> None:
    await write_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        assert (await registry.sessions(None, Page(0, 1))).total == 1
    await archive_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        assert (await registry.sessions(None, Page(1, 1))).total == 1


async def test_sessions_of_a_registry_of_the_last_schema_come_from_the_journal_anew(tmp_path: Path) -> None:
    await write_the_day(tmp_path / "journal.sqlite")
    async with opened(tmp_path) as registry:
        before = await registry.sessions(None, EVERYTHING)
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as old, old:
        old.executescript(
            "DROP INDEX object_by_fact; ALTER TABLE object DROP COLUMN seq; PRAGMA user_version = 2;"
            "INSERT INTO object SELECT 99, kind, 'archived', country_code, party_id, last_updated, body FROM object"
        )
    async with opened(tmp_path) as registry:
        assert registry.aside is None
        assert await registry.sessions(None, EVERYTHING) == before


async def write_the_day(path: Path) -> None:
    async with open_journal(path, project) as journal:
        await journal.append(the_day().facts, tuple(project(the_day().facts)))


async def archive_the_day(path: Path) -> None:
    async with open_journal(path, project) as journal:
        await journal.archive(project, await journal.last_seq())


def modes_of(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.glob("registry.sqlite*")}


def lose_the_registry(folder: Path) -> None:
    for path in folder.glob("registry.sqlite*"):
        path.unlink()
