"""What waits for company on its way to the disk, for how long, and what a crash meanwhile costs: one more question."""

import json
import os
from datetime import timedelta
from pathlib import Path

from plant import BACKEND
from scenarios.box import Box, TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.facts import EnergySampled
from gateway.flash import LONGEST, FlashBudget
from gateway.journal.journal import open_journal
from gateway.journal.replay import replay
from gateway.patience import Patience
from gateway.projection import project

A_WHILE = timedelta(minutes=5)
YEARS = 10


async def charging(box: Box) -> None:
    box.site.patience.later = A_WHILE
    box.outlet.plugged, box.outlet.power_w = True, 11_000
    await box.wait(2)
    await box.tap()
    await box.backend.wait_for(ObjectKind.SESSION, 1)


async def test_a_start_is_on_disk_at_once_and_samples_come_together(tmp_path: Path) -> None:
    async with running_box(tmp_path / "journal.sqlite") as box:
        await charging(box)
        assert box.site.wants_energy(next(iter(box.site.written.evses)))
        begun, appends = box.site.written.last_seq, box.journal.appends
        await box.wait(4 * 60)
        assert (box.site.written.last_seq, box.journal.appends) == (begun, appends)
        await box.wait(2 * 60)

        assert box.journal.appends == appends + 1
        assert len([fact for fact in await box.facts() if isinstance(fact.body, EnergySampled)]) >= 4


async def test_an_end_is_billed_within_seconds_and_takes_along_what_waited(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with running_box(path) as box:
        await charging(box)
        await box.wait(150)
        await box.tap()
        await box.wait(6)
        await box.backend.wait_for(ObjectKind.CDR, 1)
        (cdr,) = box.backend.of(ObjectKind.CDR)
        assert round(json.loads(cdr.body)["total_energy"] * 1000) == (box.outlet.shown_wh or 0) - 1_000_000
    assert replay(path, project).is_equal


async def test_what_a_backend_took_is_not_sent_again_while_its_answer_waits(tmp_path: Path) -> None:
    async with running_box(tmp_path / "journal.sqlite") as box:
        await charging(box)
        await box.wait(30)
        assert box.site.outbox.owed(BACKEND).owed == 0
        assert list(await box.site.outbox.due(BACKEND, 10)) == []
        assert len(box.backend.received) == 1
        assert (await box.journal.counts())[BACKEND].owed == 1  # until its answer is on disk


async def test_a_crash_while_an_answer_waits_sends_the_same_bytes_again_and_no_others(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.sqlite", TurnedClock()
    async with running_box(path, clock=clock) as box:
        await charging(box)
        await box.wait(150)
        await box.tap()
        await box.wait(6)
        await box.backend.wait_for(ObjectKind.CDR, 1)
        outlet, first = box.outlet, box.backend.of(ObjectKind.CDR)
    outlet.plugged, outlet.power_w = False, 0

    async with running_box(path, clock=clock, outlet=outlet) as box:
        await box.backend.wait_for(ObjectKind.CDR, 1)
        assert [each.body for each in box.backend.of(ObjectKind.CDR)] == [each.body for each in first]


async def test_a_stop_leaves_nothing_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with running_box(path) as box:
        await charging(box)
        await box.wait(100)
        assert box.site.written.last_seq < len([*await box.facts()]) + 1
        await box.site.finish()
        written = box.site.written.last_seq
    async with open_journal(path) as journal:
        assert await journal.last_seq() == written
        assert any([isinstance(fact.body, EnergySampled) async for fact in journal.facts()])


def budget(patience: Patience, clock: TurnedClock, directory: Path, endurance_bytes: float) -> FlashBudget:
    return FlashBudget(patience, clock, directory, life_years=YEARS, endurance_bytes=endurance_bytes)


def write(directory: Path, size: int) -> None:
    with (directory / "telemetry").open("wb") as file:
        file.write(os.urandom(size))
        file.flush()
        os.fsync(file.fileno())


def test_the_more_is_written_the_longer_facts_wait_and_a_quiet_time_makes_up_for_it(disk_path: Path) -> None:
    patience, clock = Patience(), TurnedClock()
    kept = budget(patience, clock, disk_path, YEARS * 365.25 * 8_000_000)  # 8 MB a day
    before = patience.later
    write(disk_path, 2_000_000)
    clock.turn(10)
    kept.step()
    assert before < patience.later <= LONGEST
    clock.turn(12 * 3600)
    kept.step()
    assert patience.later < before


def test_a_card_that_will_not_live_as_long_as_wanted_is_told_of_once_it_was_measured(disk_path: Path) -> None:
    patience, clock = Patience(), TurnedClock()
    kept = budget(patience, clock, disk_path, YEARS * 365.25 * 1_000_000)
    clock.turn(3600)
    kept.step()
    assert kept.snapshot().projected_life_years is None
    write(disk_path, 4_000_000)
    clock.turn(6 * 3600)
    kept.step()
    shown = kept.snapshot()

    assert shown.is_short
    assert shown.projected_life_years is not None
    assert shown.projected_life_years < YEARS
    assert shown.own_bytes_per_day is not None
    assert shown.own_bytes_per_day > shown.budget_bytes_per_day
