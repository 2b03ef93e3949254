"""The time comes after the driver has left and the daemon was restarted: on disk, at the backend and in the story."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from plant import MIDNIGHT
from scenarios.box import TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.instant import ClockQuality
from gateway.journal.reader import JournalReader, open_reader
from gateway.journal.replay import replay
from gateway.projection import project
from gateway.web.shapes import Story
from gateway.web.story import adopted_by, authorization_of, tell_story

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


def story(reader: JournalReader) -> Story:
    facts = reader.facts_of(reader.sessions(1)[0].session_id)
    authorized = authorization_of(facts)
    adopted = adopted_by(authorized, next(reader.facts(authorized.site_seq)), None)
    return tell_story(facts, adopted, (), reader.facts_of_time(facts[0].seq))


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
