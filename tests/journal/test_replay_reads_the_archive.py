"""What was archived is not taken on trust: replay reads its facts again and says what was noted otherwise."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from journal.test_journal_archive import archived, journal_in, rows, segment_in, visits
from journal.writing import edit
from plant import EVSE
from scenarios.box import running_box

from gateway.journal import archive, folded
from gateway.journal.errors import ArchiveDamaged
from gateway.journal.replay import Deviation, replay
from gateway.projection import project


def reseal(path: Path, forge: Callable[[dict[str, Any]], None]) -> None:
    """Change the only block of an archive as somebody would who knows its format, size and digest included."""
    (place,) = archive.blocks(path, rows(path, "SELECT up_to_seq FROM boundary")[0][0])  # type: ignore[arg-type]
    line, _, data = place.file.read_bytes().partition(b"\n")
    content = json.loads(zlib.decompress(data[:-1]))
    forge(content)
    packed = zlib.compress(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())
    head = json.loads(line) | {"size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
    place.file.write_bytes(json.dumps(head).encode() + b"\n" + packed + b"\n")


def forge_books(path: Path, table: str) -> None:
    """Change a state as somebody would who knows how it is written, digest included."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        noted = folded.read(connection, table)
        state = noted.site_state() if noted is not None else None
        assert noted is not None
        assert state is not None
        evse = state.evse(EVSE)
        forged = replace(state, evses={EVSE: replace(evse, books=replace(evse.books, unattributed=7))})
        folded.write(connection, table, folded.folded(forged, noted.hash))


def cheaper(content: dict[str, Any]) -> None:
    for kind, value in content["changes"]:
        if kind == "CdrRow":
            value["body"] = "e30="  # {}


async def test_an_archive_as_it_was_written_is_replayed(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    reseal(path, lambda _: None)

    assert replay(path, project).is_equal


async def test_a_fact_edited_in_the_archive_is_named(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)

    def more(content: dict[str, Any]) -> None:
        sampled = next(fact for fact in content["facts"] if fact[7] == "session_ended")
        sampled[8] = sampled[8].replace("energy_wh", "energy_Wh")

    reseal(path, more)

    with pytest.raises(ArchiveDamaged, match=f"{segment_in(tmp_path)}: fact .* is not what was written"):
        replay(path, project)


async def test_a_bill_forged_in_the_archive_and_in_the_journal_alike_is_named(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    reseal(path, cheaper)
    (begun,) = rows(path, "SELECT up_to_seq FROM boundary")[0]
    edit(path, "UPDATE cdr SET body = CAST('{}' AS BLOB) WHERE seq <= (SELECT up_to_seq FROM boundary)")

    report = replay(path, project)

    named = {(one.table, one.key, one.deviation, one.columns) for one in report.differences}
    assert ("archive", (segment_in(tmp_path).name, f"1-{begun}"), Deviation.DIFFERENT, ("changes",)) in named


async def test_a_session_hidden_from_whoever_searches_the_archive_is_named(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    segment = segment_in(tmp_path)
    line, _, data = segment.read_bytes().partition(b"\n")
    head = json.loads(line)
    segment.write_bytes(json.dumps(head | {"sessions": head["sessions"][1:]}).encode() + b"\n" + data)

    (difference,) = replay(path, project).differences

    assert (difference.table, difference.columns) == ("archive", ("sessions",))


async def test_books_forged_where_the_journal_goes_on_from_are_named(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    forge_books(path, folded.BOUNDARY)

    (difference,) = replay(path, project).differences

    assert (difference.table, difference.columns) == ("boundary", ("state",))


async def test_books_forged_in_a_checkpoint_are_named(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 2)
        await box.journal.remember(box.site.written)
        await visits(box, 1)
    assert replay(path, project).is_equal
    forge_books(path, folded.CHECKPOINT)

    (difference,) = replay(path, project).differences

    assert (difference.table, difference.columns) == ("checkpoint", ("state",))


async def test_a_block_taken_out_is_named(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path, 30)
    segment = segment_in(tmp_path)
    first, second = archive.blocks(path, rows(path, "SELECT up_to_seq FROM boundary")[0][0])  # type: ignore[arg-type]
    end_of_first = first.offset + first.block.size + 1
    segment.write_bytes(segment.read_bytes()[end_of_first:])

    with pytest.raises(ArchiveDamaged, match=f"facts 1 to {second.block.last_seq} were archived"):
        replay(path, project)


async def test_a_block_that_another_history_put_in_is_named(tmp_path: Path) -> None:
    path, other = journal_in(tmp_path), tmp_path / "other" / "journal.sqlite"
    other.parent.mkdir()
    await archived(path, 30)
    await archived(other, 31, seconds=21)
    mine, theirs = segment_in(tmp_path), segment_in(other.parent)
    first, _ = archive.blocks(other, rows(other, "SELECT up_to_seq FROM boundary")[0][0])  # type: ignore[arg-type]
    end_of_first = first.offset + first.block.size + 1
    content = json.loads(mine.read_bytes().partition(b"\n")[0])
    assert content["last_seq"] == first.block.last_seq
    here, _ = archive.blocks(path, rows(path, "SELECT up_to_seq FROM boundary")[0][0])  # type: ignore[arg-type]
    rest = mine.read_bytes()[here.offset + here.block.size + 1 :]
    mine.write_bytes(theirs.read_bytes()[:end_of_first] + rest)

    with pytest.raises(ArchiveDamaged, match="does not follow the one before it"):
        replay(path, project)
