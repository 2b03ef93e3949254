"""A wrong model, swapped words and 1-based addresses are noticed by the numbers, and said so that one can act."""

import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hwsim.site import BusKind, BusPlan, MeterPlan, SimulatedSite, SitePlan
from hypothesis import given
from hypothesis import strategies as st
from scripted_modbus import Device, Unit, on_tcp

from drivers.errors import DeviceRefused
from drivers.meters.identify_device import examine_meter
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.plausibility import judge_meter, questions
from drivers.meters.register_map import MeterModel, available_models, load_model
from drivers.meters.vocabulary import value_of
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.modbus.codec import WordOrder
from drivers.quantities import Quantity, Readings

SDM630 = load_model("eastron-sdm630")
MODELS = tuple(load_model(name) for name in available_models())
WELL: Readings = {
    Quantity.FREQUENCY: Decimal("50.01"),
    Quantity.VOLTAGE_L1: Decimal("230.1"),
    Quantity.CURRENT_L1: Decimal("10.0"),
    Quantity.POWER: Decimal(2300),
}


def words_of(value: float) -> tuple[int, int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


def eastron(*, is_swapped: bool = False, offset: int = 0, code: int = 0x0070) -> Unit:
    """An SDM630 as its registers show 230.1 V, 50 Hz and 10 A; `offset` moves all of them."""
    shown: Mapping[int, float] = {0: 230.1, 2: 230.4, 4: 229.9, 6: 10.0, 0x34: 2301.0, 0x46: 50.0, 0x48: 1234.5}
    words = {(4, address): 0 for address in range(0x60)}
    for address, value in shown.items():
        high, low = words_of(value)
        pair = (low, high) if is_swapped else (high, low)
        words |= {(4, address + offset): pair[0], (4, address + offset + 1): pair[1]}
    return Unit(words | {(3, 0xFC02): code})


@asynccontextmanager
async def bus_with(unit: Unit) -> AsyncIterator[ModbusBus]:
    async with on_tcp(Device({1: unit}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        yield bus
        await bus.close()


async def examined(unit: Unit, model: MeterModel) -> tuple[str, ...]:
    """Poll once, as the daemon does, and look at what came."""
    quick = replace(model, gap_s=0.0)
    async with bus_with(unit) as bus:
        readings: Readings = {}
        with suppress(DeviceRefused):
            readings = await ModbusMeter(bus, 1, quick).read()
        return await examine_meter(bus, 1, quick, readings, lambda: MODELS)


async def test_a_meter_that_is_what_it_should_be_costs_one_question_and_raises_no_doubt() -> None:
    unit = eastron()
    async with bus_with(unit) as bus:
        readings = await ModbusMeter(bus, 1, SDM630).read()
        before = bus.statistics(1).requests
        assert await examine_meter(bus, 1, SDM630, readings, lambda: pytest.fail("all models were loaded")) == ()
        assert bus.statistics(1).requests == before + 1


async def test_swapped_words_are_called_so_and_shown_as_they_should_be() -> None:
    (doubt,) = await examined(eastron(is_swapped=True), SDM630)
    assert doubt.startswith("frequency 2.4e-41 Hz and voltage L1 ")
    assert "the word order looks swapped: least significant word first it would be frequency 50 Hz" in doubt
    assert doubt.endswith(f"set it right at the meter, or word_order in {SDM630.file}")


async def test_addresses_one_too_high_are_called_1_based() -> None:
    shifted = {
        quantity: replace(register, span=replace(register.span, address=register.span.address + 1))
        for quantity, register in SDM630.registers.items()
    }
    one_based = replace(SDM630, registers=shifted, limits=replace(SDM630.limits, alignment=1))
    (doubt,) = await examined(eastron(), one_based)
    assert "the addresses look 1-based: one lower it would be frequency 50 Hz and voltage L1 230.1 V" in doubt
    assert "take 1 from every address" in doubt


async def test_a_device_that_refuses_the_model_is_named_by_its_identity() -> None:
    abb = Unit({(3, 0x8960): 0x4232, (3, 0x8961): 0x3320})
    (doubt,) = await examined(abb, SDM630)
    assert doubt == (
        "the device refuses to be read as eastron-sdm630: the model is wrong: the identity register 0x8960 holds"
        " 'B23 ', which is ABB B23; set model = \"abb-b23\""
    )


async def test_a_sister_model_with_the_same_map_is_noticed_though_its_numbers_look_right() -> None:
    (doubt,) = await examined(eastron(code=0x0089), SDM630)
    assert doubt.endswith('set model = "eastron-sdm72-v2"')


async def test_what_a_sister_says_of_itself_is_noticed_though_its_numbers_look_right() -> None:
    plan = SitePlan((BusPlan("bus", BusKind.TCP),), meters=(MeterPlan("bus", 1, "schneider-iem3255"),))
    wrong = load_model("schneider-iem3155")
    async with SimulatedSite(plan) as site:
        bus = open_bus("tcp", host=site.tcp("bus").host, port=site.tcp("bus").port)
        readings = await ModbusMeter(bus, 1, wrong).read()
        (doubt,) = await examine_meter(bus, 1, wrong, readings, lambda: MODELS)
        await bus.close()
    assert "function 43 (object 1) holds 'METSEIEM3255', which is Schneider Electric iEM3255" in doubt
    assert doubt.endswith('set model = "schneider-iem3255"')


async def test_an_unknown_code_beside_right_numbers_asks_for_the_type_plate_and_guesses_nothing() -> None:
    (doubt,) = await examined(eastron(code=0x0000), SDM630)
    assert "0xFC02 holds 0x0000, which is not what Eastron SDM630" in doubt
    assert "set model" not in doubt
    assert doubt.endswith("check `model` against the type plate, and the energy against the display")


def test_numbers_that_no_reading_explains_still_say_what_to_check() -> None:
    (doubt,) = judge_meter(SDM630, {Quantity.FREQUENCY: Decimal(0), Quantity.VOLTAGE_L1: Decimal("1.2e-41")}, {})
    assert doubt == (
        "frequency 0 Hz and voltage L1 1.2e-41 V: no mains has that; check `model` against the type plate, and the"
        " meter's own word-order setting"
    )


@pytest.mark.parametrize("power_w", [Decimal("2.3"), Decimal(2_300_000)])
def test_power_a_thousand_times_off_is_held_against_voltage_and_current(power_w: Decimal) -> None:
    (doubt,) = judge_meter(SDM630, {**WELL, Quantity.POWER: power_w}, {})
    assert "does not go with voltages and currents, which make 2301 VA" in doubt


@pytest.mark.parametrize(
    "readings",
    [
        WELL,
        {**WELL, Quantity.VOLTAGE_L2: Decimal(0), Quantity.VOLTAGE_L3: Decimal("4.2")},
        {**WELL, Quantity.POWER: Decimal(-2300)},
        {**WELL, Quantity.CURRENT_L1: Decimal(0), Quantity.POWER: Decimal(0)},
        {**WELL, Quantity.FREQUENCY: None},
        {Quantity.ENERGY_IMPORT: Decimal(5)},
        {Quantity.VOLTAGE_L1: None, Quantity.FREQUENCY: None},
    ],
    ids=["well", "dead phases", "export", "no load", "no frequency", "energy only", "nothing available"],
)
def test_what_a_healthy_installation_shows_raises_no_doubt(readings: Readings) -> None:
    assert judge_meter(SDM630, readings, {}) == ()


def test_firmware_that_shows_tenths_of_a_hertz_is_no_reason_to_doubt_the_energy() -> None:
    (doubt,) = judge_meter(SDM630, {**WELL, Quantity.FREQUENCY: Decimal(500)}, {})
    assert doubt == "the frequency is shown ten times too high, as some firmware does; nothing is billed by it"


@given(model=st.sampled_from([one for one in MODELS if one.registers]), data=st.data())
def test_whatever_a_device_holds_the_judgement_is_sentences(model: MeterModel, data: st.DataObject) -> None:
    word = st.one_of(st.integers(0, 0xFFFF), st.sampled_from([0, 1, 0x4366, 0x4248, 0x7FFF, 0x8000, 0xFFFF]))
    readings = {
        quantity: value_of(register, data.draw(st.tuples(*[word] * register.span.count)))
        for quantity, register in model.registers.items()
    }
    words = {span: data.draw(st.tuples(*[word] * span.count)) for span in questions(model, readings)}
    for doubt in judge_meter(model, readings, words, MODELS):
        assert 10 < len(doubt) < 500
        assert "\n" not in doubt


@pytest.mark.parametrize("name", ["carlo-gavazzi-em340", "abb-b23"])
def test_swapped_integers_are_called_swapped_too(name: str) -> None:
    model = load_model(name)
    voltage = model.registers[Quantity.VOLTAGE_L1]
    stored = int(Decimal(230) / voltage.scale)
    as_the_file_says = (stored, 0) if voltage.word_order is WordOrder.LSW_FIRST else (0, stored)
    swapped = (as_the_file_says[1], as_the_file_says[0])
    readings = {Quantity.VOLTAGE_L1: value_of(voltage, swapped)}
    (doubt,) = judge_meter(model, readings, {voltage.span: swapped})
    assert "the word order looks swapped" in doubt
    assert "it would be voltage L1 230 V" in doubt
