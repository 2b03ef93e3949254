"""What holds old facts back from the archive, and what does not."""

from datetime import timedelta
from pathlib import Path

import pytest
from journal.test_journal_archive import grown_old, journal_in, keep_up, rows, sessions_of, visits
from plant import BACKEND, token
from scenarios.box import Backend, Box, running_box

from gateway.core.commands import Command, CommandKind
from gateway.core.delivery import ObjectKind
from gateway.core.facts import EnergySampled
from gateway.core.identifiers import CommandId
from gateway.core.observations import CommandReceived
from gateway.core.session import SessionStatus
from gateway.journal.reader import open_reader
from gateway.projection import project


async def order(box: Box, command: Command) -> None:
    """Have a peer order something."""
    id_, url = CommandId(f"order-{command.kind.value}"), "https://msp.example.com/result"
    received = CommandReceived(
        id_, box.clock.now(), "msp", None, key=id_, correlation=id_, reply_to=url, command=command
    )
    await box.site.inbox.put_and_wait(received)


async def test_nothing_goes_that_a_backend_does_not_have(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 1)
        settled = sessions_of(await box.facts())
        box.backend.is_away = True
        await visits(box, 2)
        facts = await box.facts()
        await grown_old(box)
        await keep_up(box)

        unsettled = [session for session in sessions_of(facts) if session not in settled]
        first = min(fact.seq for fact in facts if fact.session_id == unsettled[0])
        assert rows(path, "SELECT min(seq) FROM fact") == [(first,)]
        box.backend.come_back()
        await box.backend.wait_for(ObjectKind.CDR, 3)


@pytest.mark.slow
async def test_what_a_backend_refused_stays_until_somebody_has_looked_after_it(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path, backend=Backend(is_away=True)) as box:
        await visits(box, 1)
        (session,) = sessions_of(await box.facts())
        box.backend.refuses.add((ObjectKind.CDR, str(session)))
        box.backend.come_back()
        await box.wait(5)
        while not box.site.outbox.owed(BACKEND).parked:
            await box.wait(1)
        await grown_old(box)
        await keep_up(box)

        with open_reader(path) as reader:
            held = [fact.seq for fact in reader.facts_of(session)]
        assert rows(path, "SELECT min(seq) FROM fact") == [(held[0],)]


async def test_an_open_session_and_all_that_came_after_it_stays(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        box.outlet.plugged, box.outlet.power_w = True, 11_000
        await box.wait(2)
        await box.tap()
        await box.wait(5)
        (session,) = sessions_of(await box.facts())
        await grown_old(box)
        await keep_up(box)

        first = min(fact.seq for fact in await box.facts() if fact.session_id == session)
        assert rows(path, "SELECT min(seq) FROM fact") == [(first,)]


async def test_a_session_that_is_half_in_the_archive_is_read_whole_wherever_it_is_cut(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 1, seconds=200)
        facts = await box.facts()
        (session,) = sessions_of(facts)
        story = [fact for fact in facts if fact.session_id == session]
        samples = [fact.seq for fact in story if isinstance(fact.body, EnergySampled)]
        assert len(samples) > 1
        for cut in (story[0].seq, samples[0] - 1, samples[0], story[-1].seq - 1):
            await box.journal.archive(project, cut)
            with open_reader(path) as reader:
                assert list(reader.facts_of(session)) == story


async def test_a_reservation_that_costs_nothing_holds_up_nothing_that_came_after_it(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        reserved = Command(
            CommandKind.RESERVE_NOW,
            token=token("APP-0001"),
            location_id="LOC1",
            reservation_id="R-1",
            expires=box.clock.now().utc + timedelta(minutes=30),
        )
        await order(box, reserved)
        await order(box, Command(CommandKind.CANCEL_RESERVATION, reservation_id="R-1"))
        await box.settled()
        with open_reader(path) as reader:
            shown = reader.sessions(10)
            assert [row.status for row in shown] == [SessionStatus.COMPLETED]
            assert not reader.lack_cdr(shown)
        await visits(box, 1)
        await grown_old(box)
        await keep_up(box)

    assert rows(path, "SELECT count(*) FROM session") == [(0,)]
