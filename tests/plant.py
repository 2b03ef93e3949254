"""A charging site in miniature for tests of the core: cars, contactors and meters that obey physics and the clock.

`Plant` lets a day pass in milliseconds: each second it shows the core what devices would show, and obeys it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.core.decide import decide
from gateway.core.facts import CardRefused, Fact, FactBody
from gateway.core.identifiers import BackendName, ConnectorId, EvseUid, Party, ReaderName, TokenUid
from gateway.core.instant import ClockQuality, Instant
from gateway.core.observations import (
    CardPresented,
    ControllerLost,
    ControllerSeen,
    MeterLost,
    MeterReading,
    Observation,
    Pilot,
    Started,
    Tick,
)
from gateway.core.outputs import wants_energy
from gateway.core.page import World
from gateway.core.place import Connector, ConnectorFormat, Evse, PowerType, Site
from gateway.core.reasons import Refusal
from gateway.core.rules import EvseRules, Policy, SessionRules
from gateway.core.session_record import SessionRecord
from gateway.core.site_state import fold
from gateway.core.tariff import Tariff
from gateway.core.token import Token, TokenType, WhitelistType

EVSE = EvseUid("EVSE-1")
READER = ReaderName("front")
BACKEND = BackendName("backend")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
PARTY = Party("SE", "ABC")
WATT_SECONDS_PER_WH = 3600


def site(*uids: EvseUid, tariff_id: str | None = None) -> Site:
    connector = Connector(
        ConnectorId("1"),
        "IEC_62196_T2",
        ConnectorFormat.SOCKET,
        PowerType.AC_3_PHASE,
        max_voltage_v=230,
        max_amperage_a=32,
    )
    evses = tuple(
        Evse(uid, f"SE*ABC*{uid.replace('-', '*')}", (connector,), f"meter-{uid}", tariff_id) for uid in uids or (EVSE,)
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
        evses=evses,
    )


def token(uid: str, **changes: object) -> Token:
    values: dict[str, object] = {
        "owner": Party("DE", "MSP"),
        "uid": TokenUid(uid),
        "type": TokenType.RFID,
        "contract_id": f"DEMSPC{uid[:8]:0>8}",
        "issuer": "Some Provider",
        "valid": True,
        "whitelist": WhitelistType.ALLOWED,
        "last_updated": MIDNIGHT,
    }
    return Token(**(values | changes))  # type: ignore[arg-type]


def policy(*uids: EvseUid, rules: SessionRules | None = None, **limits: object) -> Policy:
    values: dict[str, object] = {
        "connector_id": ConnectorId("1"),
        "readers": (READER,),
        "max_power_w": 22_000,
        "max_current_a": 32,
        "tariff_id": None,
        "max_energy_wh": None,
        "max_duration_s": None,
    }
    evses = {uid: EvseRules(uid=uid, **(values | limits)) for uid in uids or (EVSE,)}  # type: ignore[arg-type]
    return Policy(rules or SessionRules(), evses)


@dataclass
class Outlet:
    """One EVSE's hardware: a car that may be there, a contactor that may be broken, a meter that may be silent."""

    has_pilot: bool = True
    plugged: bool = False
    power_w: int = 0
    energy_ws: int = 1_000_000 * WATT_SECONDS_PER_WH
    closed: bool = False
    welded: bool = False
    stuck_open: bool = False
    meter_silent: bool = False
    controller_silent: bool = False
    counter_wh: int | None = None
    counter_unavailable: bool = False
    rollover_wh: int | None = None
    offset_wh: int = 0
    fault: str | None = None

    def step(self, seconds: int, *, wanted: bool | None) -> None:
        asks = self.plugged and self.power_w > 0
        if wanted is not None:
            self.closed = wanted and not self.stuck_open and (asks or not self.has_pilot)
        self.closed = self.closed or self.welded
        if self.closed:
            self.energy_ws += (self.power_w if self.plugged else 0) * seconds

    def show(self, uid: EvseUid, now: Instant) -> Iterator[Observation]:
        """Yield what a bus loop would report after one cycle."""
        if self.controller_silent:
            yield ControllerLost(uid, now, "no reply from unit 7")
        else:
            yield ControllerSeen(uid, now, self.pilot, self.closed, self.fault)
        if self.meter_silent:
            yield MeterLost(uid, now, "no reply from unit 1")
        else:
            yield MeterReading(uid, now, self.shown_wh, self.power_w if self.closed and self.plugged else 0)

    @property
    def shown_wh(self) -> int | None:
        if self.counter_unavailable:
            return None
        counted_wh = self.energy_ws // WATT_SECONDS_PER_WH + self.offset_wh
        shown_wh = counted_wh if self.rollover_wh is None else counted_wh % self.rollover_wh
        return self.counter_wh if self.counter_wh is not None else shown_wh

    def put_in_another(self, begins_wh: int) -> None:
        """Put another meter in that begins at this value."""
        self.offset_wh = begins_wh - self.energy_ws // WATT_SECONDS_PER_WH

    @property
    def pilot(self) -> Pilot | None:
        if not self.has_pilot:
            return None
        if not self.plugged:
            return Pilot.A
        return Pilot.C if self.power_w > 0 else Pilot.B


