"""Of a damaged journal everything up to the damage lives on, the rest is kept, and no power cut loses either."""

import shutil
from pathlib import Path

import pytest
from journal.writing import edit, fact, journal_with, project, session_story

from gateway.core.facts import Fact
from gateway.journal.errors import JournalCorrupt
from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader
from gateway.journal.replay import replay

UNLOCK = "DROP TRIGGER fact_is_never_changed; DROP TRIGGER fact_is_never_deleted;"


def forge(path: Path, statement: str) -> None:
    """Change facts as somebody can who owns the file."""
    edit(path, UNLOCK)
    edit(path, statement)


def copy_with_log(source: Path, target: Path) -> None:
    shutil.copy(source, target)
    shutil.copy(f"{source}-wal", f"{target}-wal")


def leave(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)


def sizes_of_kept(directory: Path) -> dict[str, int]:
    """The files that were set aside."""
    return {file.name: file.stat().st_size for file in directory.iterdir() if ".damaged-" in file.name}


async def stories(path: Path, count: int) -> list[Fact]:
    """A journal of so many sessions."""
    facts = [fact for number in range(count) for fact in session_story(1 + 7 * number, f"S{number}")]
    async with open_journal(path, project) as journal:
        await journal.append(facts, list(project(facts)))
    return facts


async def test_facts_before_a_forged_one_are_carried_over_with_what_follows_from_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    facts = await stories(path, 10)
    forge(path, "UPDATE fact SET body = replace(body, '2000', '9000') WHERE seq = 38")

    async with open_journal(path, project) as journal:
        assert [fact async for fact in journal.facts()] == facts[:37]
        quarantined = journal.quarantined
        assert quarantined is not None
        assert (quarantined.kept_up_to_seq, quarantined.is_whole) == (37, False)
        assert str(quarantined).endswith(
            f"and is kept at {path}.damaged-1; its facts 1 to 37 were carried over to a new one, what came after is "
            "only there: send it to whoever settles the bills"
        )
        assert await journal.outbox()
    assert replay(path, project).is_equal


async def test_the_repaired_journal_goes_on_where_the_intact_facts_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    facts = await stories(path, 2)
    forge(path, "DELETE FROM fact WHERE seq = 9")
    async with open_journal(path, project) as journal:
        await journal.append([fact(9)], [])

    async with open_journal(path, project) as journal:
        assert journal.quarantined is None
        assert [one async for one in journal.facts()] == [*facts[:8], fact(9)]


@pytest.mark.parametrize("name", ["outbox", "outbox_due", "session", "cdr", "fact_of_session"])
async def test_damage_in_what_is_derived_loses_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "journal.db"
    facts = await stories(path, 20)
    blot_out(path, name)

    async with open_journal(path, project) as journal:
        assert [fact async for fact in journal.facts()] == facts
        assert journal.quarantined is not None
        assert journal.quarantined.is_whole
        assert "all of its 140 facts were carried over to a new one: nothing was lost" in str(journal.quarantined)
    assert replay(path, project).is_equal


def blot_out(path: Path, name: str) -> None:
    """Zero the first page of a table or index."""
    with open_reader(path) as reader:
        root = reader._run(lambda db: db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)))  # noqa: SLF001 - to find the page
        page = root.fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * 1024)
        file.write(bytes(1024))


async def test_facts_that_are_only_in_the_log_are_carried_over_too(tmp_path: Path) -> None:
    path, running = tmp_path / "journal.db", tmp_path / "running.db"
    await stories(running, 3)
    async with open_journal(running) as journal:
        await journal.append([fact(22)], [])
        copy_with_log(running, path)
    blot_out(path, "cdr_by_age")

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert await journal.last_seq() == 22


async def test_a_repair_that_was_cut_off_before_the_new_file_was_complete_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await stories(path, 3)
    forge(path, "DELETE FROM fact WHERE seq = 9")
    leave(f"{path}.repairing", b"half of it")

    async with open_journal(path, project) as journal:
        assert await journal.last_seq() == 8


@pytest.mark.parametrize("moved", [(), ("",), ("", "-wal")])
async def test_a_repair_that_was_cut_off_while_files_were_moved_is_finished(
    tmp_path: Path, moved: tuple[str, ...]
) -> None:
    path = tmp_path / "journal.db"
    for suffix in ("", "-wal"):
        place = f"{path}.damaged-1{suffix}" if suffix in moved else f"{path}{suffix}"
        leave(place, b"damaged" * 200)
    await journal_with(Path(f"{path}.repaired"), 4)

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert journal.quarantined.kept_up_to_seq == 4
        assert await journal.last_seq() == 4
        kept = sizes_of_kept(tmp_path)
        assert sorted(kept.values()) == [1400, 1400]
        assert journal.quarantined.path.name.removesuffix("-wal") in {name.removesuffix("-wal") for name in kept}


async def test_an_old_fact_that_turns_out_to_be_forged_is_mended_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    facts = await stories(path, 400)
    forge(path, "UPDATE fact SET body = replace(body, '2000', '9000') WHERE seq = 10")
    async with open_journal(path, project) as journal:
        assert journal.quarantined is None
        with pytest.raises(JournalCorrupt, match="fact 10 of the journal"):
            assert [fact async for fact in journal.facts()]

    for is_new in (True, False):
        async with open_journal(path, project) as journal:
            assert (journal.quarantined is not None) is is_new
            assert [fact async for fact in journal.facts()] == facts[:9]
    assert not (tmp_path / "journal.db.suspect").exists()
