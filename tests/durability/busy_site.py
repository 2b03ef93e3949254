"""A site of four EVSEs under way for days: the real site, journal, projection and shippers, on a clock that is turned.

Programs use it to measure what a day or a year does to the disk. Backends take everything at once.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from plant import Outlet, policy, site, token
from scenarios.box import Backend, TurnedClock

from gateway.core.delivery import Delivery, Receipt
from gateway.core.identifiers import BackendName, EvseUid, ReaderName, TokenUid
from gateway.core.observations import CardPresented, Started, Tick
from gateway.core.rules import SessionRules
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import Journal, open_journal
from gateway.journal.upkeep import Upkeep
from gateway.projection import project
from gateway.site import Site
from gateway.uplink.shipper import Shipper

UIDS = tuple(EvseUid(f"EVSE-{number}") for number in range(1, 5))
CARDS = tuple(f"04A1B2C3D4E58{number}" for number in range(4))
BACKENDS = (BackendName("operator"), BackendName("broker"))
CAR_W = 11_000
DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge: which EVSE, from when, for how long, in seconds."""

    uid: EvseUid
    begin_s: int
    lasts_s: int


def plan_day(charges: int, seed: int, longest_s: int = 55 * 60, shortest_s: int = 25 * 60) -> list[Charge]:
    """Spread charges over a day, as many on each EVSE, none meeting another on its EVSE; 40 minutes in the mean."""
    dice, each = random.Random(seed), charges // len(UIDS)  # noqa: S311 - repeatable, not secret
    found = []
    for uid in UIDS:
        share = DAY_S // each
        for number in range(each):
            lasts_s = min(dice.randint(shortest_s, longest_s), share - 120)
            begin_s = number * share + dice.randint(0, share - lasts_s - 60)
            found.append(Charge(uid, begin_s, lasts_s))
    return sorted(found, key=lambda charge: charge.begin_s)


@dataclass
class BusySite:
    """The running site. `now_s` counts the seconds since it began."""

    site: Site
    journal: Journal
    upkeep: Upkeep
    clock: TurnedClock
    outlets: dict[EvseUid, Outlet]
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    now_s: int = 0

    def __post_init__(self) -> None:
        self.site.on_outputs(self.stirred.set)

    async def pass_time(self, seconds: int) -> None:
        """Let a step of time pass at every EVSE, each meter and controller read once, in turn."""
        self.now_s += seconds
        self.clock.turn(seconds)
        for uid, outlet in self.outlets.items():
            outlet.step(seconds, wanted=self.site.wants_energy(uid))
            *before, last = outlet.show(uid, self.clock.now())
            for observation in before:
                await self.site.inbox.put(observation)
            await self.site.inbox.put_and_wait(last)
        await self.site.inbox.put_and_wait(Tick(self.clock.now()))

    async def settle(self) -> None:
        """Wait until backends have what they may have now."""
        while any(self.site.outbox.owed(backend).owed for backend in BACKENDS):
            self.stirred.clear()
            await self.stirred.wait()

    async def do(self, verb: str, uid: EvseUid) -> None:
        """Do what a driver does, as `events_of` names it."""
        match verb:
            case "arrive":
                self.outlets[uid].plugged, self.outlets[uid].power_w = True, CAR_W
            case "leave":
                self.outlets[uid].plugged, self.outlets[uid].power_w = False, 0
            case _:
                await self.tap(uid)

    async def tap(self, uid: EvseUid) -> None:
        """Present the card of this EVSE's driver at its reader, and wait until that is decided and on disk."""
        number = UIDS.index(uid)
        card = CardPresented(ReaderName(f"reader-{uid}"), self.clock.now(), TokenUid(CARDS[number]))
        await self.site.inbox.put_and_wait(card)


def new_outlets() -> dict[EvseUid, Outlet]:
    """Four EVSEs with a control pilot."""
    return {uid: Outlet() for uid in UIDS}


@asynccontextmanager
async def busy_site(  # noqa: PLR0913 - what a program may choose
    path: Path,
    clock: TurnedClock,
    outlets: dict[EvseUid, Outlet],
    *,
    keep: timedelta | None,
    sample_interval_s: int = 60,
    backends: tuple[BackendName, ...] = BACKENDS,
) -> AsyncIterator[BusySite]:
    """Run the site over the journal at `path`."""
    rules = policy(*UIDS, rules=SessionRules(sample_interval_s=sample_interval_s))
    evses = {uid: replace(rules.evses[uid], readers=(ReaderName(f"reader-{uid}"),)) for uid in UIDS}
    book = {TokenUid(card): token(card) for card in CARDS}
    async with open_journal(path, project) as journal:
        writer = Site(replace(rules, evses=evses), book, journal, clock, (JournalUnwritable,))
        await writer.start(Started(clock.now(), "0.0.0", site(*UIDS), (), backends))
        upkeep = Upkeep(journal, project, writer, clock, keep=keep)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(writer.run())]
            running += [tasks.create_task(_shipper(name, writer)) for name in backends]
            yield BusySite(writer, journal, upkeep, clock, outlets)
            for task in running:
                task.cancel()


async def _shipper(name: BackendName, writer: Site) -> None:
    backend = _Forgetful()
    await Shipper(name, backend, writer.outbox, sleep=backend.be_patient).run()


class _Forgetful(Backend):
    """A backend that keeps nothing: a year would not fit in memory."""

    async def deliver(self, delivery: Delivery) -> Receipt:
        receipt = await super().deliver(delivery)
        self.received.clear()
        return receipt


def events_of(charges: list[Charge]) -> Iterator[tuple[int, str, EvseUid]]:
    """Yield what drivers do, in the order of time."""
    happenings = []
    for charge in charges:
        end_s = charge.begin_s + charge.lasts_s
        happenings += [
            (charge.begin_s, "arrive", charge.uid),
            (charge.begin_s + 2, "tap", charge.uid),
            (end_s, "tap", charge.uid),
            (end_s + 5, "leave", charge.uid),
        ]
    yield from sorted(happenings)
