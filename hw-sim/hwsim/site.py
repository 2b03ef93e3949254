"""A whole charging site from one frozen description: buses, meters, controllers and cars, started and stopped together.

Time and power are real: a session of 30 seconds at 22 kW is 183 Wh, because the gateway checks every energy step
against what the connector can deliver. Nothing here can be sped up; to see more energy, start the counter higher.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from hwsim.bus import Bus
from hwsim.car import Car, Load
from hwsim.evse_din import EvseDin
from hwsim.line import Line
from hwsim.meter_models import METER_MODELS
from hwsim.meters import Meter
from hwsim.modbus_server import ModbusDevice
from hwsim.pty_bus import PtyBus
from hwsim.relay_board import RelayBoard
from hwsim.tcp_bus import TcpBus, TcpFraming


class BusKind(StrEnum):
    """How frames travel."""

    PTY = "pty"
    TCP = "tcp"
    RTU_OVER_TCP = "rtu_over_tcp"


class ControllerKind(StrEnum):
    """Which charge controller."""

    RELAY_BOARD = "relay_board"
    EVSE_DIN = "evse_din"


@dataclass(frozen=True, slots=True)
class BusPlan:
    """A cable; `link` is a stable path for a pty, `port` 0 takes a free one, `line` None on TCP costs no time."""

    name: str
    kind: BusKind
    line: Line | None = None
    link: Path | None = None
    port: int = 0


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """A meter on a bus; `model` is a name in METER_MODELS, `turnaround_s` replaces the model's own.

    `rollover_wh` is where its counters begin at 0 again.
    """

    bus: str
    unit: int
    model: str
    counter_wh: int = 0
    turnaround_s: float | None = None
    rollover_wh: int | None = None


@dataclass(frozen=True, slots=True)
class ControllerPlan:
    """A charge controller on a bus; relay boards with the same bus and unit are one board."""

    bus: str
    unit: int
    kind: ControllerKind
    coil: int = 0


@dataclass(frozen=True, slots=True)
class EvsePlan:
    """One EVSE and the car that will come."""

    uid: str
    meter: MeterPlan
    controller: ControllerPlan
    car: Car = field(default_factory=Car)


@dataclass(frozen=True, slots=True)
class SitePlan:
    """Everything; `meters` are further ones without an EVSE, each under a steady load of `idle_meter_w`."""

    buses: tuple[BusPlan, ...]
    evses: tuple[EvsePlan, ...] = ()
    meters: tuple[MeterPlan, ...] = ()
    idle_meter_w: int = 0


@dataclass(frozen=True, slots=True)
class SimulatedEvse:
    """The handles of one EVSE: `load` plugs and unplugs, `meter` lies, `controller` breaks."""

    plan: EvsePlan
    load: Load
    meter: Meter
    controller: RelayBoard | EvseDin

    def plug_in(self, car: Car | None = None) -> None:
        """Bring the planned or another car."""
        self.load.plug_in(car)

    def unplug(self) -> None:
        """Take the car away."""
        self.load.unplug()

    def weld(self) -> None:
        """Weld this EVSE's contactor closed and let its car draw whatever the pilot says."""
        self.load.change_car(replace(self.load.car, is_rude=True))
        match self.controller:
            case RelayBoard():
                self.controller.weld(self.plan.controller.coil)
            case EvseDin():
                self.controller.weld()

    def repair(self) -> None:
        """Undo `weld` and whatever else broke the controller."""
        self.load.change_car(replace(self.load.car, is_rude=self.plan.car.is_rude))
        match self.controller:
            case RelayBoard():
                self.controller.repair(self.plan.controller.coil)
            case EvseDin():
                self.controller.repair()

    @property
    def is_closed(self) -> bool:
        """Whether the contactor conducts."""
        match self.controller:
            case RelayBoard():
                return self.controller.is_closed(self.plan.controller.coil)
            case EvseDin():
                return self.controller.is_closed


