"""What a bus loop does in its cycles: who is spoken to, what is handed on, and what a fault costs the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from drivers.errors import DeviceUnavailable
from drivers.evse import ControllerState
from drivers.quantities import Quantity, Readings
from gateway.core.identifiers import EvseUid
from gateway.core.instant import ClockQuality, Instant
from gateway.core.observations import ControllerLost, ControllerSeen, MeterLost, MeterReading
from gateway.core.telemetry import DeviceCounters
from gateway.field.bus_loop import BusLoop
from gateway.field.device_health import DeviceHealth
from gateway.field.posts import ControllerPost, MeterPost

EVSE = EvseUid("EVSE-1")
Observation = MeterReading | MeterLost | ControllerSeen | ControllerLost


@dataclass
class Clock:
    """Moves by a step each time it is looked at, so that cycles need no waiting."""

    step_ms: int = 0
    passed_ms: int = 0

    def now(self) -> Instant:
        self.passed_ms += self.step_ms
        wall = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(milliseconds=self.passed_ms)
        return Instant(wall, self.passed_ms * 1_000_000, "boot-1", ClockQuality.SYNCHRONISED)


@dataclass
class Site:
    """What is wanted, and what was handed in; `enough` is set after so many observations."""

    wanted: bool | None = False
    left_a: int | None = None
    count: int = 1
    seen: list[Observation] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, observation: Observation) -> None:
        self.seen.append(observation)
        if len(self.seen) >= self.count:
            self.enough.set()

    def wants_energy(self, _uid: EvseUid) -> bool | None:
        return self.wanted

    def limit_a(self, _uid: EvseUid) -> int | None:
        return self.left_a

    def on_outputs(self, _wake: Callable[[], None]) -> None:
        return


@dataclass
class Meter:
    """Shows the counter values it was given one after the other, then the last; None is no reply."""

    values: list[int | None]
    asked: int = 0
    log: list[str] = field(default_factory=list)
    between: Callable[[], None] = lambda: None

    def _next(self) -> Decimal:
        self.asked += 1
        value = self.values.pop(0) if len(self.values) > 1 else self.values[0]
        if value is None:
            raise DeviceUnavailable("no reply; check its power")
        return Decimal(value)

    async def poll(self, before_each: Callable[[], Awaitable[None]]) -> Readings:
        energy = self._next()
        self.log.append("first block")
        self.between()
        await before_each()
        self.log.append("second block")
        return {Quantity.ENERGY_IMPORT: energy, Quantity.POWER: Decimal(0)}

    async def read_energy(self) -> Decimal:
        return self._next()


@dataclass
class Relay:
    log: list[str]
    closed: bool = False

    async def read(self) -> ControllerState:
        self.log.append("coil read")
        return ControllerState(None, self.closed, None, released=self.closed)

    async def apply(self, *, energise: bool, limit_a: int | None) -> None:  # noqa: ARG002 - a relay has no limit
        self.log.append("coil written")
        self.closed = energise


@dataclass
class Port:
    closed: int = 0

    async def close(self) -> None:
        self.closed += 1


def a_post(meter: Meter, clock: Clock, name: str = "meter") -> MeterPost:
    return MeterPost(name, "a-model", 1, EVSE, meter, DeviceCounters, DeviceHealth(clock.now()))


def a_loop(site: Site, clock: Clock, meters: Iterable[MeterPost], **more: object) -> BusLoop:
    values = {"controllers": (), "clock": clock, "inbox": site, "outputs": site} | more
    return BusLoop("bus", 0.0, meters=meters, **values)  # type: ignore[arg-type]


async def run_until(loop: BusLoop, event: asyncio.Event) -> None:
    running = asyncio.ensure_future(loop.run())
    await asyncio.wait_for(event.wait(), 10)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    ("wanted", "values", "handed_on", "asked", "is_dropped"),
    [
        (False, [1000, 1000], [1000], 2, False),  # the first value is read twice before it is believed
        (False, [1000, 1003, 1003], [1003, 1003], 3, False),  # the second counts; then a standing counter needs no more
        (True, [1000, 1100], [1000, 1100], 2, False),  # while energy flows every poll is as good as the next
        (False, [1000, 7200, 1000, 1000], [1000], 4, True),  # 7200 supports nothing, so nothing is handed on
        (False, [7200, 1000, 1000, 1000], [1000], 4, True),
    ],
)
async def test_a_value_that_may_begin_or_end_a_bill_is_read_twice(
    wanted: bool,  # noqa: FBT001 - a table's column
    values: list[int | None],
    handed_on: list[int],
    asked: int,
    is_dropped: bool,  # noqa: FBT001 - a table's column
) -> None:
    site, clock, meter = Site(wanted, count=len(handed_on)), Clock(), Meter(values)

    loop = a_loop(site, clock, [a_post(meter, clock)])
    await run_until(loop, site.enough)

    assert [one.energy_wh for one in site.seen if isinstance(one, MeterReading)][: len(handed_on)] == handed_on
    assert meter.asked >= asked
    (shown,) = loop.meters()
    assert shown.unconfirmed == is_dropped


async def test_a_failed_poll_hands_nothing_on() -> None:
    site, clock = Site(count=1), Clock()
    meter = Meter([1000, None, 1001, 1001])

    await run_until(a_loop(site, clock, [a_post(meter, clock)]), site.enough)

    assert meter.asked >= 4
    assert [one.energy_wh for one in site.seen if isinstance(one, MeterReading)][:1] == [1001]


async def test_a_contactor_is_switched_before_the_next_block_of_a_meter() -> None:
    site, clock, log = Site(count=3), Clock(), list[str]()
    meter = Meter([1000], log=log, between=lambda: setattr(site, "wanted", True))
    relay = ControllerPost("relay", EVSE, Relay(log), 16, DeviceHealth(clock.now()), told=False)

    await run_until(a_loop(site, clock, [a_post(meter, clock)], controllers=[relay]), site.enough)

    assert log[:5] == ["coil read", "first block", "coil written", "coil read", "second block"]


async def test_a_cycle_waits_for_one_lost_device_at_most_and_ever_more_rarely() -> None:
    clock, site = Clock(step_ms=50), Site(wanted=True, count=400)
    dead = [Meter([None]), Meter([None])]
    alive = Meter([1000])
    posts = [*(a_post(meter, clock, f"dead {index}") for index, meter in enumerate(dead)), a_post(alive, clock)]

    await run_until(a_loop(site, clock, posts), site.enough)

    assert alive.asked > 300
    for meter in dead:
        assert 5 < meter.asked < alive.asked / 3


async def test_the_port_is_opened_anew_only_when_nobody_answers() -> None:
    clock, port = Clock(step_ms=500), Port()
    some = Site(wanted=True, count=50)
    await run_until(
        a_loop(some, clock, [a_post(Meter([None]), clock), a_post(Meter([1]), clock)], port=port), some.enough
    )
    assert port.closed == 0

    none = Site(wanted=True, count=5)
    await run_until(a_loop(none, clock, [a_post(Meter([None]), clock)], port=port), none.enough)

    assert port.closed > 0


async def test_a_cycle_that_takes_too_long_is_counted_and_none_is_made_up_for() -> None:
    site, clock = Site(wanted=True, count=5), Clock()
    loop = a_loop(site, clock, [a_post(Meter([1000]), clock)])

    await run_until(loop, site.enough)

    assert loop.overruns == loop.cycles > 0  # an interval of no length is always overrun
