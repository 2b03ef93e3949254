"""A disk that is full, broken or read-only: nothing begins, what runs ends safely, and all is well when the disk is."""

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from durability.mounted import RecordingDisk, recording_disk
from durability.refusals import live_through, some_refusals
from plant import BACKEND, EVSE, READER, policy
from scenarios.box import CARD, Backend, Box, running_box

from gateway.core.delivery import Accepted, ObjectKind
from gateway.core.facts import (
    CardRefused,
    FactBody,
    FaultMended,
    FaultRaised,
    SessionAuthorized,
    SessionEnded,
    SessionStarted,
    StopRequested,
)
from gateway.core.identifiers import TokenUid
from gateway.core.observations import CardPresented
from gateway.core.reasons import FaultKind, Refusal, StopReason
from gateway.core.rules import SessionRules
from gateway.journal.replay import replay
from gateway.projection import project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RULES = SessionRules(storage_lost_stop_s=20)
A_HICCUP_S, TOO_LONG_S, HEALS_WITHIN_S = 15, 25, 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[RecordingDisk]:
    with recording_disk(tmp_path) as mounted:
        yield mounted


@pytest.fixture
async def box(disk: RecordingDisk) -> AsyncIterator[Box]:
    path = disk.mount / "journal.sqlite"
    async with running_box(path, rules=policy(rules=RULES)) as running:
        yield running
    disk.accept()
    assert replay(path, project).is_equal


async def tap(box: Box) -> None:
    """Tap without waiting for the disk, and let the site decide."""
    await box.site.inbox.put(CardPresented(READER, box.clock.now(), TokenUid(CARD)))
    await box.wait(2)


async def charging(box: Box) -> None:
    box.outlet.plugged, box.outlet.power_w = True, 11_000
    await box.wait(2)
    await tap(box)
    await box.wait(10)
    assert box.outlet.closed


async def bodies(box: Box, *kinds: type[FactBody]) -> list[FactBody]:
    return [fact.body for fact in await box.facts() if isinstance(fact.body, kinds)]


def faults(box: Box) -> list[FaultKind]:
    return list(dict(box.site.evses()[0].faults))


async def test_the_tap_that_finds_the_disk_full_is_refused_and_starts_nothing_later(
    disk: RecordingDisk, box: Box
) -> None:
    box.outlet.plugged, box.outlet.power_w = True, 11_000
    await box.wait(2)
    disk.refuse(errno.ENOSPC)

    await tap(box)

    assert not box.outlet.closed
    assert box.site.wants_energy(EVSE) is False
    assert "EVSE_OUT_OF_ORDER" in str(box.site.evses()[0].last_refusal)
    disk.accept()
    await box.wait(HEALS_WITHIN_S)
    assert not box.outlet.closed
    assert not await bodies(box, SessionAuthorized)
    (refused,) = await bodies(box, CardRefused)
    assert isinstance(refused, CardRefused)
    assert refused.reason is Refusal.EVSE_OUT_OF_ORDER


async def test_a_tap_while_the_disk_is_ill_starts_nothing_and_one_afterwards_does(
    disk: RecordingDisk, box: Box
) -> None:
    box.outlet.plugged, box.outlet.power_w = True, 11_000
    disk.refuse(errno.EIO)
    await tap(box)
    await tap(box)
    disk.accept()
    await box.wait(HEALS_WITHIN_S)
    assert not box.outlet.closed

    await tap(box)

    assert box.outlet.closed
    assert len(await bodies(box, SessionStarted)) == 1


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
async def test_a_session_that_cannot_be_written_down_ends_safely_and_is_billed_when_the_disk_is_well(
    disk: RecordingDisk, box: Box, error: int
) -> None:
    await charging(box)
    disk.refuse(error)
    await box.wait(60)  # until something has to be written
    await box.wait(TOO_LONG_S)

    assert not box.outlet.closed
    counted_wh = box.outlet.shown_wh
    disk.accept()
    await box.wait(HEALS_WITHIN_S)
    await box.backend.wait_for(ObjectKind.CDR, 1)

    (stopped,) = await bodies(box, StopRequested)
    (ended,) = await bodies(box, SessionEnded)
    assert isinstance(stopped, StopRequested)
    assert isinstance(ended, SessionEnded)
    assert stopped.reason is StopReason.STORAGE_LOST
    assert ended.stop.energy_wh == counted_wh == box.outlet.shown_wh
    assert ended.measured_open
    (cdr,) = box.backend.of(ObjectKind.CDR)
    assert "could not write" in json.loads(cdr.body)["remark"]


async def test_a_hiccup_ends_no_session(disk: RecordingDisk, box: Box) -> None:
    await charging(box)
    disk.refuse(errno.ENOSPC)
    for _ in range(70):
        if FaultKind.STORAGE_LOST in faults(box):
            break
        await box.wait(1)
    await box.wait(A_HICCUP_S)
    assert box.outlet.closed
    disk.accept()
    await box.wait(TOO_LONG_S)

    assert box.outlet.closed
    assert not await bodies(box, StopRequested)
    assert faults(box) == []


async def test_whoever_wants_to_stop_need_not_wait_for_the_disk(disk: RecordingDisk, box: Box) -> None:
    await charging(box)
    disk.refuse(errno.EROFS)

    await tap(box)

    assert not box.outlet.closed
    disk.accept()
    await box.wait(HEALS_WITHIN_S)
    (stopped,) = await bodies(box, StopRequested)
    assert isinstance(stopped, StopRequested)
    assert stopped.reason is StopReason.CARD
    assert len(await bodies(box, SessionEnded)) == 1


async def test_the_illness_is_seen_at_each_evse_and_stands_in_the_journal_afterwards(
    disk: RecordingDisk, box: Box
) -> None:
    disk.refuse(errno.ENOSPC)
    await tap(box)

    assert faults(box) == [FaultKind.STORAGE_LOST]
    assert box.site.evses()[0].status == "OUTOFORDER"
    assert "free space on its file system" in dict(box.site.evses()[0].faults)[FaultKind.STORAGE_LOST]
    disk.accept()
    await box.wait(HEALS_WITHIN_S)
    assert faults(box) == []
    (raised,) = await bodies(box, FaultRaised)
    (mended,) = await bodies(box, FaultMended)
    assert isinstance(raised, FaultRaised)
    assert raised.kind is FaultKind.STORAGE_LOST
    assert mended == FaultMended(FaultKind.STORAGE_LOST, by_technician=False)


async def test_an_answer_that_cannot_be_written_down_waits_and_is_not_asked_for_again(tmp_path: Path) -> None:
    with recording_disk(tmp_path) as disk:
        backend = Backend(is_away=True)
        async with running_box(disk.mount / "journal.sqlite", backend=backend) as box:
            await box.charge(seconds=60)
            (session, _) = await box.site.outbox.due(BACKEND, 2)
            disk.refuse(errno.ENOSPC)
            async with asyncio.TaskGroup() as tasks:
                report = tasks.create_task(box.site.outbox.report([(session, Accepted("thanks"))]))
                await box.wait(10)
                assert not report.done()
                disk.accept()
                await box.wait(HEALS_WITHIN_S)
            assert session not in await box.site.outbox.due(BACKEND, 2)


def test_a_disk_that_refuses_from_any_operation_on_for_a_while_costs_no_bill() -> None:
    report = live_through(some_refusals(30, 640, seed=20261122))

    assert not report.failures, report.failures
    assert report.noticed > report.refusals // 2
