"""A whole gateway between journal and wire for `python -m hwsim bench drain`: a backlog, and four cars that charge.

A process of its own: `make JOURNAL CDRS WIRE` writes the backlog and its bodies, `drain JOURNAL CDRS KIND ADDRESS`
drains it and prints what came of it as JSON. All of it is the gateway's own but the field and the stopwatch.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from gateway.clock import SystemClock
from gateway.core.delivery import Accepted, Delivery, ObjectKind, Receipt
from gateway.core.facts import (
    BackendsAdopted,
    EnergySampled,
    Fact,
    FactBody,
    GatewayStarted,
    Register,
    SessionAuthorized,
    SessionEnded,
    SessionStarted,
    SiteAdopted,
    StopRequested,
    TariffAdopted,
)
from gateway.core.identifiers import BackendName, ConnectorId, EvseUid, Party, ReaderName, SessionId, TokenUid
from gateway.core.instant import ClockQuality, Instant
from gateway.core.observations import CardPresented, ControllerSeen, MeterReading, Pilot, Started
from gateway.core.place import Connector, ConnectorFormat, Evse, PowerType, Site
from gateway.core.reasons import StopReason
from gateway.core.rules import EvseRules, Policy, SessionRules
from gateway.core.tariff import ComponentType, PriceComponent, Tariff, TariffElement
from gateway.core.token import AuthMethod, Token, TokenType, WhitelistType
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import open_journal
from gateway.ocpi.headers import correlation_id
from gateway.projection import project
from gateway.settings import MqttBackendSettings, OcpiBackendSettings
from gateway.site import Site as Writer
from gateway.uplink.access import Access
from gateway.uplink.https import OcpiUplink
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.ports import Link, Uplink
from gateway.uplink.shipper import Shipper

BACKEND: Final = BackendName("bench")
PARTY: Final = Party("SE", "ABC")
EVSES: Final = tuple(EvseUid(f"EVSE-{number}") for number in range(1, 5))
LOOK_S: Final = 0.25  # between two readings of each meter
WH_PER_LOOK: Final = 1
FIRST_WH: Final = 1_000_000
SAMPLES: Final = 3  # of each session in the backlog
WH_PER_SAMPLE: Final = 180
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
PREFIX: Final = "ocpi"
TOKEN: Final = Token(
    owner=Party("DE", "MSP"),
    uid=TokenUid("04A1B2C3D4E580"),
    type=TokenType.RFID,
    contract_id="DE8ACC12E46L89",
    issuer="Provider",
    valid=True,
    whitelist=WhitelistType.ALLOWED,
    last_updated=BEGAN,
)
ENERGY: Final = PriceComponent(ComponentType.ENERGY, Decimal("0.45"), 1, Decimal(25))
TARIFF: Final = Tariff("STANDARD", "EUR", (TariffElement((ENERGY,)),), BEGAN)


def place() -> Site:
    """Describe four outlets."""
    connector = Connector(
        ConnectorId("1"),
        "IEC_62196_T2",
        ConnectorFormat.SOCKET,
        PowerType.AC_3_PHASE,
        max_voltage_v=230,
        max_amperage_a=32,
    )
    return Site(
        party=PARTY,
        currency="EUR",
        location_id="LOC1",
        name="Harbour",
        address="Kajen 1",
        city="Stockholm",
        postal_code="11130",
        country="SWE",
        latitude="59.32570",
        longitude="18.07190",
        time_zone="Europe/Stockholm",
        evses=tuple(
            Evse(uid, f"SE*ABC*{uid.replace('-', '')}", (connector,), f"meter-{uid}", TARIFF.id) for uid in EVSES
        ),
    )


def policy() -> Policy:
    """Have each session told of every second, so that there is much that is live."""
    rules = {
        uid: EvseRules(uid, ConnectorId("1"), (ReaderName(f"at {uid}"),), 22_000, 32, TARIFF.id, None, None)
        for uid in EVSES
    }
    return Policy(SessionRules(sample_interval_s=1), rules)


# --- The backlog ------------------------------------------------------------------------------------------------------


def history(cdrs: int) -> Iterator[Fact]:
    """Yield the facts of so many sessions, one after the other."""
    seq = 0

    def fact(second: int, body: FactBody, evse: EvseUid | None = None, session: str | None = None) -> Fact:
        nonlocal seq
        seq += 1
        at = Instant(BEGAN + timedelta(seconds=second), second * 10**9, "a boot before", ClockQuality.SYNCHRONISED)
        return Fact(seq, at, evse, None if session is None else SessionId(session), body)

    yield fact(0, GatewayStarted("0.0.0"))
    yield fact(0, SiteAdopted(place()))
    yield fact(0, TariffAdopted(TARIFF))
    yield fact(0, BackendsAdopted((BACKEND,)))
    counter_wh, second = dict.fromkeys(EVSES, FIRST_WH), 0
    for number in range(cdrs):
        evse, session = EVSES[number % len(EVSES)], f"00000000-0000-4000-8000-{number:012d}"
        second += 60

        def register(evse: EvseUid = evse, at: int = second) -> Register:
            return Register(
                counter_wh[evse],
                Instant(BEGAN + timedelta(seconds=at), at * 10**9, "a boot before", ClockQuality.SYNCHRONISED),
            )

        allowed = SessionAuthorized(
            ConnectorId("1"), TOKEN, AuthMethod.WHITELIST, None, ReaderName(f"at {evse}"), TARIFF.id, 3, 2
        )
        yield fact(second, allowed, evse, session)
        yield fact(second, SessionStarted(register()), evse, session)
        for _ in range(SAMPLES):
            second += 60
            counter_wh[evse] += WH_PER_SAMPLE
            yield fact(second, EnergySampled(register(at=second), 11_000), evse, session)
        yield fact(second, StopRequested(StopReason.CARD), evse, session)
        end = register(at=second)
        yield fact(second, SessionEnded(end, end.at, measured_open=True), evse, session)


async def make(path: Path, cdrs: int, wire: Path) -> None:
    """Write a journal that nothing was delivered of, and what a bare client has to deliver: a line for each object."""
    async with open_journal(path, project) as journal:
        facts = list(history(cdrs))
        changes = list(project(facts))
        await journal.append(facts, changes)
        with wire.open("w", encoding="utf-8") as out:
            for row in await journal.outbox():
                owed = row.delivery
                name = f"{PARTY.country_code}/{PARTY.party_id}/{owed.object_id}"
                is_cdr = owed.kind is ObjectKind.CDR
                line = {
                    "method": "POST" if is_cdr else "PUT",
                    "path": "/cdrs" if is_cdr else f"/sessions/{name}",
                    "topic": f"{PREFIX}/{PARTY.country_code}/{PARTY.party_id}/{owed.kind.value}s/{owed.object_id}",
                    "correlation": correlation_id(owed),
                    "body": owed.body.decode(),
                }
                out.write(json.dumps(line) + "\n")


# --- The drain --------------------------------------------------------------------------------------------------------


@dataclass
class Stopwatch:
    """An uplink that notes when a Session was acknowledged; otherwise the one it is made of."""

    uplink: Uplink
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    up_at: float | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator["TimedLink"]:
        """Connect."""
        async with self.uplink.session() as link:
            self.up_at = self.up_at or time.monotonic()
            yield TimedLink(link, self)


@dataclass
class TimedLink:
    """One connection of it."""

    link: Link
    watch: Stopwatch

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done when the connection is gone."""
        return self.link.lost

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Hand one object over, and look at the clock."""
        receipt = await self.link.deliver(delivery)
        if isinstance(receipt, Accepted) and delivery.kind is ObjectKind.SESSION:
            self.watch.acknowledged.append((delivery.up_to_seq, time.clock_gettime_ns(time.CLOCK_BOOTTIME)))
        return receipt


async def charge(writer: Writer, clock: SystemClock, cdrs: int, is_closed: asyncio.Event) -> None:
    """Let four cars charge for ever, each read several times a second; the meters go on where the backlog ended."""
    sessions = {uid: len(range(place, cdrs, len(EVSES))) for place, uid in enumerate(EVSES)}
    counter_wh = {uid: FIRST_WH + SAMPLES * WH_PER_SAMPLE * count for uid, count in sessions.items()}
    tapped = False
    while True:
        for uid in EVSES:
            closed = bool(writer.wants_energy(uid))
            counter_wh[uid] += WH_PER_LOOK if closed else 0
            now = clock.now()
            await writer.inbox.put(ControllerSeen(uid, now, Pilot.C, closed, None))
            await writer.inbox.put(MeterReading(uid, now, counter_wh[uid], 11_000 if closed else 0))
            if not tapped:
                await writer.inbox.put_and_wait(CardPresented(ReaderName(f"at {uid}"), clock.now(), TOKEN.uid))
        tapped = True
        if all(writer.wants_energy(uid) for uid in EVSES):
            is_closed.set()
        await asyncio.sleep(LOOK_S)


def uplink_to(kind: str, address: str) -> Uplink:
    """Make the uplink: `address` is the versions URL, or the broker's port."""
    if kind == "mqtt":
        settings = MqttBackendSettings(BACKEND, "127.0.0.1", int(address), PREFIX, "drained-site")
        return MqttUplink(settings, PARTY)
    peer = OcpiBackendSettings(BACKEND, address, Path("unused"), "DE", "MSP")
    return OcpiUplink(peer, lambda: Access(address, "bench-token"))


