"""Each backend's CDRs are numbered without gaps and linked by digests, and any of them can be owed again."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import pytest
from journal.writing import BACKENDS, PARTY, delivery, fact, project, session_story, started

from gateway.core.delivery import NOTHING_BEFORE, Delivery, ObjectKind
from gateway.core.facts import DeliveryRequested
from gateway.core.identifiers import BackendName, CdrId, SessionId
from gateway.core.inventory import Entry, Standing
from gateway.core.rows import CdrRow, Owe, OweAgain, Park, RowChange, Settle
from gateway.journal import chain
from gateway.journal.journal import Journal, open_journal
from gateway.journal.replay import replay

ROAMING, BILLING = BACKENDS
CDR = ObjectKind.CDR


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(tmp_path / "journal.db") as journal:
        yield journal


async def write(journal: Journal, *changes: RowChange) -> None:
    await journal.append([fact(await journal.last_seq() + 1)], changes)


def a_cdr(seq: int, backend: BackendName = ROAMING, body: bytes | None = None) -> Delivery:
    name = f"C{seq}"
    return Delivery(backend, CDR, name, PARTY, SessionId(f"S{seq}"), seq, body or f'{{"id":"{name}"}}'.encode())


async def seal(journal: Journal, seq: int, *backends: BackendName) -> None:
    owed = [a_cdr(seq, backend) for backend in backends]
    row = CdrRow(CdrId(f"C{seq}"), SessionId(f"S{seq}"), seq, a_cdr(seq).body)
    await write(journal, row, *(Owe(one) for one in owed))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


async def test_each_cdr_tells_its_number_its_digest_and_that_of_the_one_before(journal: Journal) -> None:
    for seq in (1, 2, 3):
        await seal(journal, seq, ROAMING)

    links = [one.link for one in await journal.due(ROAMING, 10)]

    digests = [digest(a_cdr(seq).body) for seq in (1, 2, 3)]
    assert [(link.number, link.digest, link.previous) for link in links if link] == [
        (1, digests[0], NOTHING_BEFORE),
        (2, digests[1], digests[0]),
        (3, digests[2], digests[1]),
    ]


async def test_a_session_has_no_number(journal: Journal) -> None:
    await write(journal, Owe(delivery(1)))

    assert [one.link for one in await journal.due(ROAMING, 10)] == [None]


async def test_numbers_count_what_a_backend_gets_and_leave_no_gap_where_another_gets_more(journal: Journal) -> None:
    await seal(journal, 1, ROAMING, BILLING)
    await seal(journal, 2, ROAMING)
    await seal(journal, 3, ROAMING, BILLING)

    due = await journal.due(BILLING, 10)

    assert [(one.object_id, one.link.number) for one in due if one.link] == [("C1", 1), ("C3", 2)]
    assert due[1].link is not None
    assert due[1].link.previous == digest(a_cdr(1).body)


async def test_a_delivered_cdr_keeps_its_number(journal: Journal) -> None:
    await seal(journal, 1, ROAMING)
    await write(journal, Settle(ROAMING, CDR, "C1", 1))
    await seal(journal, 2, ROAMING)

    (due,) = await journal.due(ROAMING, 10)

    assert due.link is not None
    assert (due.link.number, due.link.previous) == (2, digest(a_cdr(1).body))


async def test_an_inventory_says_what_was_given_out_and_how_far_the_backend_is(journal: Journal) -> None:
    for seq in (1, 2, 3, 4):
        await seal(journal, seq, ROAMING)
    await write(journal, Settle(ROAMING, CDR, "C1", 1), Park(ROAMING, CDR, "C2", 2, "no such contract"))

    all_of_it = await journal.inventory(ROAMING, 1, 100, 100)
    part = await journal.inventory(ROAMING, 2, 3, 1)

    standings = [Standing.DELIVERED, Standing.PARKED, Standing.DUE, Standing.DUE]
    assert all_of_it.entries == tuple(
        Entry(seq, CdrId(f"C{seq}"), digest(a_cdr(seq).body), standing)
        for seq, standing in enumerate(standings, start=1)
    )
    assert (all_of_it.count, all_of_it.first) == (4, digest(a_cdr(1).body))
    assert all_of_it.head == digest(a_cdr(4).body)
    assert part.entries == all_of_it.entries[1:2]
    assert (await journal.inventory(BILLING, 1, 9, 9)).count == 0


@pytest.mark.parametrize("own_bytes", [None, b'{"id":"C1","version":"other"}'])
async def test_a_delivered_cdr_that_is_wanted_again_is_owed_byte_for_byte(
    journal: Journal, own_bytes: bytes | None
) -> None:
    first = a_cdr(1, body=own_bytes)
    await write(journal, CdrRow(CdrId("C1"), SessionId("S1"), 1, a_cdr(1).body), Owe(first))
    (sent,) = await journal.due(ROAMING, 10)
    await write(journal, Settle(ROAMING, CDR, "C1", 1))

    await write(journal, OweAgain(ROAMING, 1))

    (again,) = await journal.due(ROAMING, 10)
    assert (again, again.link) == (sent, sent.link)
    await write(journal, Settle(ROAMING, CDR, "C1", 1))
    assert await journal.due(ROAMING, 10) == ()


async def test_a_parked_cdr_that_is_wanted_again_is_due_and_one_that_is_due_stays_so(journal: Journal) -> None:
    await seal(journal, 1, ROAMING)
    await seal(journal, 2, ROAMING)
    await write(journal, Park(ROAMING, CDR, "C1", 1, "no"))

    await write(journal, OweAgain(ROAMING, 1), OweAgain(ROAMING, 2), OweAgain(ROAMING, 99))

    assert [one.object_id for one in await journal.due(ROAMING, 10)] == ["C1", "C2"]


async def test_a_journal_of_before_has_its_cdrs_numbered_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    facts = [started(1), *session_story(2, "S1"), *session_story(9, "S2")]
    facts.append(fact(16, DeliveryRequested(ROAMING, CDR, "CDR-S1-5", 1)))
    first_schema = resources.files("gateway.journal").joinpath("schema/0001.sql").read_text(encoding="utf-8")
    connection = sqlite3.connect(path)
    connection.executescript(f"{first_schema} PRAGMA application_id = 0x4F435047; PRAGMA user_version = 1")
    chain.append(connection, facts)
    connection.commit()
    connection.close()

    async with open_journal(path, project) as journal:
        held = await journal.inventory(ROAMING, 1, 9, 9)

    assert [entry.cdr_id for entry in held.entries] == ["CDR-S1-5", "CDR-S2-12"]
    assert replay(path, project).is_equal
