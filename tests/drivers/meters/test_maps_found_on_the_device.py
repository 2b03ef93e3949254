"""What is found out on the device itself: where a SunSpec map has its meter, which of two places holds the energy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_modbus import Device, Sink, Unit, never, on_tcp

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import load_model
from drivers.meters.sunspec import located
from drivers.modbus.bus import open_bus
from drivers.modbus.read_plan import Span
from drivers.quantities import Quantity

SUNS = [0x5375, 0x6E53]
END = [0xFFFF, 0x0000]
NAN = [0x7FC0, 0x0000]
ONE_KWH = [0x3F80, 0x0000]
TWO_KWH = [0x4000, 0x0000]


def holding(**places: list[int]) -> Unit:
    """A unit with these words from `at_<address>` on."""
    unit = Unit()
    for name, words in places.items():
        put(unit, int(name.removeprefix("at_"), 0), words)
    return unit


def put(unit: Unit, address: int, words: list[int]) -> None:
    unit.words |= {(3, address + offset): word for offset, word in enumerate(words)}


def meter_block() -> list[int]:
    """Model 201, 105 words long: 1234 x 10^1 Wh imported, everything else not implemented."""
    words = [201, 105, *[0x8000] * 105]
    words[46:48] = [0, 1234]
    words[54] = 1
    return words


@asynccontextmanager
async def a_meter(model: str, device: Device) -> AsyncIterator[ModbusMeter]:
    device.framing = "tcp"
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        yield ModbusMeter(bus, 1, load_model(model), timeout_s=0.1)
        await bus.close()


def asked(device: Device) -> list[tuple[int, int]]:
    """Address and count of every request."""
    return [
        (int.from_bytes(request[8:10], "big"), int.from_bytes(request[10:12], "big")) for request in device.requests
    ]


@pytest.mark.parametrize("base", [40000, 0, 50000])
async def test_a_sunspec_meter_is_found_wherever_its_map_may_begin(base: int) -> None:
    unit = Unit()
    put(unit, base, [*SUNS, 1, 66, *[0] * 66, *meter_block(), *END])
    async with a_meter("sunspec", Device({1: unit})) as meter:
        readings = await meter.read()
    assert readings[Quantity.ENERGY_IMPORT] == Decimal(12340)
    assert readings[Quantity.VOLTAGE_L1] is None


async def test_a_map_is_walked_once() -> None:
    unit = holding(at_40000=[*SUNS, 1, 66, *[0] * 66, *meter_block(), *END])
    device = Device({1: unit})
    async with a_meter("sunspec", device) as meter:
        await meter.read()
        device.requests.clear()
        await meter.read()
    assert asked(device) == [(40070 + 3, 52)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([0, 0], r"no 'SunS' at 40000, 0, 50000, so it has no SunSpec map; give it another `model` or `unit`"),
        ([*SUNS, *END], r"its SunSpec map has the blocks none and no meter \(201, 202,"),
        ([*SUNS, 1, 2, 0, 0, 103, 1, 0, *END], r"has the blocks 1, 103 and no meter \(201, 202,"),
        ([*SUNS, *[5, 0] * 70], r"has the blocks 5, 5, .* and no meter"),
        ([*SUNS, 1, 0xFFFE], r"has the blocks 1 and no meter"),
        ([*SUNS, 203, 40, *[0] * 40, *END], r"its SunSpec block 203 at 40002 is cut short, to 40 registers; ask"),
    ],
)
async def test_a_device_without_a_sunspec_meter_is_told(words: list[int], complaint: str) -> None:
    async with a_meter("sunspec", Device({1: holding(at_40000=words, at_0=[0, 0], at_50000=[0, 0])})) as meter:
        with pytest.raises(DeviceMisbehaved, match=rf"^bus .* unit 1: .*{complaint}"):
            await meter.read()


@given(st.lists(st.sampled_from([0, 1, 2, 66, 201, 203, 213, 0x5375, 0x6E53, 0xFFFE, 0xFFFF]), max_size=400))
def test_no_map_makes_the_walk_fail_otherwise_or_without_end(words: list[int]) -> None:
    """The device holds 'SunS' at 40000, then anything; beyond it every word is 0."""
    held = {40000 + offset: word for offset, word in enumerate([*SUNS, *words])}
    asked_for: list[Span] = []

    async def fetch(span: Span) -> tuple[int, ...]:
        asked_for.append(span)
        assert span.end <= 0x10000
        return tuple(held.get(address, 0) for address in range(span.address, span.end))

    model = load_model("sunspec")
    assert model.sunspec is not None
    with suppress(DeviceMisbehaved):
        found = asyncio.run(located(model, model.sunspec, fetch, "somebody"))
        assert all(
            register.span.address >= 40002 and register.span.end <= 0x10000 for register in found.registers.values()
        )
    assert len(asked_for) < 100


async def test_a_sunspec_meter_that_is_silent_at_first_is_found_later() -> None:
    device = Device({1: holding(at_40000=[*SUNS, *meter_block(), *END])}, script=[never])
    async with a_meter("sunspec", device) as meter:
        with pytest.raises(DeviceUnavailable):
            await meter.read()
        readings = await meter.read()
    assert readings[Quantity.ENERGY_IMPORT] == Decimal(12340)


def device_failure(request: bytes, _reply: bytes, send: Sink) -> None:
    """Exception 4: nothing is said about the registers asked for."""
    send(request[:4] + bytes((0, 3)) + request[6:7] + bytes((request[7] | 0x80, 4)))


def a_chint(**energy: list[int]) -> Unit:
    """A DTSU666 whose energy stands at these addresses."""
    return holding(at_0x2000=[0] * 0x22, at_0x202A=[0] * 8, at_0x2044=[0, 0], **energy)


async def test_the_first_place_is_kept_while_both_give_numbers() -> None:
    both = a_chint(at_0x101E=[*ONE_KWH, *[0] * 16], at_0x401E=TWO_KWH, at_0x4028=TWO_KWH)
    async with a_meter("chint-dtsu666", Device({1: both})) as meter:
        assert (await meter.read())[Quantity.ENERGY_IMPORT] == Decimal(1000)


async def test_a_place_once_found_is_kept_and_not_asked_for_again() -> None:
    unit = a_chint(at_0x401E=TWO_KWH, at_0x4028=ONE_KWH)
    device = Device({1: unit})
    async with a_meter("chint-dtsu666", device) as meter:
        assert (await meter.read())[Quantity.ENERGY_IMPORT] == Decimal(2000)
        put(unit, 0x101E, [*ONE_KWH, *[0] * 16])
        put(unit, 0x401E, NAN)
        device.requests.clear()
        assert (await meter.read())[Quantity.ENERGY_IMPORT] is None
    assert 0x101E not in [address for address, _ in asked(device)]


async def test_a_device_that_has_no_number_yet_decides_later() -> None:
    unit = a_chint(at_0x101E=[*NAN, *[0] * 8, *NAN, *[0] * 6], at_0x401E=NAN, at_0x4028=NAN)
    async with a_meter("chint-dtsu666", Device({1: unit})) as meter:
        assert (await meter.read())[Quantity.ENERGY_IMPORT] is None
        put(unit, 0x401E, TWO_KWH)
        assert (await meter.read())[Quantity.ENERGY_IMPORT] == Decimal(2000)


async def test_a_device_that_fails_for_a_moment_does_not_decide() -> None:
    both = a_chint(at_0x101E=[*ONE_KWH, *[0] * 16], at_0x401E=TWO_KWH, at_0x4028=TWO_KWH)
    device = Device({1: both}, script=[device_failure])
    async with a_meter("chint-dtsu666", device) as meter:
        with pytest.raises(DeviceRefused, match="device failure"):
            await meter.read()
        assert (await meter.read())[Quantity.ENERGY_IMPORT] == Decimal(1000)


async def test_a_device_that_has_neither_place_refuses() -> None:
    async with a_meter("chint-dtsu666", Device({1: a_chint()})) as meter:
        with pytest.raises(DeviceRefused, match="correct its `model`"):
            await meter.read()
