"""The whole gateway between the wires: the real site, journal, projection and shippers, on a clock that tests turn.

Outlets obey physics (see plant), the backend is an honest small one that can be away or refuse.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from plant import BACKEND, EVSE, MIDNIGHT, READER, Outlet, policy, site, token

from gateway.core.delivery import Accepted, Deferred, Delivery, ObjectKind, Receipt, Rejected
from gateway.core.facts import Fact
from gateway.core.identifiers import BackendName, TokenUid
from gateway.core.instant import ClockQuality, Instant
from gateway.core.observations import CardPresented, Started, Tick
from gateway.core.place import Site as Place
from gateway.core.rules import Policy
from gateway.core.tariff import Tariff
from gateway.core.token import Token
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import Journal, open_journal
from gateway.projection import project
from gateway.site import Site
from gateway.uplink.ports import LinkDown
from gateway.uplink.shipper import Shipper

CARD = "04A1B2C3D4E580"


@dataclass
class TurnedClock:
    """Stands still until it is turned."""

    wall: datetime = MIDNIGHT
    boot_s: int = 100
    boot_id: str = "boot-1"
    quality: ClockQuality = ClockQuality.SYNCHRONISED

    def now(self) -> Instant:
        return Instant(self.wall, self.boot_s * 10**9, self.boot_id, self.quality)

    def turn(self, seconds: int) -> None:
        self.wall += timedelta(seconds=seconds)
        self.boot_s += seconds


@dataclass
class Backend:
    """Keeps what it is given, in the order it came; away means nobody answers."""

    is_away: bool = False
    refuses: set[tuple[ObjectKind, str]] = field(default_factory=set)
    received: list[Delivery] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    returned: asyncio.Event = field(default_factory=asyncio.Event)

    def come_back(self) -> None:
        self.is_away = False
        self.returned.set()

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Backend"]:
        if self.is_away:
            raise LinkDown("nobody answers")
        yield self

    @property
    def lost(self) -> asyncio.Future[str]:
        return asyncio.get_running_loop().create_future()

    async def deliver(self, delivery: Delivery) -> Receipt:
        if self.is_away:
            return Deferred("nobody answers")
        if (delivery.kind, delivery.object_id) in self.refuses:
            return Rejected("not like this")
        self.received.append(delivery)
        self.arrived.set()
        return Accepted("thanks")

    def of(self, kind: ObjectKind) -> list[Delivery]:
        return [delivery for delivery in self.received if delivery.kind is kind]

    async def wait_for(self, kind: ObjectKind, count: int) -> None:
        while len(self.of(kind)) < count:
            self.arrived.clear()
            await self.arrived.wait()

    async def be_patient(self, _seconds: float) -> None:
        """Stand in for the shipper's pause: it lasts until the backend is back."""
        self.returned.clear()
        if self.is_away:
            await self.returned.wait()


@dataclass
class Box:
    """One running gateway; `outlet` is its EVSE's hardware."""

    site: Site
    journal: Journal
    clock: TurnedClock
    outlet: Outlet
    backend: Backend

    async def wait(self, seconds: int) -> None:
        """Let seconds pass one by one, everything that follows from each on disk before the next."""
        for _ in range(seconds):
            self.clock.turn(1)
            self.outlet.step(1, wanted=self.site.wants_energy(EVSE))
            for observation in self.outlet.show(EVSE, self.clock.now()):
                await self.site.inbox.put(observation)
            await self.site.inbox.put_and_wait(Tick(self.clock.now()))

    async def settled(self) -> None:
        """Return once nothing is owed any more."""
        changed = asyncio.Event()
        self.site.on_outputs(changed.set)
        while self.site.outbox.owed(BACKEND).owed:
            await changed.wait()
            changed.clear()

    async def tap(self, uid: str = CARD) -> None:
        await self.site.inbox.put_and_wait(CardPresented(READER, self.clock.now(), TokenUid(uid)))

    async def charge(self, seconds: int) -> None:
        """Plug in, tap, charge, tap, unplug."""
        self.outlet.plugged, self.outlet.power_w = True, 11_000
        await self.wait(2)
        await self.tap()
        await self.wait(seconds)
        await self.tap()
        await self.wait(3)
        self.outlet.plugged, self.outlet.power_w = False, 0
        await self.wait(2)

    async def facts(self) -> list[Fact]:
        return [fact async for fact in self.journal.facts()]


@asynccontextmanager
async def running_box(  # noqa: PLR0913 - a box is put together from its parts
    path: Path,
    *,
    clock: TurnedClock | None = None,
    outlet: Outlet | None = None,
    backend: Backend | None = None,
    tokens: Sequence[Token] = (token(CARD),),
    tariffs: tuple[Tariff, ...] = (),
    rules: Policy | None = None,
    backends: tuple[BackendName, ...] = (BACKEND,),
    place: Place | None = None,
) -> AsyncIterator[Box]:
    """Run a gateway over the journal at `path`; leaving it is as sudden as a kill."""
    clock, outlet, backend = clock or TurnedClock(), outlet or Outlet(), backend or Backend()
    tariff_id = tariffs[0].id if tariffs else None
    async with open_journal(path, project) as journal:
        rules, book = rules or policy(tariff_id=tariff_id), {each.uid: each for each in tokens}
        writer = Site(rules, book, journal, clock, (JournalUnwritable,))
        place = place or site(tariff_id=tariff_id)
        await writer.start(Started(clock.now(), "0.0.0", place, tariffs, backends))
        shipper = Shipper(BACKEND, backend, writer.outbox, sleep=backend.be_patient)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(writer.run()), tasks.create_task(shipper.run())]
            yield Box(writer, journal, clock, outlet, backend)
            for task in running:
                task.cancel()
