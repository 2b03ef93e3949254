"""A disk that is full, broken or read-only: nothing begins, what runs ends safely, and all is well when the disk is."""

import asyncio
import errno
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from durability.mounted import RecordingDisk, recording_disk
from durability.refusals import live_through, some_refusals
from plant import BACKEND, EVSE, READER, Outlet, policy, site, token
from scenarios.box import CARD, Backend, Box, TurnedClock, running_box

from gateway.core.delivery import Accepted, ObjectKind
from gateway.core.facts import (
    CardRefused,
    Fact,
    FactBody,
    FaultMended,
    FaultRaised,
    GatewayStarted,
    SessionAuthorized,
    SessionEnded,
    SessionStarted,
    StopRequested,
)
from gateway.core.identifiers import TokenUid
from gateway.core.observations import CardPresented, Started, Tick
from gateway.core.reasons import FaultKind, Refusal, StopReason
from gateway.core.rows import RowChange
from gateway.core.rules import SessionRules
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import Journal, open_journal
from gateway.journal.replay import replay
from gateway.projection import project
from gateway.site import Site

pytestmark = pytest.mark.slow

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


class SlowJournal:
    """A journal on a disk that takes its time: what is to be written waits as long as it is held."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._free = asyncio.Event()
        self._free.set()
        self.asked = asyncio.Event()
        self.facts, self.due, self.counts = journal.facts, journal.due, journal.counts

    def hold(self) -> None:
        self._free.clear()
        self.asked.clear()

    def let_go(self) -> None:
        self._free.set()

    async def append(self, facts: Sequence[Fact], changes: Sequence[RowChange]) -> None:
        self.asked.set()
        await self._free.wait()
        await self._journal.append(facts, changes)


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


async def test_a_contactor_closes_only_once_the_start_is_on_disk_and_opens_before_the_stop_is(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal.sqlite", project) as journal:
        slow, clock, outlet = SlowJournal(journal), TurnedClock(), Outlet(plugged=True, power_w=11_000)
        writer = Site(policy(), {TokenUid(CARD): token(CARD)}, slow, clock)
        await writer.start(Started(clock.now(), "0.0.0", site(), (), ()))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(writer.run())
            for observation in outlet.show(EVSE, clock.now()):
                await writer.inbox.put_and_wait(observation)
            for wanted_meanwhile, wanted_afterwards in ((False, True), (False, False)):
                clock.turn(60)
                slow.hold()
                tapped = tasks.create_task(
                    writer.inbox.put_and_wait(CardPresented(READER, clock.now(), TokenUid(CARD)))
                )
                for observation in outlet.show(EVSE, clock.now()):
                    await writer.inbox.put(observation)
                await slow.asked.wait()
                assert writer.wants_energy(EVSE) is wanted_meanwhile
                slow.let_go()
                await tapped
                await writer.inbox.put_and_wait(Tick(clock.now()))
                assert writer.wants_energy(EVSE) is wanted_afterwards
            running.cancel()


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
            (session, _) = await box.site.due(BACKEND, 2)
            disk.refuse(errno.ENOSPC)
            async with asyncio.TaskGroup() as tasks:
                report = tasks.create_task(box.site.report(session, Accepted("thanks")))
                await box.wait(10)
                assert not report.done()
                disk.accept()
                await box.wait(HEALS_WITHIN_S)
            assert session not in await box.site.due(BACKEND, 2)


async def test_a_gateway_that_starts_on_a_full_disk_runs_and_is_out_of_order_until_there_is_room(
    disk: RecordingDisk,
) -> None:
    path, clock = disk.mount / "journal.sqlite", TurnedClock()
    async with open_journal(path, project) as journal:
        writer = Site(policy(), {}, journal, clock, (JournalUnwritable,))
        disk.refuse(errno.ENOSPC)
        await writer.start(Started(clock.now(), "0.0.0", site(), (), ()))
        assert list(dict(writer.evses()[0].faults)) == [FaultKind.STORAGE_LOST]
        assert await journal.last_seq() == 0
        disk.accept()
        clock.turn(HEALS_WITHIN_S)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(writer.run())
            await writer.inbox.put_and_wait(Tick(clock.now()))
            running.cancel()
        assert not writer.evses()[0].faults
        assert any([isinstance(fact.body, GatewayStarted) async for fact in journal.facts()])


def test_a_disk_that_refuses_from_any_operation_on_for_a_while_costs_no_bill() -> None:
    report = live_through(some_refusals(30, 640, seed=20261122))

    assert not report.failures, report.failures
    assert report.noticed > report.refusals // 2


# A private mount in a user namespace needs no root and is gone with the process.
ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=512k tmpfs "$1"
exec "$2" "$3" "$1"
"""


def test_on_a_real_disk_that_fills_up_nothing_is_lost(repository: Path, tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.fail("unshare is not there; install the package util-linux")
    program = repository / "tests" / "durability" / "charge_on_a_full_disk.py"
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh")
    done = subprocess.run(  # noqa: S603 - our own program
        (*unshare, str(tmp_path), sys.executable, str(program)),
        env={"PYTHONPATH": str(repository / "tests"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["closed_before"] is True
    assert told["closed_when_full"] is False
    assert set(told["faults"]) == {"STORAGE_LOST"}
    assert told["closed_after_a_tap"] is False
    assert told["faults_later"] == 0
    (billed_kwh,) = told["billed_kwh"]
    assert round(billed_kwh * 1000) == told["counted_wh"] > 0
