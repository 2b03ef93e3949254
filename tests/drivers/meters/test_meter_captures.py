"""Every model against a register image worked out from its manual: the readings are what its display showed.

A capture is `<model>.toml` or `<model>.<what is special>.toml`: the image, the display, and what changed later.
"""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scripted_modbus import Device, Unit, on_tcp

from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import available_models, load_model
from drivers.meters.vocabulary import MeterModel, Register, matches, text_as_words
from drivers.modbus.bus import open_bus
from drivers.modbus.codec import NumberType
from drivers.quantities import UNITS, Quantity

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.toml"))
NOT_AVAILABLE = {"EEE", "----"}
# Beyond so many Wh a 32-bit float in Wh has no single watt-hours any more, nor a signed 16-bit word any room.
LARGE_WH = 16_777_216
WHOLE_NUMBERS = {NumberType.U32, NumberType.S32, NumberType.U64, NumberType.S64, NumberType.F64, NumberType.ACC32}


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def moments(capture: dict[str, Any]) -> list[tuple[Unit, dict[Quantity, Decimal | None]]]:
    """What the registers held and the display showed, at first and after each change."""
    words: dict[tuple[int, int], int] = {}
    display: dict[Quantity, Decimal | None] = {}
    found = []
    for moment in (capture, *capture.get("later", ())):
        words = words | held_by(moment["image"])
        display = display | {Quantity(name): shown(Quantity(name), text) for name, text in moment["display"].items()}
        found.append((Unit(dict(words)), display))
    return found


def held_by(images: list[dict[str, Any]]) -> dict[tuple[int, int], int]:
    return {
        (image["function"], image["address"] + offset): int(word, 16)
        for image in images
        for offset, word in enumerate(image["words"].split())
    }


def shown(quantity: Quantity, text: str) -> Decimal | None:
    if text in NOT_AVAILABLE:
        return None
    number, _, unit = text.partition(" ")
    assert unit == {"Wh": "kWh"}.get(UNITS[quantity], UNITS[quantity])
    return Decimal(number) * (1000 if unit == "kWh" else 1)


def shown_by(model: str) -> list[dict[Quantity, Decimal | None]]:
    return [display for path in CAPTURES if load(path)["model"] == model for _, display in moments(load(path))]


def registers_of(model: MeterModel) -> list[tuple[Quantity, Register]]:
    blocks = () if model.sunspec is None else model.sunspec.blocks
    return [
        item for registers in (model.registers, *(block.registers for block in blocks)) for item in registers.items()
    ]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
async def test_a_model_reads_what_its_display_showed(path: Path) -> None:
    capture = load(path)
    unit = Unit()
    async with on_tcp(Device({1: unit}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, load_model(capture["model"]))
        for held, display in moments(capture):
            unit.words = held.words

            readings = await meter.read()

            assert readings == display
        await bus.close()


def test_no_model_is_without_a_capture_and_no_capture_without_its_model() -> None:
    assert tuple(sorted({path.name.split(".")[0] for path in CAPTURES})) == available_models()
    assert all(load(path)["model"] == path.name.split(".")[0] for path in CAPTURES)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_shows_every_quantity_of_its_model(path: Path) -> None:
    capture = load(path)
    assert set(capture["display"]) == {quantity for quantity, _ in registers_of(load_model(capture["model"]))}


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_model_recognises_its_own_image(path: Path) -> None:
    """Except where the map is not at the first place: what was found there says enough."""
    capture = load(path)
    words = held_by(capture["image"]) | held_by(capture.get("identity", []))
    for probe in load_model(capture["model"]).identity:
        span = probe.span
        if probe.is_self_said:
            assert matches(probe, text_as_words(capture["says"][span.address]))
            continue
        asked = [words.get((span.function, address)) for address in range(span.address, span.end)]
        assert path.stem == "sunspec.floats" or matches(probe, [word for word in asked if word is not None])


@pytest.mark.parametrize("name", available_models())
def test_captures_show_every_number_type_of_a_model_once_without_a_number(name: str) -> None:
    displays = shown_by(name)
    types: dict[NumberType, set[Quantity]] = {}
    for quantity, register in registers_of(load_model(name)):
        types.setdefault(register.type, set()).add(quantity)
    without = [
        number_type
        for number_type, quantities in types.items()
        if not any(display[quantity] is None for display in displays for quantity in quantities)
    ]
    assert without == []


@pytest.mark.parametrize("name", available_models())
def test_captures_show_a_counter_that_outgrew_a_float_where_the_model_has_room(name: str) -> None:
    energy = [register.type for quantity, register in registers_of(load_model(name)) if quantity == "energy_import"]
    largest = max(display[Quantity.ENERGY_IMPORT] or 0 for display in shown_by(name))
    assert largest > LARGE_WH or not WHOLE_NUMBERS & set(energy)
