"""A contactor closes on what is written and opens on what is decided, also while the disk takes its time or nothing."""

import asyncio
import errno
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from durability.mounted import RecordingDisk, recording_disk
from plant import EVSE, READER, Outlet, policy, site, token
from scenarios.box import CARD, TurnedClock

from gateway.core.facts import Fact, GatewayStarted
from gateway.core.identifiers import TokenUid
from gateway.core.observations import CardPresented, Started, Tick
from gateway.core.reasons import FaultKind
from gateway.core.rows import RowChange
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import Journal, open_journal
from gateway.projection import project
from gateway.site import Site

HEALS_WITHIN_S = 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[RecordingDisk]:
    with recording_disk(tmp_path) as mounted:
        yield mounted


class SlowJournal:
    """A journal on a disk that takes its time: what is to be written waits as long as it is held."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._free = asyncio.Event()
        self._free.set()
        self.asked = asyncio.Event()
        self.recall, self.facts, self.due, self.counts = journal.recall, journal.facts, journal.due, journal.counts

    def hold(self) -> None:
        self._free.clear()
        self.asked.clear()

    def let_go(self) -> None:
        self._free.set()

    def begin(self, facts: Sequence[Fact], changes: Sequence[RowChange]) -> asyncio.Future[None]:
        return asyncio.ensure_future(self._append(facts, changes))

    async def _append(self, facts: Sequence[Fact], changes: Sequence[RowChange]) -> None:
        self.asked.set()
        await self._free.wait()
        await self._journal.append(facts, changes)


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


@pytest.mark.slow
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
