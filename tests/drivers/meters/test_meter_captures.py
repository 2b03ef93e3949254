"""Every model reads its register image as the numbers its display showed, over a real socket."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scripted_modbus import Device, Unit, on_tcp

from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import available_models, load_model
from drivers.modbus.bus import open_bus
from drivers.quantities import UNITS, Quantity

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.toml"))
NOT_AVAILABLE = {"EEE", "----"}


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def the_unit(capture: dict[str, Any]) -> Unit:
    words: dict[tuple[int, int], int] = {}
    for image in capture["image"]:
        for offset, word in enumerate(image["words"].split()):
            words[image["function"], image["address"] + offset] = int(word, 16)
    return Unit(words)


def shown(quantity: Quantity, text: str) -> Decimal | None:
    if text in NOT_AVAILABLE:
        return None
    number, _, unit = text.partition(" ")
    assert unit == {"Wh": "kWh"}.get(UNITS[quantity], UNITS[quantity])
    return Decimal(number) * (1000 if unit == "kWh" else 1)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
async def test_a_model_reads_what_its_display_showed(path: Path) -> None:
    capture = load(path)
    async with on_tcp(Device({1: the_unit(capture)}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)

        readings = await ModbusMeter(bus, 1, load_model(capture["model"])).read()

        await bus.close()
    assert readings == {Quantity(name): shown(Quantity(name), text) for name, text in capture["display"].items()}


def test_no_model_is_without_a_capture_and_no_capture_without_its_model() -> None:
    assert tuple(path.stem for path in CAPTURES) == available_models()
    assert all(load(path)["model"] == path.stem for path in CAPTURES)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_shows_every_quantity_of_its_model(path: Path) -> None:
    assert set(load(path)["display"]) == set(load_model(path.stem).registers)
