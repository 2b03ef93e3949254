"""A real day at a garage for web and cli tests: facts as the core decides them, in a real journal."""

import asyncio
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from plant import BACKEND, EVSE, READER, Plant, policy, site, token

from gateway.core.delivery import Accepted, ObjectKind, Rejected
from gateway.core.identifiers import EvseUid, ReaderName, SessionId
from gateway.core.instant import Instant
from gateway.core.observations import DeliveriesAnswered, DeliveryRetried, FaultCleared, MeterReplaced
from gateway.core.pilot import Pilot
from gateway.core.reasons import FaultKind
from gateway.core.rows import Owe
from gateway.core.tariff import ComponentType, PriceComponent, Tariff, TariffElement
from gateway.core.telemetry import (
    BackendSnapshot,
    DeviceCounters,
    EvseSnapshot,
    EvseStatus,
    MeterSnapshot,
    Quality,
    QuantitySnapshot,
    ReaderSnapshot,
    StorageSnapshot,
)
from gateway.journal.journal import open_journal
from gateway.projection import project

BROKEN = EvseUid("EVSE-2")
CARD = "04A1B2C3D4E580"
TARIFF = Tariff(
    id="STANDARD",
    currency="EUR",
    elements=(
        TariffElement(
            (
                PriceComponent(ComponentType.FLAT, Decimal(1), 1, Decimal(20)),
                PriceComponent(ComponentType.ENERGY, Decimal("0.5"), 1, Decimal(20)),
                PriceComponent(ComponentType.PARKING_TIME, Decimal(6), 1, Decimal(20)),
            )
        ),
    ),
    last_updated=datetime(2026, 1, 1, tzinfo=UTC),
)


def a_day() -> Plant:
    """A stranger is refused, a driver charges 2 kWh with a pause, the first backend refuses the CDR."""
    place = site(tariff_id=TARIFF.id)
    plant = Plant(
        policy=policy(tariff_id=TARIFF.id),
        site=replace(place, evses=tuple(replace(evse, evse_id="SE*ABC*E1") for evse in place.evses)),
        tariffs=(TARIFF,),
        tokens=(token(CARD),),
    )
    plant.wait(1)
    plant.tap("FFEE1122")
    plant.wait(5)
    plant.tap(CARD)
    plant.plug(12_000)
    plant.wait(601)
    plant.outlet.power_w = 0
    plant.wait(600)
    plant.tap(CARD)
    plant.unplug()
    plant.wait(5)
    return plant


def session_id(plant: Plant) -> SessionId:
    return next(fact.session_id for fact in plant.facts if fact.session_id is not None)


def answered(plant: Plant) -> Plant:
    """Let the backend take the session and refuse the CDR."""
    owed = {change.delivery.kind: change.delivery for change in project(plant.facts) if isinstance(change, Owe)}
    receipts = {ObjectKind.SESSION: Accepted("1000 Success"), ObjectKind.CDR: Rejected("2001: total_energy is missing")}
    for kind, delivery in owed.items():
        plant.observe(DeliveriesAnswered(((delivery, receipts[kind]),), plant.now))
    return plant


@cache
def the_day() -> Plant:
    """The day, made once: for looking at only."""
    return a_day()


@cache
def the_days_journal() -> bytes:
    """The file of a journal that holds the garage's day, made once: to be written where a test wants it."""

    async def write(path: Path) -> None:
        async with open_journal(path, project) as journal:
            await journal.append(the_day().facts, tuple(project(the_day().facts)))

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as beside:
        path = Path(folder, "journal.sqlite")
        beside.submit(asyncio.run, write(path)).result()  # the caller's event loop is running
        return path.read_bytes()


@cache
def the_evening() -> Plant:
    """The day with the backend's answers, made once: for looking at only."""
    return answered(a_day())


class GarageView:
    """What a site shows in the evening of that day; a small honest SiteView and taker of commands."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.taken: list[FaultCleared | MeterReplaced | DeliveryRetried] = []

    def now(self) -> Instant:
        return self._plant.now

    def evses(self) -> Sequence[EvseSnapshot]:
        faults = () if self.taken else ((FaultKind.CONTACTOR_DID_NOT_OPEN, "still closed after 10 s"),)
        return (
            EvseSnapshot(
                uid=EVSE,
                status=EvseStatus.AVAILABLE,
                session_id=None,
                phase=None,
                pilot=Pilot.A,
                contactor_closed=False,
                wanted_closed=False,
                faults=(),
                last_refusal="UNKNOWN_TOKEN: the card is not in the token list; add it or ask its provider",
                odd_readings=2,
            ),
            EvseSnapshot(
                uid=BROKEN,
                status=EvseStatus.OUTOFORDER,
                session_id=None,
                phase=None,
                pilot=None,
                contactor_closed=None,
                wanted_closed=False,
                faults=faults,
                last_refusal=None,
                reserved_until=datetime(2026, 3, 2, 1, 45, tzinfo=UTC),
                pending_orders=1,
            ),
        )

    def meters(self) -> Sequence[MeterSnapshot]:
        asked = replace(self.now(), boot_ns=self.now().boot_ns - 1_500_000_000)
        counters = DeviceCounters(
            replies=4711, timeouts=3, misfits=1, last_reply_ms=Decimal("31.5"), typical_reply_ms=Decimal(30)
        )
        return (
            MeterSnapshot(
                name="hall-1",
                model="eastron-sdm630",
                bus="hall",
                unit=1,
                evse_uid=EVSE,
                quantities=(
                    QuantitySnapshot("energy_import", "Wh", Decimal(1002000), asked, Quality.GOOD),
                    QuantitySnapshot("voltage_l1", "V", Decimal("231.20"), asked, Quality.STALE),
                    QuantitySnapshot("power_factor", "", None, asked, Quality.NOT_AVAILABLE),
                ),
                counters=counters,
                trouble=None,
            ),
            MeterSnapshot(
                name="hall-2",
                model="abb-b23",
                bus="hall",
                unit=2,
                evse_uid=None,
                quantities=(QuantitySnapshot("energy_import", "Wh", None, None, Quality.NEVER_READ),),
                counters=DeviceCounters(timeouts=12),
                trouble="no reply from unit 2 on bus hall; check its power and wiring",
            ),
        )

    def readers(self) -> Sequence[ReaderSnapshot]:
        return (
            ReaderSnapshot(READER, present=True, device="ACS ACR1252 00 00", trouble=None),
            ReaderSnapshot(ReaderName("back"), present=False, device=None, trouble="pcscd is not running"),
        )

    def storage(self) -> StorageSnapshot:
        return StorageSnapshot(7200, 9_000_000, 11_000_000, 19_000_000, Decimal(10), None, 120, is_short=False)

    def backends(self) -> Sequence[BackendSnapshot]:
        return (BackendSnapshot(BACKEND, "ocpi", owed=0, parked=1, connected=True, trouble=None, version="2.3.0"),)

    def late_s(self) -> float:
        return 0.25

    async def put_and_wait(self, observation: FaultCleared | MeterReplaced | DeliveryRetried) -> None:
        self.taken.append(observation)
