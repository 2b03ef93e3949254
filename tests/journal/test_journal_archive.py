"""Settled sessions go to the archive in time, lose nothing on the way, and are found as if they were still here."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from journal.writing import edit
from plant import Outlet
from scenarios.box import Box, TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.facts import Fact, SessionStarted
from gateway.core.identifiers import SessionId
from gateway.core.ledger import keep_books
from gateway.core.observations import Tick
from gateway.core.site_state import fold
from gateway.journal.errors import ArchiveDamaged
from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader
from gateway.journal.replay import replay
from gateway.journal.upkeep import Upkeep
from gateway.journal.verify import verify
from gateway.projection import project

KEEP = timedelta(days=90)
LONG_AFTER_S = 100 * 24 * 3600
LATER_WS = 1_000_300 * 3600  # what the counter shows then


def journal_in(directory: Path) -> Path:
    return directory / "journal.sqlite"


def segment_in(directory: Path) -> Path:
    (segment,) = directory.glob("journal-archive-*")
    return segment


async def visits(box: Box, count: int, seconds: int = 20) -> None:
    """So many visits, each settled by the backend if it is there."""
    for _ in range(count):
        await box.charge(seconds)
        if not box.backend.is_away:
            await box.settled()


async def keep_up(box: Box) -> None:
    """Do all that upkeep finds to do."""
    upkeep = Upkeep(box.journal, project, box.site, box.clock, keep=KEEP)
    while await upkeep.step():
        pass


async def grown_old(box: Box) -> None:
    box.clock.turn(LONG_AFTER_S)
    await box.site.inbox.put_and_wait(Tick(box.clock.now()))


async def archived(path: Path, count: int = 3, seconds: int = 20) -> list[Fact]:
    """Have so many visits archived, one newer one in the journal; return all facts."""
    async with running_box(path) as box:
        await visits(box, count, seconds)
        await grown_old(box)
        await visits(box, 1)
        facts = await box.facts()
        await keep_up(box)
        return facts


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def sessions_of(facts: list[Fact]) -> list[SessionId]:
    return [fact.session_id for fact in facts if isinstance(fact.body, SessionStarted) and fact.session_id is not None]


@pytest.mark.slow
async def test_old_facts_leave_the_file_and_are_read_as_if_they_were_here(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)

    ((held,),) = rows(path, "SELECT count(*) FROM fact")
    assert isinstance(held, int)
    assert held < len(facts) / 2
    assert segment_in(tmp_path).exists()
    with open_reader(path) as reader:
        assert list(reader.facts()) == facts
        assert list(reader.facts(7)) == facts[6:]
        for session in sessions_of(facts):
            assert list(reader.facts_of(session)) == [fact for fact in facts if fact.session_id == session]
        assert keep_books(reader.facts()) == keep_books(facts)
        assert len(reader.cdrs(10)) == 4
    async with open_journal(path) as journal:
        assert [fact async for fact in journal.facts(3)] == facts[2:]


async def test_replay_and_verify_go_over_archive_and_journal(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)

    assert replay(path, project).is_equal
    report = verify(path)
    assert report.is_whole
    assert report.facts == len(facts)


async def test_a_gateway_starts_over_an_archive_as_over_a_whole_journal_and_goes_on(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    clock = TurnedClock(boot_id="boot-2")
    clock.turn(LONG_AFTER_S + 1000)

    async with running_box(path, clock=clock, outlet=Outlet(energy_ws=LATER_WS)) as box:
        await visits(box, 1)
        after = await box.facts()
        assert fold(after) == box.site.written
    assert after[: len(facts)] == facts
    assert len(sessions_of(after)) == 5
    assert replay(path, project).is_equal


@pytest.mark.slow
async def test_the_file_itself_lets_go_only_of_what_the_boundary_covers(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)

    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="a fact is never deleted"):
        connection.execute("DELETE FROM fact")
    with pytest.raises(sqlite3.IntegrityError, match="the boundary never goes back"):
        connection.execute("UPDATE boundary SET up_to_seq = 1")
    with pytest.raises(sqlite3.IntegrityError, match="the boundary is never deleted"):
        connection.execute("DELETE FROM boundary")
    connection.close()


async def test_derived_tables_come_back_without_reading_the_archives_facts_again(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    before = rows(path, "SELECT * FROM cdr ORDER BY seq"), rows(path, "SELECT * FROM session ORDER BY up_to_seq")
    edit(path, "DROP TABLE session; DROP TABLE cdr; DROP TABLE outbox; DROP TABLE checkpoint")

    async with open_journal(path, project):
        pass

    assert before == (
        rows(path, "SELECT * FROM cdr ORDER BY seq"),
        rows(path, "SELECT * FROM session ORDER BY up_to_seq"),
    )
    assert replay(path, project).is_equal


async def test_an_edited_archive_is_named_and_the_journal_goes_on_without_it(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    segment = segment_in(tmp_path)
    content = bytearray(segment.read_bytes())
    content[-10] ^= 1
    segment.write_bytes(content)

    report = verify(path)
    assert report.damage is not None
    assert str(segment) in report.damage.what
    with open_reader(path) as reader, pytest.raises(ArchiveDamaged, match="bring it back"):
        list(reader.facts())
    clock = TurnedClock(boot_id="boot-2")
    clock.turn(LONG_AFTER_S + 1000)
    async with running_box(path, clock=clock) as box:
        assert box.journal.quarantined is None
        assert box.site.written.last_seq > len(facts)


async def test_a_missing_archive_says_which_files_to_bring_back(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    segment = segment_in(tmp_path)
    segment.unlink()

    report = verify(path)
    assert report.damage is not None
    assert report.damage.seq == 1
    assert "bring the files journal-archive-* back from a backup" in report.damage.what


async def test_a_lost_journal_goes_on_behind_its_archive(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    ((begun,),) = rows(path, "SELECT up_to_seq FROM boundary")
    assert isinstance(begun, int)
    path.write_bytes(b"no database at all " * 100)
    clock = TurnedClock(boot_id="boot-2")
    clock.turn(LONG_AFTER_S + 1000)

    async with running_box(path, clock=clock) as box:
        assert box.journal.quarantined is not None
        await visits(box, 1)
        after = await box.facts()
        assert after[:begun] == facts[:begun]
        assert fold(after) == box.site.written
    assert verify(path).is_whole
    assert replay(path, project).is_equal


async def test_damage_in_the_journal_costs_nothing_of_what_is_archived(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    edit(
        path, "DROP TRIGGER fact_is_never_changed; UPDATE fact SET body = '{}' WHERE seq = (SELECT max(seq) FROM fact)"
    )

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert [fact async for fact in journal.facts()] == facts[:-1]


async def test_other_code_folds_the_archive_itself(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    edit(path, "UPDATE boundary SET code = 'older'; DELETE FROM checkpoint")

    async with open_journal(path, project) as journal:
        state = await journal.recall()
        newer = [fact async for fact in journal.facts(state.last_seq + 1)]
        assert fold(newer, state) == fold(facts)


async def test_a_bill_in_the_archive_has_the_bytes_that_the_backend_got(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 2)
        await grown_old(box)
        await visits(box, 1)
        await keep_up(box)
        sent = {delivery.object_id: delivery.body for delivery in box.backend.of(ObjectKind.CDR)}
    edit(path, "DROP TABLE cdr; DROP TABLE session; DROP TABLE outbox")
    async with open_journal(path, project) as journal:
        held = {row.cdr_id: row.body for row in await journal.cdrs(10)}

    assert held == sent
    assert all(json.loads(body)["id"] == cdr_id for cdr_id, body in held.items())