class SimulatedSite:
    """An asynchronous context manager: inside, every port of the plan answers."""

    def __init__(self, plan: SitePlan) -> None:
        units: dict[str, dict[int, ModbusDevice]] = {bus.name: {} for bus in plan.buses}
        loads = {evse.uid: Load(car=evse.car) for evse in plan.evses}
        self.idle_meters: tuple[Meter, ...] = tuple(_add_idle_meter(units, m, plan.idle_meter_w) for m in plan.meters)
        evses = []
        for evse in plan.evses:
            meter = _make_meter(evse.meter, loads[evse.uid])
            _place(units, evse.meter.bus, evse.meter.unit, meter)
            controller = _controller(units, plan, evse, loads)
            evses.append(SimulatedEvse(evse, loads[evse.uid], meter, controller))
        self.evses: Mapping[str, SimulatedEvse] = {evse.plan.uid: evse for evse in evses}
        self._opened = AsyncExitStack()
        self.buses: Mapping[str, Bus] = {bus.name: _make_bus(bus, units[bus.name]) for bus in plan.buses}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            for bus in self.buses.values():
                opened.push_async_callback(bus.stop)
                await bus.start()
            self._opened = opened.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.aclose()

    def pty(self, name: str) -> PtyBus:
        """Return a bus that is a serial port."""
        bus = self.buses[name]
        if not isinstance(bus, PtyBus):
            raise TypeError(f"bus {name} is not a pty")
        return bus

    def tcp(self, name: str) -> TcpBus:
        """Return a bus that is a TCP port."""
        bus = self.buses[name]
        if not isinstance(bus, TcpBus):
            raise TypeError(f"bus {name} is not a TCP port")
        return bus


def _make_bus(plan: BusPlan, units: Mapping[int, ModbusDevice]) -> Bus:
    match plan.kind:
        case BusKind.PTY:
            return PtyBus(plan.name, units, plan.line, plan.link)
        case BusKind.TCP:
            return TcpBus(plan.name, units, TcpFraming.MBAP, plan.line, plan.port)
        case BusKind.RTU_OVER_TCP:
            return TcpBus(plan.name, units, TcpFraming.RTU, plan.line, plan.port)


def _make_meter(plan: MeterPlan, load: Load) -> Meter:
    meter = Meter(METER_MODELS[plan.model], load, plan.counter_wh, 10_000_000 + plan.unit, plan.rollover_wh)
    if plan.turnaround_s is not None:
        meter.turnaround_s = plan.turnaround_s
    return meter


def _add_idle_meter(units: dict[str, dict[int, ModbusDevice]], plan: MeterPlan, power_w: int) -> Meter:
    load = Load(car=Car(wants_w=power_w), is_plugged=True, contactor_closed=True)
    meter = _make_meter(plan, load)
    _place(units, plan.bus, plan.unit, meter)
    return meter


def _controller(
    units: dict[str, dict[int, ModbusDevice]], plan: SitePlan, evse: EvsePlan, loads: Mapping[str, Load]
) -> RelayBoard | EvseDin:
    where = evse.controller
    if where.kind is ControllerKind.EVSE_DIN:
        evse_din = EvseDin(loads[evse.uid])
        _place(units, where.bus, where.unit, evse_din)
        return evse_din
    existing = units[where.bus].get(where.unit)
    if isinstance(existing, RelayBoard):
        return existing
    shared = {e.controller.coil: loads[e.uid] for e in plan.evses if replace(e.controller, coil=where.coil) == where}
    board = RelayBoard(shared, unit=where.unit)
    _place(units, where.bus, where.unit, board)
    return board


def _place(units: dict[str, dict[int, ModbusDevice]], bus: str, unit: int, device: ModbusDevice) -> None:
    if bus not in units:
        raise ValueError(f"no bus named {bus} in the site plan")
    if unit in units[bus]:
        raise ValueError(f"two devices with unit id {unit} on bus {bus}")
    units[bus][unit] = device
