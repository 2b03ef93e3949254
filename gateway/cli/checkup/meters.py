"""Every meter: whether it answers, and whether its numbers can be true."""

import asyncio
from collections.abc import Iterator, Mapping
from decimal import Decimal

from drivers.errors import DeviceRefused, DriverError
from drivers.meters.identify_device import examine_meter
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.plausibility_bounds import impossible
from drivers.meters.register_map import MeterModel, ModelError, all_models, load_model
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.modbus.wire import WireDown
from drivers.quantities import Quantity, Readings
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped, with_remedy
from gateway.cli.words import kwh, plain
from gateway.core.telemetry import MeterSnapshot, Quality
from gateway.settings import BusSettings, MeterSettings, Settings

_PER_METER_S = 8.0
_LINE = "see ocpi-gateway bus stats for the line, and the display for the value"
_QUANTITIES = {each.value: each for each in Quantity}


def look(patient: Patient) -> Iterator[Verdict]:
    """Judge what the daemon has read; where none runs, read each meter."""
    if patient.meters is not None:
        for seen in patient.meters.meters:
            yield from _judge_snapshot(seen)
        if not patient.meters.meters:
            yield skipped("", "no meter is configured")
        yield from _judge_lines(patient)
    elif patient.settings is None:
        yield skipped("", "the configuration cannot be used")
    elif not patient.may_use_ports:
        yield skipped("", "the daemon hangs and may hold the ports")
    else:
        done = 0
        for bus in patient.settings.buses:
            here = [meter for meter in patient.settings.meters if meter.bus == bus.name]
            for meter in here:
                patient.going(done / len(patient.settings.meters))
                yield from asyncio.run(_read_directly(bus, meter, patient.settings))
                done += 1


def _judge_snapshot(meter: MeterSnapshot) -> Iterator[Verdict]:
    subject = f"meter {meter.name}"
    if meter.trouble is not None:
        yield with_remedy(subject, meter.trouble)
        return
    readings = {
        _QUANTITIES[each.quantity]: each.value
        for each in meter.quantities
        if each.quantity in _QUANTITIES and each.quality in {Quality.GOOD, Quality.STALE}
    }
    if Quantity.ENERGY_IMPORT not in readings:
        yield bad(subject, "its counter is not read", _LINE)
        return
    yield _judge(subject, readings)


def _judge_lines(patient: Patient) -> Iterator[Verdict]:
    """Repeat what each line's error counts hint at."""
    for bus in patient.buses.buses if patient.buses is not None else ():
        for hint in bus.hints:
            text, mark, remedy = hint.text.partition(": ")
            who = f"bus {bus.name}" if hint.device is None else f"bus {bus.name}, {hint.device}"
            yield doubtful(who, text if mark else "its errors have a pattern", remedy or text)


async def _read_directly(bus: BusSettings, meter: MeterSettings, settings: Settings) -> list[Verdict]:
    subject = f"meter {meter.name}"
    try:
        model = load_model(meter.model, settings.meters_dir)
    except ModelError as fault:
        return [bad(subject, " ".join(str(fault).split()), "correct the model's file")]
    port = port_of(bus)
    try:
        async with asyncio.timeout(_PER_METER_S):
            return await _examined(subject, port, meter, model, settings)
    except (DriverError, WireDown) as fault:
        return [with_remedy(subject, str(fault))]
    except TimeoutError:
        return [bad(subject, f"did not answer everything within {_PER_METER_S:.0f} s", _LINE)]
    finally:
        await port.close()


async def _examined(
    subject: str, port: ModbusBus, meter: MeterSettings, model: MeterModel, settings: Settings
) -> list[Verdict]:
    refusal: DeviceRefused | None = None
    readings: Readings = {}
    try:
        readings = await ModbusMeter(port, meter.unit, model, meter.timeout_s).read()
    except DeviceRefused as refused:
        refusal = refused

    doubts = await examine_meter(port, meter.unit, model, readings, lambda: all_models(settings.meters_dir)[0])
    if doubts:
        return [with_remedy(subject, doubt) for doubt in doubts]
    return [with_remedy(subject, str(refusal))] if refusal is not None else [_judge(subject, readings)]


def port_of(bus: BusSettings) -> ModbusBus:
    """Return the bus of these settings; nothing is opened yet."""
    return open_bus(
        bus.kind.value,
        device=bus.device,
        baud=bus.baud,
        parity=bus.parity,
        stop_bits=bus.stop_bits,
        host=bus.host,
        port=bus.port,
    )


def _judge(subject: str, readings: Mapping[Quantity, Decimal | None]) -> Verdict:
    energy = readings.get(Quantity.ENERGY_IMPORT)
    if energy is None:
        return bad(subject, "says that its counter has no value", "see its display; it may be starting, or defective")
    shown = [kwh(int(energy))]
    for quantity, unit in ((Quantity.VOLTAGE_L1, "V"), (Quantity.FREQUENCY, "Hz"), (Quantity.POWER, "W")):
        value = readings.get(quantity)
        if value is not None:
            shown.append(f"{plain(value)} {unit}")
    strange = impossible(readings)
    if strange:
        names = ", ".join(one.value for one in strange)
        return bad(subject, f"{', '.join(shown)}: no mains has that {names}", "check `model` against the type plate")
    return good(subject, ", ".join(shown))
