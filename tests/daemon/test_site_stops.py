"""The note of decided stops: there at once, gone when the disk has them, and never in the way."""

from pathlib import Path

import pytest
from plant import MIDNIGHT

from gateway.core.identifiers import SessionId
from gateway.core.instant import ClockQuality, Instant
from gateway.core.observations_storage import DecidedStop
from gateway.core.reasons import StopReason
from gateway.site_stops import StopNote

STOP = DecidedStop(SessionId("s-1"), StopReason.CARD, Instant(MIDNIGHT, 5 * 10**9, "boot-1", ClockQuality.SYNCHRONISED))


def test_the_next_process_reads_what_this_one_kept_last(tmp_path: Path) -> None:
    file = tmp_path / "stops.json"
    note = StopNote(file)
    note.keep((STOP,))

    assert StopNote(file).recall() == (STOP,)
    note.keep(())
    assert StopNote(file).recall() == ()
    assert list(tmp_path.iterdir()) == []


def test_a_note_of_before_goes_once_there_is_nothing_to_keep(tmp_path: Path) -> None:
    file = tmp_path / "stops.json"
    StopNote(file).keep((STOP,))
    StopNote(file).keep(())
    assert not file.exists()


@pytest.mark.parametrize("content", [b'[{"session_id"', b"\xff", b'[{"more":' + b"[" * 100_000])
def test_a_note_that_is_no_note_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "stops.json"
    file.write_bytes(content)
    assert StopNote(file).recall() == ()


def test_where_no_note_can_be_taken_the_site_goes_on(tmp_path: Path) -> None:
    note = StopNote(tmp_path / "gone" / "stops.json")
    note.keep((STOP,))
    assert note.recall() == ()
