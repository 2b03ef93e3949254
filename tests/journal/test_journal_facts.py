"""What is appended is there, complete, in order, sealed, and for ever."""

import asyncio
import hashlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from journal.writing import delivery, fact, instant, session_story, started

from gateway.core.delivery import ObjectKind
from gateway.core.facts import EnergySampled, Register, SessionEnded
from gateway.core.identifiers import CdrId, EvseUid, SessionId
from gateway.core.rows import CdrRow, Owe, SessionRow, Wording
from gateway.journal.errors import JournalCorrupt, JournalMisused
from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader


async def test_facts_come_back_in_order_after_the_journal_was_closed(tmp_path: Path) -> None:
    facts = [started(1), fact(2), *session_story(3, "S1")]
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append(facts[:1], [])
        await journal.append(facts[1:], [])

    async with open_journal(tmp_path / "journal.db") as journal:
        assert [one async for one in journal.facts()] == facts
        assert [one async for one in journal.facts(from_seq=4)] == facts[3:]
        assert await journal.last_seq() == len(facts)


async def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "state" / "journal.db") as journal:
        assert await journal.last_seq() == 0
        assert [one async for one in journal.facts()] == []
        assert journal.quarantined is None


async def test_more_facts_than_one_batch_holds_are_read_without_a_gap(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([fact(seq) for seq in range(1, 1_204)], [])

        assert [one.seq async for one in journal.facts()] == list(range(1, 1_204))


async def test_the_facts_of_one_session_are_found_among_others(tmp_path: Path) -> None:
    ours = session_story(2, "S1")
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([started(1), *ours, *session_story(9, "S2")], [])

        assert list(await journal.facts_of(SessionId("S1"))) == ours


@pytest.mark.parametrize("seqs", [[2], [1, 3], [1, 1], [0]])
async def test_a_gap_in_the_facts_is_a_bug_and_nothing_is_written(tmp_path: Path, seqs: list[int]) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        with pytest.raises(JournalMisused, match="cannot follow fact"):
            await journal.append([fact(seq) for seq in seqs], [Owe(delivery(1))])

        assert await journal.last_seq() == 0
        assert await journal.outbox() == ()


async def test_facts_and_what_follows_from_them_stand_or_fall_together(tmp_path: Path) -> None:
    cdr = CdrRow(CdrId("C1"), SessionId("S1"), 1, b"sealed")
    session = SessionRow(SessionId("S1"), EvseUid("EVSE-1"), "ACTIVE", 2, b"{}")
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([fact(1)], [cdr])

        with pytest.raises(JournalMisused, match=r"cdr\.cdr_id"):
            await journal.append([fact(2)], [session, Owe(delivery(2)), cdr])

        assert await journal.last_seq() == 1
        assert await journal.sessions(10) == ()
        assert await journal.outbox() == ()
        await journal.append([fact(2)], [session])
        assert await journal.sessions(10) == (session,)


async def test_a_second_delivery_of_one_cdr_is_a_bug(tmp_path: Path) -> None:
    owed = Owe(delivery(1, ObjectKind.CDR, "C1"))
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([fact(1)], [owed])

        with pytest.raises(JournalMisused, match="outbox"):
            await journal.append([fact(2)], [owed])


@pytest.mark.parametrize("statement", ["UPDATE fact SET body = '{}'", "DELETE FROM fact"])
async def test_the_file_itself_refuses_to_change_a_fact(tmp_path: Path, statement: str) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([fact(1)], [])

    connection = sqlite3.connect(tmp_path / "journal.db")
    with pytest.raises(sqlite3.IntegrityError, match="a fact is never"):
        connection.execute(statement)
    connection.close()


async def test_each_fact_is_sealed_together_with_the_one_before_it(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([started(1), *session_story(2, "Sitzung-Süd")], [])

    connection = sqlite3.connect(tmp_path / "journal.db")
    before = bytes(32)
    for *content, prev_hash, sealed in connection.execute("SELECT * FROM fact ORDER BY seq"):
        plain = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        assert prev_hash == before
        assert sealed == hashlib.sha256(before + plain).digest()
        before = sealed
    connection.close()


async def test_a_forged_fact_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path) as journal:
        await journal.append([fact(seq) for seq in range(1, 2_600)], [])
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER fact_is_never_changed")
    connection.execute("UPDATE fact SET body = replace(body, 'token list', 'other list') WHERE seq = 7")
    connection.close()

    with open_reader(path) as reader, pytest.raises(JournalCorrupt, match="fact 7 of the journal is not what was"):
        list(reader.facts())


async def test_a_wait_that_is_cancelled_neither_tears_nor_blocks_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    sample = EnergySampled(Register(5, instant(1)), None)
    async with open_journal(path) as journal:
        begun = asyncio.ensure_future(journal.append([fact(seq, sample) for seq in range(1, 500)], []))
        await asyncio.wait([begun], timeout=0)
        begun.cancel()
        written = await journal.last_seq()

        assert written in {0, 499}
        await journal.append([fact(written + 1)], [])
        assert await journal.last_seq() == written + 1


async def test_samples_of_a_session_that_goes_on_are_found_up_to_the_newest(tmp_path: Path) -> None:
    sample = EnergySampled(Register(1_000, instant(1)), None)
    story = [one for one in session_story(2, "S1") if not isinstance(one.body, EnergySampled | SessionEnded)]
    last = story[-1].seq
    facts = [started(1), *story, fact(last + 1, sample, "S2"), fact(last + 2, sample, "S1"), fact(last + 3)]
    facts = [replace(one, seq=number) for number, one in enumerate(facts, start=1)]
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append(facts, [])

        assert list(await journal.facts_of(SessionId("S1"))) == [one for one in facts if one.session_id == "S1"]


async def test_a_session_that_reads_the_same_in_two_versions_is_kept_once(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        for number, (words, kept) in enumerate([(b"{}", 0), (b"[]", 1), (b"{}", 0)], start=1):
            row = SessionRow(SessionId("S1"), EvseUid("EVSE-1"), "ACTIVE", number, b"{}")
            await journal.append([fact(number)], [row, Wording(ObjectKind.SESSION, "S1", "2.3.0", words)])

            assert [one.body for one in await journal.sessions_after(0, 9, "2.3.0")] == [words]
            with sqlite3.connect(tmp_path / "journal.db") as beside:
                assert beside.execute("SELECT count(*) FROM wording").fetchone() == (kept,)
            beside.close()
