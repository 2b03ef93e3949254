"""The time comes after the driver has left and the daemon was restarted: on disk, at the backend and in the story."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from plant import MIDNIGHT, Outlet
from scenarios.box import TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.identifiers import SessionId
from gateway.core.instant import ClockQuality
from gateway.core.session_record import SessionRecord
from gateway.journal.journal import Journal
from gateway.journal.reader import JournalReader, open_reader
from gateway.journal.replay import replay
from gateway.projection import project
from gateway.web.shapes import Story
from gateway.web.story import adopted_by, authorization_of, background_of, find_record, tell_story

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
LATER_WS = 1_000_300 * 3600  # what the counter shows after the first charge


def story(reader: JournalReader, session: SessionId | None = None) -> Story:
    facts = reader.facts_of(session or reader.sessions(1)[0].session_id)
    authorized = authorization_of(facts)
    adopted = adopted_by(authorized, next(reader.facts(authorized.site_seq)), None)
    return tell_story(facts, adopted, (), reader.facts_of_time(facts))


async def told_by(journal: Journal, session: SessionId) -> tuple[SessionRecord, Story]:
    """What the daemon credits and tells of a session."""
    facts = await journal.facts_of(session)
    adopted, of_time = await background_of(journal, facts)
    return await find_record(journal, facts), tell_story(facts, adopted, (), of_time)


async def test_a_bill_that_waited_over_a_restart_goes_out_once_with_the_time_that_came(tmp_path: Path) -> None:
    journal, clock = tmp_path / "journal.sqlite", TurnedClock(UNKNOWN, quality=ClockQuality.INFORMATIVE)
    async with running_box(journal, clock=clock) as box:
        await box.charge(120)
    with open_reader(journal) as reader:
        assert reader.lack_cdr(reader.sessions(9)) == {reader.sessions(1)[0].session_id}
        waiting = story(reader)
        assert (waiting.cdr_waits, waiting.start.year) == (True, 1970)
    async with running_box(journal, clock=clock) as box:
        await box.wait(60)
        assert not box.backend.of(ObjectKind.CDR)
        clock.wall, clock.quality = MIDNIGHT, ClockQuality.SYNCHRONISED
        await box.wait(1)
        await box.backend.wait_for(ObjectKind.CDR, 1)
        await box.wait(1)
        assert len(box.backend.of(ObjectKind.CDR)) == 1
    assert replay(journal, project).is_equal
    with open_reader(journal) as reader:
        assert not reader.lack_cdr(reader.sessions(9))
        told = story(reader)
        assert not told.cdr_waits
        assert told.end is not None
        assert MIDNIGHT - timedelta(minutes=5) < told.start < told.end < MIDNIGHT
        assert {event.clock for event in told.events} == {ClockQuality.SYNCHRONISED}
        assert told.end - told.start == waiting.end - waiting.start if waiting.end else False
        assert f"{told.end:%Y-%m-%dT%H:%M:%SZ}".encode() in reader.cdrs(1)[0].body


async def test_what_a_boot_learned_of_the_time_counts_in_the_story_after_a_restart_with_a_wrong_clock(
    tmp_path: Path,
) -> None:
    journal, clock = tmp_path / "journal.sqlite", TurnedClock(UNKNOWN, quality=ClockQuality.INFORMATIVE)
    async with running_box(journal, clock=clock) as box:
        clock.wall, clock.quality = MIDNIGHT, ClockQuality.SYNCHRONISED
        await box.wait(1)
    async with running_box(journal, clock=clock) as box:
        await box.wait(1)
    clock.wall, clock.quality = UNKNOWN, ClockQuality.INFORMATIVE
    async with running_box(journal, clock=clock) as box:
        await box.charge(120)
        await box.backend.wait_for(ObjectKind.CDR, 1)
    with open_reader(journal) as reader:
        told = story(reader)
        assert MIDNIGHT < told.start < MIDNIGHT + timedelta(minutes=5)
        assert f"{told.start:%Y-%m-%dT%H:%M:%SZ}".encode() in reader.cdrs(1)[0].body


async def test_an_archived_session_is_told_and_credited_with_the_times_its_boot_learned(tmp_path: Path) -> None:
    journal, clock = tmp_path / "journal.sqlite", TurnedClock(UNKNOWN, quality=ClockQuality.INFORMATIVE)
    async with running_box(journal, clock=clock) as box:
        await box.charge(20)
        clock.wall, clock.quality = MIDNIGHT, ClockQuality.SYNCHRONISED
        await box.wait(1)
        await box.settled()
    clock.wall, clock.quality = UNKNOWN, ClockQuality.INFORMATIVE
    async with running_box(journal, clock=clock, outlet=Outlet(energy_ws=LATER_WS)) as box:
        await box.charge(20)
        await box.settled()
        with open_reader(journal) as reader:
            ids = [row.session_id for row in reader.sessions(9)]
        assert len(ids) == 2
        whole = [await told_by(box.journal, one) for one in ids]
        assert {told.start.date() for _, told in whole} == {MIDNIGHT.date(), MIDNIGHT.date() - timedelta(days=1)}

        newest = await box.journal.last_seq()
        for seq in range(3, newest, 3):  # a block each
            assert await box.journal.archive(project, seq) == 3
        assert [await told_by(box.journal, one) for one in ids] == whole
    with open_reader(journal) as reader:
        assert [story(reader, one) for one in ids] == [told for _, told in whole]
