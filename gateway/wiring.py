"""From settings to the parts of the field: which driver sits on which bus for which EVSE."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from drivers.evse import ChargeController
from drivers.evse.evse_din import EvseDin
from drivers.evse.relay_board import RelayBoard
from drivers.meters.identify_device import examine_meter
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import MeterModel, all_models, load_model
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.quantities import Readings
from drivers.rfid import CardReader
from drivers.rfid.line import LineReader
from gateway.clock import Clock
from gateway.core.identifiers import EvseUid, ReaderName
from gateway.core.rules import EvseRules, Policy
from gateway.core.telemetry import DeviceCounters
from gateway.field.bus_loop import BusLoop, Outputs
from gateway.field.device_health import DeviceHealth
from gateway.field.examined_meter import ExaminedMeter
from gateway.field.line_watch import LineWatch, Resident
from gateway.field.posts import ControllerPost, MeterPost
from gateway.field.reader_loop import ReaderLoop
from gateway.settings import (
    BusSettings,
    ControllerKind,
    ControllerSettings,
    EvseSettings,
    MeterSettings,
    ReaderKind,
    ReaderSettings,
    Settings,
    UidOrder,
)
from gateway.site import Site

log = structlog.get_logger()


def make_policy(settings: Settings) -> Policy:
    """Gather what the operator decided about sessions."""
    evses = {}
    rollovers = {meter.name: _rollover_wh(meter, settings.meters_dir) for meter in settings.meters}
    for evse in settings.evses:
        uid = EvseUid(evse.uid)
        evses[uid] = EvseRules(
            uid=uid,
            connector_id=settings.site.evse(uid).connectors[0].id,
            readers=tuple(ReaderName(name) for name in evse.readers),
            max_power_w=evse.max_power_w,
            max_current_a=evse.max_current_a,
            tariff_id=evse.tariff,
            max_energy_wh=evse.max_energy_wh,
            max_duration_s=evse.max_duration_s,
            rollover_wh=rollovers.get(evse.meter),
            can_limit=uid in settings.limitable,
        )
    return Policy(settings.rules, evses, asks=settings.ocpi_server is not None)


@dataclass(frozen=True, slots=True)
class Buses:
    """Of each bus the loop that runs it, and the watch that looks on; both in the order of the configuration."""

    loops: tuple[BusLoop, ...]
    watches: tuple[LineWatch, ...]


def _rollover_wh(meter: MeterSettings, models_dir: Path) -> int | None:
    return meter.rollover_wh or load_model(meter.model, models_dir).rollover_wh


def make_buses(settings: Settings, site: Site, outputs: Outputs, clock: Clock) -> Buses:
    """Make the buses, with the devices that hang on them; opens nothing."""
    meter_users = {evse.meter: evse for evse in settings.evses}
    controller_users = {evse.controller: evse for evse in settings.evses}
    loops, watches = [], []
    for bus_settings in settings.buses:
        bus = _open(bus_settings)
        here = [meter for meter in settings.meters if meter.bus == bus_settings.name]
        examined = {meter.name: _examined_meter(meter, bus, settings.meters_dir) for meter in here}
        controllers = [
            one for one in settings.controllers if one.bus == bus_settings.name and one.name in controller_users
        ]
        loop = BusLoop(
            bus_settings.name,
            bus_settings.poll_interval_s,
            meters=[_meter_post(meter, examined[meter.name], meter_users, bus, clock) for meter in here],
            controllers=[_controller_post(one, controller_users[one.name], bus, clock) for one in controllers],
            clock=clock,
            inbox=site.inbox,
            outputs=outputs,
            port=bus,
        )
        residents = [Resident(one.name, one.model, one.unit, examined[one.name].doubts) for one in here]
        residents += [Resident(one.name, one.kind.value, one.unit) for one in controllers]
        loops.append(loop)
        watches.append(LineWatch(bus_settings, bus, residents, loop.pace))
    return Buses(tuple(loops), tuple(watches))


def make_reader_loops(settings: Settings, site: Site, clock: Clock) -> tuple[ReaderLoop, ...]:
    """Make one loop per card reader; opens nothing."""
    return tuple(ReaderLoop(ReaderName(reader.name), _reader(reader), clock, site.inbox) for reader in settings.readers)


def _open(bus: BusSettings) -> ModbusBus:
    return open_bus(
        bus.kind.value,
        device=bus.device,
        baud=bus.baud,
        parity=bus.parity,
        stop_bits=bus.stop_bits,
        host=bus.host,
        port=bus.port,
    )


def _examined_meter(meter: MeterSettings, bus: ModbusBus, models_dir: Path) -> ExaminedMeter:
    model = load_model(meter.model, models_dir)
    if model.shadows:
        log.info("own_meter_model", meter=meter.name, model=meter.model, file=str(model.file))
    driver = ModbusMeter(bus, meter.unit, model, meter.timeout_s)
    examine = partial(_examine, bus, meter.unit, model, all_models=partial(_all_models, models_dir))
    return ExaminedMeter(meter.name, driver, examine)


async def _examine(
    bus: ModbusBus, unit: int, model: MeterModel, readings: Readings, *, all_models: Callable[[], Sequence[MeterModel]]
) -> tuple[str, ...]:
    return await examine_meter(bus, unit, model, readings, all_models)


def _all_models(models_dir: Path) -> tuple[MeterModel, ...]:
    models, left_out = all_models(models_dir)
    for fault in left_out:
        log.warning("meter_model_left_out", problem="; ".join(str(fault).splitlines()))
    return models


def _meter_post(
    meter: MeterSettings, examined: ExaminedMeter, evses: Mapping[str, EvseSettings], bus: ModbusBus, clock: Clock
) -> MeterPost:
    evse = evses.get(meter.name)
    return MeterPost(
        name=meter.name,
        model=meter.model,
        unit=meter.unit,
        evse_uid=EvseUid(evse.uid) if evse is not None else None,
        meter=examined,
        counters=lambda: _counters(bus, meter.unit),
        health=DeviceHealth(well_at=clock.now()),
        doubts=examined.doubts,
    )


def _controller_post(
    controller: ControllerSettings, evse: EvseSettings, bus: ModbusBus, clock: Clock
) -> ControllerPost:
    return ControllerPost(
        name=controller.name,
        evse_uid=EvseUid(evse.uid),
        controller=_controller(controller, bus),
        limit_a=evse.max_current_a,
        health=DeviceHealth(well_at=clock.now()),
    )


def _controller(controller: ControllerSettings, bus: ModbusBus) -> ChargeController:
    match controller.kind:
        case ControllerKind.RELAY_BOARD:
            return RelayBoard(bus, controller.unit, controller.coil, controller.timeout_s)
        case ControllerKind.EVSE_DIN:
            return EvseDin(bus, controller.unit, controller.timeout_s)


def _reader(reader: ReaderSettings) -> CardReader:
    is_reversed = reader.uid_order is UidOrder.REVERSED
    match reader.kind:
        case ReaderKind.PCSC:
            from drivers.rfid.pcsc import PcscReader  # noqa: PLC0415 - pyscard is for sites with such a reader

            return PcscReader(reader.match, reversed_uid=is_reversed)
        case ReaderKind.LINE:
            return LineReader(reader.device or "", reversed_uid=is_reversed)


def _counters(bus: ModbusBus, unit: int) -> DeviceCounters:
    counters = bus.statistics(unit)
    return DeviceCounters(
        replies=counters.replies,
        timeouts=counters.timeouts,
        misfits=counters.misfits,
        refusals=counters.refusals,
        last_reply_ms=counters.last_reply_ms,
        typical_reply_ms=counters.reply_p50_ms,
    )
