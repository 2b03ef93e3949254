"""A bus loop makes a controller offer what is left of its current, and again when it forgot."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from field.test_bus_loop_cycles import Site
from plant import EVSE
from scenarios.box import TurnedClock

from drivers.evse import ControllerState, Pilot
from gateway.field.bus_loop import BusLoop
from gateway.field.device_health import DeviceHealth
from gateway.field.posts import ControllerPost


@dataclass
class Dimmer:
    """A controller that offers what it is told, and shows it."""

    offered_a: int = 0
    told: list[tuple[bool, int | None]] = field(default_factory=list)
    reads: int = 0
    at_read: Callable[[int], None] = lambda _count: None

    async def read(self) -> ControllerState:
        self.reads += 1
        self.at_read(self.reads)
        offers = self.offered_a > 0
        return ControllerState(Pilot.C, offers, None, released=offers, offered_a=self.offered_a or None)

    async def apply(self, *, energise: bool, limit_a: int | None) -> None:
        self.told.append((energise, limit_a))
        self.offered_a = (limit_a or 0) if energise else 0


async def watch(dimmer: Dimmer, site: Site) -> None:
    clock = TurnedClock()
    post = ControllerPost("dimmer", EVSE, dimmer, 32, DeviceHealth(clock.now()))
    loop = BusLoop("bus", 0.0, meters=(), controllers=(post,), clock=clock, inbox=site, outputs=site)
    running = asyncio.ensure_future(loop.run())
    async with asyncio.timeout(10):
        await site.enough.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_the_limit_is_told_when_it_changes_and_never_above_what_the_evse_may_give() -> None:
    site = Site(wanted=True, left_a=16, count=6)

    def turn(reads: int) -> None:
        site.left_a = {2: 10, 3: 64, 4: None}.get(reads, site.left_a)

    dimmer = Dimmer(at_read=turn)
    await watch(dimmer, site)
    assert dimmer.told == [(True, 16), (True, 10), (True, 32)]


async def test_a_controller_that_forgot_its_limit_is_told_again() -> None:
    site = Site(wanted=True, left_a=10, count=5)
    dimmer = Dimmer()

    def forget(reads: int) -> None:
        if reads == 3:
            dimmer.offered_a = 32

    dimmer.at_read = forget
    await watch(dimmer, site)
    assert dimmer.told == [(True, 10), (True, 10)]