@dataclass
class Plant:
    """The whole site; `facts` is the journal, `world` what the writer holds."""

    policy: Policy = field(default_factory=policy)
    tokens: tuple[Token, ...] = (token("04A1B2C3D4E580"),)
    site: Site = field(default_factory=site)
    tariffs: tuple[Tariff, ...] = ()
    outlets: dict[EvseUid, Outlet] = field(default_factory=lambda: {EVSE: Outlet()})
    backends: tuple[BackendName, ...] = (BACKEND,)
    boot_id: str = "boot-1"
    boot_s: int = 100
    wall: datetime = MIDNIGHT
    clock: ClockQuality = ClockQuality.SYNCHRONISED
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    @property
    def outlet(self) -> Outlet:
        return self.outlets[EVSE]

    @property
    def now(self) -> Instant:
        return Instant(self.wall, self.boot_s * 1_000_000_000, self.boot_id, self.clock)

    def start(self) -> None:
        """Start the daemon over whatever the journal holds."""
        book = {known.uid: known for known in self.tokens}
        self.world = World(self.policy, book, fold(self.facts))
        self.observe(Started(self.now, "0.0.0", self.site, self.tariffs, self.backends))

    def kill(self, down_s: int = 0) -> None:
        """Kill the daemon and start it again after a while; devices go on meanwhile as they last were told."""
        self._pass(down_s, obeying=False)
        self.start()

    def cut_power(self, down_s: int, clock: ClockQuality = ClockQuality.SYNCHRONISED) -> None:
        """Take the power from gateway and contactors, and give it back after a while: a new boot."""
        for outlet in self.outlets.values():
            outlet.closed = outlet.welded
        self._pass(down_s, obeying=False)
        self.boot_id, self.boot_s, self.clock = f"{self.boot_id}+", 10, clock
        self.start()

    def observe(self, observation: Observation) -> tuple[Fact, ...]:
        self.world, facts = decide(self.world, observation)
        self.facts.extend(facts)
        return facts

    def look(self) -> None:
        """Poll every device once, as a bus loop does."""
        for uid, outlet in self.outlets.items():
            for observation in outlet.show(uid, self.now):
                self.observe(observation)

    def wait(self, seconds: int = 1) -> None:
        """Let time pass, one second at a time."""
        for _ in range(seconds):
            self._pass(1, obeying=True)
            self.look()
            self.observe(Tick(self.now))

    def tap(self, uid: str = "04A1B2C3D4E580", reader: ReaderName = READER) -> tuple[Fact, ...]:
        return self.observe(CardPresented(reader, self.now, TokenUid(uid)))

    def plug(self, power_w: int = 11_000, uid: EvseUid = EVSE) -> None:
        self.outlets[uid].plugged, self.outlets[uid].power_w = True, power_w

    def unplug(self, uid: EvseUid = EVSE) -> None:
        self.outlets[uid].plugged, self.outlets[uid].power_w = False, 0

    def charge(self, seconds: int = 60, power_w: int = 11_000) -> None:
        """Plug in, tap the first card, and let some time pass."""
        self.plug(power_w)
        self.wait()
        self.tap(self.tokens[0].uid.value)
        self.wait(seconds)

    def refusals(self) -> list[Refusal]:
        return [fact.body.reason for fact in self.facts if isinstance(fact.body, CardRefused)]

    def bodies(self, *kinds: type[FactBody]) -> list[FactBody]:
        return [fact.body for fact in self.facts if not kinds or isinstance(fact.body, kinds)]

    def session(self, uid: EvseUid = EVSE) -> SessionRecord:
        session = self.world.state.evse(uid).session
        assert session is not None, "no session has begun here"
        return session

    def _pass(self, seconds: int, *, obeying: bool) -> None:
        self.wall += timedelta(seconds=seconds)
        self.boot_s += seconds
        for uid, outlet in self.outlets.items():
            outlet.step(seconds, wanted=wants_energy(self.world.state, uid) if obeying else None)


def relay_plant(**changes: object) -> Plant:
    """A site whose contactor is a bare relay: nothing tells whether a vehicle is there."""
    return Plant(outlets={EVSE: Outlet(has_pilot=False)}, **changes)  # type: ignore[arg-type]
