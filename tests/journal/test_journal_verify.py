"""Whoever edits, removes, adds or moves a fact is found out, by the number of the first one."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from journal.writing import fact, journal_with, project, session_story

from gateway.journal import chain
from gateway.journal.errors import JournalCorrupt
from gateway.journal.journal import open_journal
from gateway.journal.verify import Noted, verify

COUNT = 20


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    await journal_with(path, COUNT)
    return path


def tamper(path: Path, work: Callable[[sqlite3.Connection], object]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("DROP TRIGGER fact_is_never_changed; DROP TRIGGER fact_is_never_deleted;")
    work(connection)
    connection.close()


def sealed_anew(connection: sqlite3.Connection, first: int) -> None:
    """Seal every row from `first` on again, as somebody who has read the source could."""
    before = connection.execute("SELECT hash FROM fact WHERE seq = ?", (first - 1,)).fetchone()[0]
    for row in connection.execute("SELECT * FROM fact WHERE seq >= ? ORDER BY seq", (first,)).fetchall():
        sealed = chain.to_row(chain.from_row(row), before)[-1]
        connection.execute("UPDATE fact SET prev_hash = ?, hash = ? WHERE seq = ?", (before, sealed, row[0]))
        before = sealed


async def test_a_journal_that_nobody_touched_is_whole(journal: Path) -> None:
    report = verify(journal)

    assert report.is_whole
    assert report.facts == COUNT
    assert verify(journal, Noted(COUNT, report.head)).is_whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fact SET body = replace(body, 'token list', 'other list') WHERE seq = 7",
        "UPDATE fact SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 7",
        "UPDATE fact SET evse_uid = 'EVSE-2' WHERE seq = 7",
    ],
)
async def test_an_edited_fact_is_named(journal: Path, statement: str) -> None:
    tamper(journal, lambda db: db.execute(statement))

    report = verify(journal)

    assert report.facts == 6
    assert report.damage is not None
    assert report.damage.seq == 7
    with closing(sqlite3.connect(journal)) as shown:
        ((at,),) = shown.execute("SELECT at FROM fact WHERE seq = 7")
    assert report.damage.what == f"fact 7 (card_refused at {at}) was edited: it is not what was written"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM fact WHERE seq = 7", "fact 7 is not there any more"),
        ("DELETE FROM fact WHERE seq IN (7, 8, 9)", "facts 7 to 9 are not there any more"),
        ("DELETE FROM fact WHERE seq < 3", "facts 1 to 2 are not there any more"),
    ],
)
async def test_a_removed_fact_is_named(journal: Path, statement: str, words: str) -> None:
    tamper(journal, lambda db: db.execute(statement))

    damage = verify(journal).damage

    assert damage is not None
    assert damage.what == words


async def test_facts_that_changed_places_are_named(journal: Path) -> None:
    tamper(
        journal,
        lambda db: db.executescript(
            "UPDATE fact SET seq = 1000 WHERE seq = 7; UPDATE fact SET seq = 7 WHERE seq = 9;"
            "UPDATE fact SET seq = 9 WHERE seq = 1000;"
        ),
    )

    damage = verify(journal).damage

    assert damage is not None
    assert damage.what == "fact 7 is what was written as fact 9: they were put into another order"


async def test_facts_that_moved_up_into_a_gap_are_named(journal: Path) -> None:
    tamper(
        journal,
        lambda db: db.executescript("DELETE FROM fact WHERE seq = 7; UPDATE fact SET seq = seq - 1 WHERE seq > 7"),
    )

    damage = verify(journal).damage

    assert damage is not None
    assert damage.what == "fact 7 is what was written as fact 8: they were put into another order"


async def test_a_fact_that_was_put_in_and_sealed_is_named(journal: Path) -> None:
    def forge(db: sqlite3.Connection) -> None:
        before = db.execute("SELECT hash FROM fact WHERE seq = 6").fetchone()[0]
        forged = chain.to_row(fact(7, session_story(7, "S9")[0].body, "S9"), before)
        db.execute("DELETE FROM fact WHERE seq = 7")
        db.execute("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", forged)

    tamper(journal, forge)

    damage = verify(journal).damage

    assert damage is not None
    assert damage.what == "fact 8 does not follow the fact 7 that is there: one of the two was put in"


async def test_a_chain_that_was_forged_anew_does_not_hold_against_a_noted_head(journal: Path) -> None:
    noted = Noted(COUNT, verify(journal).head)

    def forge(db: sqlite3.Connection) -> None:
        db.execute("UPDATE fact SET body = replace(body, 'token list', 'other list') WHERE seq = 7")
        sealed_anew(db, 7)

    tamper(journal, forge)

    assert verify(journal).is_whole
    assert not verify(journal, noted).is_whole


async def test_an_end_that_was_cut_off_is_known_to_what_is_derived_or_to_a_noted_head(tmp_path: Path) -> None:
    path, plain = tmp_path / "journal.db", tmp_path / "plain.db"
    story = session_story(1, "S1")
    async with open_journal(path) as journal:
        await journal.append(story, list(project(story)))
    await journal_with(plain, COUNT)
    noted = Noted(COUNT, verify(plain).head)
    for file in (path, plain):
        tamper(file, lambda db: db.execute("DELETE FROM fact WHERE seq > 3"))

    derived, against_note = verify(path).damage, verify(plain, noted).damage

    assert derived is not None
    assert derived.what == "fact 4 is not there any more: it is known to have been written"
    assert against_note is not None
    assert against_note.what == "facts 4 to 20 are not there any more: they are known to have been written"


async def test_a_torn_file_is_whole_up_to_where_it_can_be_read(tmp_path: Path) -> None:
    path, torn = tmp_path / "journal.db", tmp_path / "torn.db"
    await journal_with(path, 500)
    shutil.copy(path, torn)
    with torn.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 1024 * 1024)
        file.write(bytes(1024))

    report = verify(torn)

    assert not report.is_whole
    assert 0 < report.facts < 500
    assert report.damage is not None
    assert report.damage.seq == report.facts + 1


async def test_a_running_journal_can_be_verified(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.append([fact(1)], [])

        assert verify(tmp_path / "journal.db").facts == 1


async def test_a_fact_that_is_gone_just_where_a_start_begins_to_look_is_missed(journal: Path) -> None:
    tamper(journal, lambda db: db.execute("DELETE FROM fact WHERE seq = ?", (COUNT - 4,)))
    with (
        closing(sqlite3.connect(journal)) as connection,
        pytest.raises(JournalCorrupt, match=f"holds 4 of the facts {COUNT - 4} to {COUNT}"),
    ):
        chain.verify_tail(connection, 5)


async def test_derived_tables_that_are_gone_are_no_damage_to_the_facts(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("DROP TABLE outbox")
    assert verify(journal).is_whole
