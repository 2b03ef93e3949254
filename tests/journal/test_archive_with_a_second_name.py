"""A backup that holds the archive by hard links keeps it byte for byte, whatever the gateway archives afterwards."""

import os
from pathlib import Path

import pytest
from journal.test_journal_archive import (
    LATER_WS,
    LONG_AFTER_S,
    archived,
    grown_old,
    journal_in,
    keep_up,
    segment_in,
    visits,
)
from plant import Outlet
from scenarios.box import TurnedClock, running_box

from gateway.journal.verify import verify


async def more_archived(path: Path) -> None:
    clock = TurnedClock(boot_id="boot-2")
    clock.turn(LONG_AFTER_S + 1000)
    async with running_box(path, clock=clock, outlet=Outlet(energy_ws=LATER_WS)) as box:
        await visits(box, 1)
        await grown_old(box)
        await visits(box, 1)
        await keep_up(box)


@pytest.mark.parametrize("left_behind", [b"", b"what a power cut left behind the boundary"])
async def test_what_a_backup_holds_by_a_hard_link_stays_as_it_was(tmp_path: Path, left_behind: bytes) -> None:
    path, backup = journal_in(tmp_path), tmp_path / "backup"
    await archived(path)
    segment = segment_in(tmp_path)
    with segment.open("ab") as file:
        file.write(left_behind)
    held = segment.read_bytes()
    os.link(segment, backup)

    await more_archived(path)

    assert backup.read_bytes() == held
    grown = segment_in(tmp_path).read_bytes()
    assert len(grown) > len(held)
    assert grown.startswith(held.removesuffix(left_behind))
    assert segment.stat().st_mode == backup.stat().st_mode
    assert verify(path).is_whole


async def test_a_copy_that_was_cut_off_is_no_part_of_the_archive(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    await archived(path)
    segment = segment_in(tmp_path)
    os.link(segment, tmp_path / "backup")
    segment.with_name(f"{segment.name}.part").write_bytes(segment.read_bytes()[:100])

    await more_archived(path)

    assert segment_in(tmp_path) == segment
    assert verify(path).is_whole
