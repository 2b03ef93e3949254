"""The first start of other code folds all facts, once, in steps; what was folded ahead it need not fold at all."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from journal.test_journal_archive import archived, grown_old, journal_in, keep_up, rows, segment_in, visits
from journal.writing import fact
from scenarios.box import running_box

from gateway.core.delivery import ObjectKind
from gateway.core.facts import DeliveryAccepted, DeliveryParked, Fact
from gateway.core.identifiers import BackendName
from gateway.core.site_state import fold
from gateway.journal import ahead, chain, folded, recall
from gateway.journal.journal import open_journal
from gateway.journal.opening import open_writable
from gateway.journal.recall import Recalled
from gateway.journal.replay import replay
from gateway.notify import Notifier
from gateway.projection import project
from gateway.watchdog import while_reading


def noted_by_other_code(path: Path) -> None:
    """Have what is noted be as another version wrote it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in (folded.BOUNDARY, folded.CHECKPOINT):
            one = folded.read(connection, table)
            if one is not None:
                folded.write(connection, table, replace(one, code="older"))


def recall_in(path: Path, *, every: int = recall.NOTED_EVERY, most: int | None = None) -> list[Recalled]:
    """Recall as a start does, at most so many steps, as far as a kill lets it come."""
    with closing(open_writable(path)) as opened:
        found = recall.steps(opened.connection, path, every)
        return [one for _, one in zip(range(most), found, strict=False)] if most is not None else list(found)


async def test_other_code_folds_archive_and_journal_and_notes_its_own_boundary(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    noted_by_other_code(path)

    assert recall_in(path)[-1].state == fold(facts)

    assert rows(path, "SELECT code FROM boundary") == [(folded.code_fingerprint(),)]
    (only, *_) = recall_in(path)
    assert only.seq == rows(path, "SELECT up_to_seq FROM boundary")[0][0]
    assert replay(path, project).is_equal


async def test_a_start_that_is_killed_goes_on_from_where_it_noted(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path, 30)
    noted_by_other_code(path)

    (killed,) = recall_in(path, every=100, most=1)
    again = recall_in(path, every=100)

    assert killed.noted == killed.seq < rows(path, "SELECT up_to_seq FROM boundary")[0][0]
    assert again[0].seq > killed.seq
    assert again[-1].state == fold(facts)
    assert replay(path, project).is_equal


async def test_what_was_folded_ahead_beside_a_running_daemon_need_not_be_folded(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 2)
        await grown_old(box)
        await visits(box, 1)
        await keep_up(box)
        noted_by_other_code(path)
        program = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway.journal.ahead", path)
        assert await program.wait() == 0
        assert path.with_name("journal.sqlite.ahead").stat().st_mode & 0o077 == 0
        known = box.site.written.last_seq
        await visits(box, 1)
        facts = await box.facts()
    noted_by_other_code(path)

    found = recall_in(path)

    assert found[0].seq == known
    assert found[-1].state == fold(facts)
    assert rows(path, "SELECT code FROM boundary") == [(folded.code_fingerprint(),)]
    async with open_journal(path, project) as journal:
        await journal.remember(await journal.recall())
    assert ahead.read(path) == ()


async def test_what_was_folded_ahead_serves_though_old_facts_went_to_the_archive_since(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 3)
        ahead.fold_ahead(path)
        await grown_old(box)
        await visits(box, 1)
        await keep_up(box)
        facts = await box.facts()
    noted_by_other_code(path)

    found = recall_in(path)

    assert found[0].seq > len(facts) // 2
    assert found[-1].state == fold(facts)
    assert replay(path, project).is_equal


@pytest.mark.parametrize("harm", ["another journal's", "torn"])
async def test_what_was_folded_ahead_counts_only_for_its_own_facts(tmp_path: Path, harm: str) -> None:
    path, other = journal_in(tmp_path), tmp_path / "other" / "journal.sqlite"
    facts = await archived(path)
    other.parent.mkdir()
    async with running_box(other) as box:
        await visits(box, 1)
    ahead.fold_ahead(other if harm == "another journal's" else path)
    beside = (other if harm == "another journal's" else path).with_name("journal.sqlite.ahead")
    path.with_name("journal.sqlite.ahead").write_bytes(beside.read_bytes()[: None if harm != "torn" else -7])
    noted_by_other_code(path)

    assert recall_in(path)[-1].state == fold(facts)


async def test_an_archive_that_is_gone_keeps_no_new_version_from_starting(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path)
    segment_in(tmp_path).unlink()
    noted_by_other_code(path)

    async with open_journal(path, project) as journal:
        assert await journal.recall() == fold(facts)


async def test_nothing_is_archived_behind_a_boundary_of_other_code(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    async with running_box(path) as box:
        await visits(box, 2)
        await grown_old(box)
        await keep_up(box)
        await visits(box, 2)
        await grown_old(box)
        noted_by_other_code(path)
        before = rows(path, "SELECT up_to_seq FROM boundary")
        await keep_up(box)
        assert rows(path, "SELECT up_to_seq FROM boundary") == before
        await box.journal.recall()
        await keep_up(box)
        assert rows(path, "SELECT up_to_seq FROM boundary") > before


def test_deliveries_pass_by_as_if_they_were_folded() -> None:
    backend = BackendName("operator")
    bodies = [
        DeliveryAccepted(backend, ObjectKind.SESSION, "S1", 1, "200", None),
        DeliveryParked(backend, ObjectKind.CDR, "S1", 1, "2001 unknown"),
    ]
    facts = [Fact(seq, fact(seq).at, None, None, body) for seq, body in enumerate(bodies, 1)]
    sealed = [(*chain.to_row(one, bytes(32)),) for one in facts]

    for count in (1, 2):
        assert recall.fold_rows(sealed[:count], fold([])) == fold(facts[:count])


def test_the_fingerprint_covers_all_that_folding_loads_from_core() -> None:
    script = (
        "import sys, gateway.core.site_state; "
        "print(*(name for name in sys.modules if name.startswith('gateway.core.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own
    assert {f"gateway.core.{name}" for name in folded.folding_modules()} == set(loaded.split())


@contextmanager
def manager_at(address: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(0)
        receiver.bind(str(address))
        yield receiver


def test_the_service_manager_hears_that_facts_are_read_and_has_patience(tmp_path: Path) -> None:
    with manager_at(tmp_path / "notify") as manager:
        tell = while_reading(Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}))
        tell(90_000, 200_000)
        with pytest.raises(BlockingIOError):
            manager.recv(1000)
        tell(100_000, 200_000)
        assert manager.recv(1000) == b"EXTEND_TIMEOUT_USEC=60000000"
        assert b"100000 of 200000 facts" in manager.recv(1000)