async def drain(path: Path, cdrs: int, kind: str, address: str) -> dict[str, object]:
    """Drain, and say how fast, and how long what was live took from its reading to its acknowledgement."""
    clock, watch = SystemClock(), Stopwatch(uplink_to(kind, address))
    async with open_journal(path, project) as journal:
        before = await journal.last_seq()
        writer = Writer(policy(), {TOKEN.uid: TOKEN}, journal, clock, (JournalUnwritable,))
        await writer.start(Started(clock.now(), "0.0.0", place(), (TARIFF,), (BACKEND,)))
        are_charging = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(writer.run()), tasks.create_task(charge(writer, clock, cdrs, are_charging))]
            await are_charging.wait()
            running.append(tasks.create_task(Shipper(BACKEND, watch, writer.outbox).run()))
            most = 2 * len(EVSES)
            while watch.up_at is None or writer.outbox.owed(BACKEND).owed > most:  # noqa: ASYNC110 - counts tell nobody
                await asyncio.sleep(0.02)
            took_s = time.monotonic() - watch.up_at
            for task in running:
                task.cancel()
        seen = dict(watch.acknowledged)
        waits_ms = [
            (seen[fact.seq] - fact.at.boot_ns) / 1e6
            async for fact in journal.facts(before + 1)
            if isinstance(fact.body, EnergySampled) and fact.seq in seen
        ]
    return {"objects": 2 * cdrs, "took_s": took_s, "waits_ms": waits_ms}


def main(words: list[str]) -> None:
    """Do what the words say."""
    match words:
        case ["make", path, cdrs, wire]:
            asyncio.run(make(Path(path), int(cdrs), Path(wire)))
        case ["drain", path, cdrs, kind, address]:
            print(json.dumps(asyncio.run(drain(Path(path), int(cdrs), kind, address))))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
