"""One Modbus bus: makes every charge controller what it should be, reads every meter, and tells what it saw."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

import structlog

from drivers.errors import DriverError
from drivers.evse import ControllerState
from drivers.quantities import Quantity, Readings
from gateway.clock import Clock
from gateway.core.identifiers import EvseUid
from gateway.core.instant import Instant, elapsed
from gateway.core.line_telemetry import LinePace
from gateway.core.observations import ControllerLost, ControllerSeen, MeterLost, MeterReading
from gateway.core.pilot import Pilot
from gateway.core.telemetry import MeterSnapshot
from gateway.field.device_health import LONGEST_PAUSE, DeviceHealth
from gateway.field.posts import ControllerPost, MeterPost, Port
from gateway.field.second_look import agrees, needs_second_look
from gateway.field.signatures import read_signature

log = structlog.get_logger()

# A value is called good until two polls in a row have brought nothing newer.
POLLS_UNTIL_STALE = 2
# Start-up, a search for a lost device or a burst of writes may stretch a cycle; this many in a row are too slow a bus.
_OVERRUNS_TO_SAY_SO = 30


class Inbox(Protocol):
    """Where observations are handed in."""

    async def put(self, observation: MeterReading | MeterLost | ControllerSeen | ControllerLost, /) -> None:
        """Hand one observation to the site."""
        ...


class Outputs(Protocol):
    """What should be; the one who owns the wire makes it so."""

    def wants_energy(self, uid: EvseUid, /) -> bool | None:
        """Tell whether the contactor should be closed; None leaves it as it is."""
        ...

    def limit_a(self, uid: EvseUid, /) -> int | None:
        """Return what is left of the EVSE's current, in amperes per phase; None: all of it."""
        ...

    def on_outputs(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever the wanted outputs may have changed."""
        ...


class BusLoop:
    """Runs one bus in cycles; a change of what is wanted ends the pause and goes before the next read."""

    def __init__(  # noqa: PLR0913  a bus is wired once, in daemon.py, where the names of the cables help
        self,
        name: str,
        interval_s: float,
        *,
        meters: Iterable[MeterPost],
        controllers: Iterable[ControllerPost],
        clock: Clock,
        inbox: Inbox,
        outputs: Outputs,
        port: Port | None = None,
    ) -> None:
        self._name = name
        self._interval_s = interval_s
        self._cycle_s = interval_s
        self._meters = tuple(meters)
        self._controllers = tuple(controllers)
        self._clock = clock
        self._inbox = inbox
        self._outputs = outputs
        self._port = port
        self._port_reset_at = clock.now()
        self._has_probed = False
        self.cycles = 0
        self.overruns = 0
        self._overruns_in_a_row = 0
        self._wake = asyncio.Event()
        outputs.on_outputs(self._wake.set)

    async def run(self) -> None:
        """Poll until cancelled; a device's fault is an observation, never an exception.

        A cycle that takes longer than the interval is counted as an overrun; the next begins at once, none is made up.
        """
        loop = asyncio.get_running_loop()
        while True:
            ends_at = loop.time() + self._interval_s
            await self._cycle()
            self.cycles += 1
            late_s = loop.time() - ends_at
            self._cycle_s = self._interval_s + late_s
            self._note_overrun(late_s)
            await self._pause(ends_at)

    async def _cycle(self) -> None:
        self._has_probed = False
        for controller in self._controllers:
            if self._is_to_be_served(controller):
                await self._serve(controller)
        for meter in self._meters:
            await self._serve_changed()
            if self._may_speak_to(meter.health):
                await self._poll(meter)
        await self._reset_port_if_all_are_lost()

    def _is_to_be_served(self, post: ControllerPost) -> bool:
        """Speak to a controller in its turn, and to a lost one also as soon as something else is wanted of it."""
        is_news = self._outputs.wants_energy(post.evse_uid) not in {post.tried, None}
        return (post.health.lost and is_news) or self._may_speak_to(post.health)

    def _may_speak_to(self, health: DeviceHealth) -> bool:
        """Let each cycle wait for one lost device at most, so that the living keep their pace."""
        if not health.lost:
            return True
        if self._has_probed or not health.is_due(self._clock.now()):
            return False
        self._has_probed = True
        return True

    async def _reset_port_if_all_are_lost(self) -> None:
        """Open the port anew now and then while nobody answers: the adapter itself may be what hangs."""
        healths = [post.health for post in self._meters] + [post.health for post in self._controllers]
        now = self._clock.now()
        if self._port is None or not healths or not all(health.lost for health in healths):
            return
        if elapsed(self._port_reset_at, now) >= LONGEST_PAUSE:
            self._port_reset_at = now
            await self._port.close()

    def _note_overrun(self, late_s: float) -> None:
        """Count it, and say so once when it is no exception any more."""
        if late_s <= 0:
            self._overruns_in_a_row = 0
            return
        self.overruns += 1
        self._overruns_in_a_row += 1
        if self._overruns_in_a_row == _OVERRUNS_TO_SAY_SO:
            log.warning(
                "bus_overrun",
                bus=self._name,
                interval_s=self._interval_s,
                took_s=round(self._cycle_s, 2),
                hint="values are older than wanted; raise poll_interval_s or the baud rate",
            )

    def not_open(self) -> tuple[EvseUid, ...]:
        """Return the EVSEs whose contactor was not seen open since it was last told to be."""
        return tuple(p.evse_uid for p in self._controllers if p.told is not False or not p.heard or p.closed)

    def pace(self) -> LinePace:
        """Tell how the cycles keep to their interval."""
        return LinePace(self.cycles, self.overruns, round(self._cycle_s * 1000))

    def meters(self) -> tuple[MeterSnapshot, ...]:
        """Show every meter of this bus."""
        now = self._clock.now()
        stale_after = timedelta(seconds=max(self._interval_s, self._cycle_s) * POLLS_UNTIL_STALE + 1)
        return tuple(
            MeterSnapshot(
                name=post.name,
                model=post.model,
                bus=self._name,
                unit=post.unit,
                evse_uid=post.evse_uid,
                quantities=post.board.snapshots(now, stale_after, lost=post.health.lost),
                counters=post.counters(),
                trouble=post.health.trouble or "; ".join(post.doubts()) or None,
                unconfirmed=post.unconfirmed,
            )
            for post in self._meters
        )

    async def _pause(self, ends_at: float) -> None:
        """Wait for the next cycle, or until an output has to change."""
        try:
            async with asyncio.timeout_at(ends_at):
                while not any(self._is_due(post) for post in self._controllers):
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            pass

    def _is_due(self, post: ControllerPost) -> bool:
        wanted = self._outputs.wants_energy(post.evse_uid)
        is_news = wanted != post.told or (wanted is True and self._limit_a(post) != post.told_a)
        return wanted is not None and is_news and not post.health.failed_cycles

    def _limit_a(self, post: ControllerPost) -> int:
        left_a = self._outputs.limit_a(post.evse_uid)
        return post.limit_a if left_a is None else min(left_a, post.limit_a)

    async def _serve_changed(self) -> None:
        """Let writes overtake the reads that are still to come in this cycle."""
        for post in self._controllers:
            if self._is_due(post):
                await self._serve(post)

    async def _serve(self, post: ControllerPost) -> None:
        wanted, asked_at = self._outputs.wants_energy(post.evse_uid), self._clock.now()
        limit_a = self._limit_a(post) if wanted else None
        post.tried = wanted
        try:
            if wanted is not None and ((wanted, limit_a) != (post.told, post.told_a) or not post.heard):
                await post.controller.apply(energise=wanted, limit_a=limit_a)
                post.told, post.told_a, asked_at = wanted, limit_a, self._clock.now()
            state = await post.controller.read()
        except DriverError as error:
            post.told = None
            post.health = self._failed(post.health, "controller_lost", post.name, str(error))
            if post.health.lost:
                await self._inbox.put(ControllerLost(post.evse_uid, asked_at, str(error)))
            return
        post.health = self._succeeded(post.health, "controller_found", post.name)
        post.closed = state.contactor_closed
        post.heard = wanted is None or (_shown_by(state) in {wanted, None} and state.offered_a in {limit_a, None})
        await self._inbox.put(_seen(post.evse_uid, asked_at, state))

    async def _poll(self, post: MeterPost) -> None:
        asked_at = self._clock.now()
        try:
            readings = await post.meter.poll(self._serve_changed)
            if self._needs_second_look(post, readings):
                first, asked_at = readings[Quantity.ENERGY_IMPORT], self._clock.now()
                second = await post.meter.read_energy()
                if not agrees(first, second):
                    self._note_disagreement(post, first, second)
                    return
                readings = {**readings, Quantity.ENERGY_IMPORT: second}
            signed = await read_signature(post)
        except DriverError as error:
            post.health = self._failed(post.health, "meter_lost", post.name, str(error))
            if post.health.lost and post.evse_uid is not None:
                await self._inbox.put(MeterLost(post.evse_uid, asked_at, str(error)))
            return
        post.health = self._succeeded(post.health, "meter_found", post.name)
        post.board.pin(readings, asked_at)
        post.energy_wh = readings.get(Quantity.ENERGY_IMPORT)
        if post.evse_uid is not None:
            energy_wh, power_w = readings.get(Quantity.ENERGY_IMPORT), readings.get(Quantity.POWER)
            seen = MeterReading(post.evse_uid, asked_at, _whole(energy_wh), _whole(power_w), signed)
            await self._inbox.put(seen)

    def _needs_second_look(self, post: MeterPost, readings: Readings) -> bool:
        if post.evse_uid is None:
            return False
        energised = self._outputs.wants_energy(post.evse_uid) is True
        return needs_second_look(post.energy_wh, readings.get(Quantity.ENERGY_IMPORT), energised=energised)

    def _note_disagreement(self, post: MeterPost, first: Decimal | None, second: Decimal | None) -> None:
        """Publish nothing of such a poll; the next one is another chance."""
        post.unconfirmed += 1
        if post.unconfirmed == 1:
            log.warning("reading_not_confirmed", bus=self._name, name=post.name, first_wh=first, second_wh=second)

    def _succeeded(self, health: DeviceHealth, event: str, name: str) -> DeviceHealth:
        if health.lost:
            log.info(event, bus=self._name, name=name, failed_cycles=health.failed_cycles)
        return health.succeeded(self._clock.now())

    def _failed(self, health: DeviceHealth, event: str, name: str, trouble: str) -> DeviceHealth:
        after = health.failed(self._clock.now(), trouble)
        if after.lost and not health.lost:
            log.warning(event, bus=self._name, name=name, trouble=trouble)
        return after


def _shown_by(state: ControllerState) -> bool | None:
    """Return what the device shows of what it was told; None where it cannot show it."""
    return state.released if state.released is not None else state.contactor_closed


def _seen(evse_uid: EvseUid, at: Instant, state: ControllerState) -> ControllerSeen:
    pilot = Pilot(state.pilot.value) if state.pilot is not None else None
    return ControllerSeen(evse_uid, at, pilot, state.contactor_closed, state.fault, state.released)


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value.to_integral_value(ROUND_HALF_UP))
