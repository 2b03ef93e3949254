"""What any outbox must promise: a Session's newest state once, each CDR once, nothing settled that was not sent."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from journal.writing import BACKENDS, delivery, fact

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import CdrId, EvseUid, SessionId
from gateway.core.rows import CdrRow, Owe, Park, RowChange, SessionRow, Settle
from gateway.journal.errors import JournalMisused
from gateway.journal.journal import Journal, open_journal
from gateway.journal.tables import OutboxCount

ROAMING, BILLING = BACKENDS
SESSION, CDR = ObjectKind.SESSION, ObjectKind.CDR


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(tmp_path / "journal.db") as journal:
        yield journal


async def write(journal: Journal, *changes: RowChange) -> None:
    await journal.append([fact(await journal.last_seq() + 1)], changes)


async def due(journal: Journal, limit: int = 100) -> Sequence[Delivery]:
    return await journal.due(ROAMING, limit)


async def test_a_night_offline_costs_one_delivery_per_session(journal: Journal) -> None:
    for seq in range(1, 200):
        await write(journal, Owe(delivery(seq)))

    assert await due(journal) == (delivery(199),)


async def test_several_states_in_one_transaction_leave_the_newest(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)), Owe(delivery(3)), Owe(delivery(2)))

    assert await due(journal) == (delivery(3),)


async def test_settling_takes_the_row(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)))
    await write(journal, Settle(ROAMING, SESSION, "S1", 1))

    assert await due(journal) == ()


async def test_a_late_answer_to_an_old_body_leaves_the_newer_one_owed(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)))
    await write(journal, Owe(delivery(2)))
    await write(journal, Settle(ROAMING, SESSION, "S1", 1))

    assert await due(journal) == (delivery(2),)


async def test_settling_for_one_backend_leaves_the_others_owed(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)), Owe(delivery(1, backend=BILLING)))
    await write(journal, Settle(ROAMING, SESSION, "S1", 1))

    assert await due(journal) == ()
    assert await journal.due(BILLING, 10) == (delivery(1, backend=BILLING),)


async def test_a_cdr_and_a_session_of_the_same_id_are_two_objects(journal: Journal) -> None:
    await write(journal, Owe(delivery(1, CDR, "S1")), Owe(delivery(1, SESSION, "S1")))
    await write(journal, Settle(ROAMING, SESSION, "S1", 1))

    assert await due(journal) == (delivery(1, CDR, "S1"),)


async def test_the_oldest_goes_first_and_a_session_before_its_cdr(journal: Journal) -> None:
    await write(journal, Owe(delivery(4, CDR, "A")), Owe(delivery(4, SESSION, "S2")), Owe(delivery(2, SESSION, "S1")))

    assert await due(journal) == (delivery(2, SESSION, "S1"), delivery(4, SESSION, "S2"), delivery(4, CDR, "A"))
    assert await due(journal, limit=1) == (delivery(2, SESSION, "S1"),)


async def test_a_parked_object_is_not_due_but_visible_with_its_reason(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)), Owe(delivery(1, CDR, "C1")))
    await write(journal, Park(ROAMING, CDR, "C1", 1, "2001 no such contract"))

    assert await due(journal) == (delivery(1),)
    parked = await journal.outbox(parked_only=True)
    assert [(row.delivery, row.park_reason) for row in parked] == [(delivery(1, CDR, "C1"), "2001 no such contract")]
    assert len(await journal.outbox()) == 2


async def test_a_newer_state_of_a_parked_session_is_due_again(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)))
    await write(journal, Park(ROAMING, SESSION, "S1", 1, "no"))
    await write(journal, Owe(delivery(3)))

    assert await due(journal) == (delivery(3),)
    assert await journal.outbox(parked_only=True) == ()


async def test_a_late_refusal_of_an_old_body_does_not_park_the_newer_one(journal: Journal) -> None:
    await write(journal, Owe(delivery(2)))
    await write(journal, Park(ROAMING, SESSION, "S1", 1, "no"))

    assert await due(journal) == (delivery(2),)


async def test_owed_and_parked_are_counted_per_backend(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)), Owe(delivery(1, CDR, "C1")), Owe(delivery(1, backend=BILLING)))
    await write(journal, Park(ROAMING, CDR, "C1", 1, "no"))

    assert await journal.counts() == {ROAMING: OutboxCount(1, 1), BILLING: OutboxCount(1, 0)}


async def test_counts_follow_what_is_settled_due_or_parked(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)), Owe(delivery(1, CDR, "C1")), Owe(delivery(1, CDR, "C2")))
    await write(journal, Owe(delivery(4, backend=BILLING)), Park(ROAMING, CDR, "C1", 1, "no"))
    before = await journal.counts()

    await write(journal, Settle(ROAMING, SESSION, "S1", 1), Settle(BILLING, SESSION, "S1", 3))
    after_due = await journal.counts()
    await write(journal, Settle(ROAMING, CDR, "C1", 1), Settle(ROAMING, CDR, "C2", 1))

    assert before == {ROAMING: OutboxCount(2, 1), BILLING: OutboxCount(1, 0)}
    assert after_due == {ROAMING: OutboxCount(1, 1), BILLING: OutboxCount(1, 0)}
    assert await journal.counts() == {BILLING: OutboxCount(1, 0)}


async def test_counts_are_right_after_a_transaction_that_failed(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)), CdrRow(CdrId("C1"), SessionId("S1"), 1, b"{}"))
    before = await journal.counts()

    with pytest.raises(JournalMisused):
        await write(journal, Settle(ROAMING, SESSION, "S1", 1), CdrRow(CdrId("C1"), SessionId("S1"), 2, b"{}"))

    assert await journal.counts() == before == {ROAMING: OutboxCount(1, 0)}


async def test_a_cdr_has_the_same_bytes_at_each_try(journal: Journal) -> None:
    body = bytes(range(256))
    owed = Delivery(ROAMING, CDR, "C1", delivery(1).owner, SessionId("S1"), 1, body)
    await write(journal, Owe(owed))

    assert [one.body for one in await due(journal)] == [body]
    assert [one.body for one in await due(journal)] == [body]


async def test_a_session_row_is_replaced_and_the_last_changed_is_listed_first(journal: Journal) -> None:
    def row(session: str, seq: int) -> SessionRow:
        return SessionRow(SessionId(session), EvseUid("EVSE-1"), "ACTIVE", seq, b"%d" % seq)

    await write(journal, row("S1", 1), row("S2", 2))
    await write(journal, row("S1", 3))

    assert await journal.sessions(10) == (row("S1", 3), row("S2", 2))
    assert await journal.sessions(1) == (row("S1", 3),)


async def test_cdrs_are_listed_newest_first(journal: Journal) -> None:
    rows = [CdrRow(CdrId(f"C{seq}"), SessionId(f"S{seq}"), seq, b"{}") for seq in (1, 2, 3)]
    await write(journal, *rows)

    assert await journal.cdrs(2) == (rows[2], rows[1])


def of(session: str, seq: int, kind: ObjectKind = SESSION) -> Delivery:
    return Delivery(ROAMING, kind, session, delivery(1).owner, SessionId(session), seq, b"%d" % seq)


async def test_what_is_live_goes_before_the_backlog(journal: Journal) -> None:
    for seq in range(1, 7):
        await write(journal, Owe(of(f"S{seq}", seq)))
    await write(journal, SessionRow(SessionId("S2"), EvseUid("EVSE-1"), "ACTIVE", 2, b""))

    found = await journal.due(ROAMING, 2, live_after=5)

    # S2 goes on and S6 has changed; then two from the old end, none of them twice.
    assert [one.object_id for one in found] == ["S2", "S6", "S1"]


async def test_a_backlog_is_read_on_from_where_it_was_left(journal: Journal) -> None:
    owed = [of("A", 1), of("B", 3), of("A", 3, CDR), of("B", 3, CDR), of("C", 4)]
    await write(journal, *(Owe(one) for one in owed))
    read, beyond = list[Delivery](), None

    while page := await journal.due(ROAMING, 2, beyond=beyond):
        read.extend(page)
        beyond = page[-1]

    assert read == owed


async def test_the_horizon_is_the_newest_that_is_owed(journal: Journal) -> None:
    assert await journal.horizon(ROAMING) == 0
    await write(journal, Owe(of("A", 3)), Owe(of("B", 7)), Owe(of("C", 9)))
    await write(journal, Park(ROAMING, SESSION, "C", 9, "no"))

    assert await journal.horizon(ROAMING) == 7


async def test_what_is_owed_can_be_asked_for_by_session_and_in_part(journal: Journal) -> None:
    await write(journal, *(Owe(of(f"S{seq}", seq)) for seq in range(1, 5)))

    assert [row.delivery.object_id for row in await journal.outbox(session_id=SessionId("S3"))] == ["S3"]
    assert [row.delivery.object_id for row in await journal.outbox(limit=2)] == ["S1", "S2"]


async def test_many_verdicts_of_one_transaction_take_their_rows_and_no_others(journal: Journal) -> None:
    owed = [of(f"S{seq:03d}", seq) for seq in range(1, 451)]
    await write(journal, *(Owe(one) for one in owed))
    await write(journal, *(Settle(ROAMING, SESSION, one.object_id, one.up_to_seq) for one in owed if one.up_to_seq % 9))

    assert {one.up_to_seq for one in await due(journal, 900)} == set(range(9, 451, 9))
