"""The generic meter: few requests, one time-out when the meter is silent, nothing half-read."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from scripted_modbus import Device, Unit, later, never, on_pty, on_tcp, with_crc

from drivers.errors import DeviceRefused, DeviceUnavailable
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import load_model
from drivers.modbus.bus import open_bus
from drivers.quantities import Quantity

# So many registers gives a unit at most that gives less than its manual says.
TEN = 10


def a_unit(words: int = 0) -> Unit:
    return Unit({(function, address): words for function in (3, 4) for address in range(0x5C00)})


@pytest.mark.parametrize(
    ("model", "requests"),
    [
        ("eastron-sdm630", ["01 04 00 00 00 4c"]),
        ("carlo-gavazzi-em340", ["01 04 00 28 00 0e", "01 04 00 00 00 18", "01 04 00 4e 00 02"]),
        ("abb-b23", ["01 03 50 00 00 08", "01 03 5b 00 00 3b"]),
    ],
)
async def test_a_poll_takes_the_fewest_requests_of_lengths_that_differ(model: str, requests: list[str]) -> None:
    device = Device({1: a_unit()})
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)

        await ModbusMeter(bus, 1, load_model(model)).read()

        await bus.close()
    assert device.requests == [with_crc(request) for request in requests]


async def test_a_silent_meter_costs_one_timeout_for_all_its_requests() -> None:
    device = Device({1: a_unit()}, framing="tcp", manner=never)
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, load_model("carlo-gavazzi-em340"), timeout_s=0.1)
        start_s = asyncio.get_running_loop().time()

        with pytest.raises(DeviceUnavailable):
            await meter.read()

        assert asyncio.get_running_loop().time() - start_s < 0.25
        assert len(device.requests) == 1
        await bus.close()


async def test_after_a_failed_poll_other_counts_are_asked_so_that_late_replies_fit_none() -> None:
    device = Device({1: a_unit()}, script=[later(0.3)])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)
        meter = ModbusMeter(bus, 1, load_model("eastron-sdm630"), timeout_s=0.2)
        with pytest.raises(DeviceUnavailable):
            await meter.read()

        readings = await meter.read()

        await bus.close()
    assert readings[Quantity.ENERGY_IMPORT] == Decimal(0)
    assert device.requests == [with_crc("01 04 00 00 00 4c"), with_crc("01 04 00 00 00 4e")]


async def test_where_every_count_is_in_play_the_one_that_needs_no_rest_is_asked() -> None:
    device = Device({1: a_unit()}, script=[never, never])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)
        meter = ModbusMeter(bus, 1, load_model("eastron-sdm630"), timeout_s=0.2)
        for _ in range(2):
            with pytest.raises(DeviceUnavailable):
                await meter.read()
        await meter.read()

        await meter.read()

        await bus.close()
    third = with_crc("01 04 00 00 00 50")
    assert device.requests[2::2] == [third, third], (
        "the other two still rest; between them a question of another length"
    )


async def test_a_meter_that_lacks_registers_of_its_model_refuses() -> None:
    async with on_tcp(Device({1: Unit()}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)

        with pytest.raises(DeviceRefused, match="correct its `model` or `unit`") as caught:
            await ModbusMeter(bus, 1, load_model("abb-b23")).read()

        assert caught.value.code == 2
        await bus.close()


async def test_energy_is_whole_watt_hours_and_zero_is_not_unknown() -> None:
    unit = a_unit()
    unit.words |= {(4, 0x48): 0x3A83, (4, 0x49): 0x126F}  # 0.001 kWh as IEEE 754: rounds to 1 Wh
    async with on_tcp(Device({1: unit}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)

        readings = await ModbusMeter(bus, 1, load_model("eastron-sdm630")).read()

        assert readings[Quantity.ENERGY_IMPORT] == Decimal(1)
        assert readings[Quantity.ENERGY_EXPORT] == Decimal(0)
        await bus.close()


async def test_a_meter_that_wants_rest_gets_it_between_its_requests() -> None:
    device = Device({1: a_unit()}, framing="tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, load_model("eastron-sdm630"))
        loop = asyncio.get_running_loop()
        start_s = loop.time()

        await meter.read()
        await meter.read()

        assert loop.time() - start_s >= 0.06
        await bus.close()


async def test_a_poll_brings_energy_and_power_each_time_and_the_rest_in_turn() -> None:
    device = Device({1: a_unit()}, framing="tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, load_model("carlo-gavazzi-em340"))

        polls = [await meter.poll() for _ in range(2)]

        await bus.close()
    assert all({Quantity.ENERGY_IMPORT, Quantity.POWER} <= set(readings) for readings in polls)
    assert set(polls[0]) != set(polls[1])
    assert set(polls[0]) | set(polls[1]) == set(load_model("carlo-gavazzi-em340").registers)
    assert len(device.requests) == 4


async def test_the_line_is_free_for_others_before_each_request_of_a_poll() -> None:
    device = Device({1: a_unit()}, framing="tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        asked: list[int] = []

        async def before_each() -> None:
            asked.append(len(device.requests))

        await ModbusMeter(bus, 1, load_model("abb-b23")).poll(before_each)

        await bus.close()
    assert asked == [0, 1]


async def test_registers_that_a_device_has_not_are_found_within_one_poll_and_left_out_for_good() -> None:
    unit = a_unit()
    del unit.words[4, 0x4A], unit.words[4, 0x4B]  # an old firmware without the export counter
    device = Device({1: unit}, framing="tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, load_model("eastron-sdm630"))

        first = await meter.poll()
        device.requests.clear()
        second = await meter.poll()

        await bus.close()
    assert first[Quantity.ENERGY_IMPORT] == Decimal(0)
    assert set(load_model("eastron-sdm630").registers) - set(first) == {Quantity.ENERGY_EXPORT}
    assert set(second) == set(first)
    assert len(device.requests) == 1


async def test_a_device_that_gives_no_holes_is_asked_around_them_for_good() -> None:
    model = load_model("eastron-sdm630")
    held = {word for one in model.registers.values() for word in range(one.span.address, one.span.end)}
    device = Device({1: Unit({(4, address): 0 for address in held})}, framing="tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, model)

        first = await meter.read()
        device.requests.clear()
        second = await meter.read()

        await bus.close()
    assert set(first) == set(second) == set(model.registers)
    assert 1 < len(device.requests) < len(model.registers)


class Stingy(Unit):
    """A unit that gives at most ten registers at once: refuses more, or gives the first ten of them."""

    def __init__(self, *, refuses: bool) -> None:
        super().__init__(a_unit().words)
        self.refuses = refuses

    def reply(self, pdu: bytes) -> bytes:
        count = int.from_bytes(pdu[3:5], "big")
        if count > TEN and self.refuses:
            return bytes((pdu[0] | 0x80, 3))
        return super().reply(pdu[:3] + min(count, TEN).to_bytes(2, "big"))


@pytest.mark.parametrize("kind", ["rtu", "tcp"])
@pytest.mark.parametrize("refuses", [True, False], ids=["refuses more", "gives less"])
async def test_a_unit_that_gives_fewer_registers_than_its_manual_says_is_read_in_the_same_poll_and_spared_later(
    kind: str, *, refuses: bool
) -> None:
    device = Device({1: Stingy(refuses=refuses)}, framing=kind)
    model = replace(load_model("eastron-sdm630"), gap_s=0.0, timeout_s=0.2)
    async with on_pty(device) as line, on_tcp(device) as host:
        bus = open_bus(kind, device=line.path, baud=115200, host="127.0.0.1", port=host.port)
        meter = ModbusMeter(bus, 1, model)

        first = await meter.poll()
        for _ in range(4):
            await meter.poll()
        device.requests.clear()
        all_of_it = await meter.read()

        await bus.close()
    assert {Quantity.ENERGY_IMPORT, Quantity.POWER} <= set(first)
    assert set(all_of_it) == set(model.registers)
    counts = [int.from_bytes(request[4:6] if kind == "rtu" else request[10:12], "big") for request in device.requests]
    assert max(counts) <= TEN
    assert len(counts) < len(model.registers)


@pytest.mark.parametrize(
    ("baud", "is_one_request"), [(2400, False), (9600, True)], ids=["a hole costs more", "a request costs more"]
)
async def test_a_hole_is_run_over_where_its_bytes_take_less_time_than_a_request(
    baud: int, *, is_one_request: bool
) -> None:
    """From the power factor at 0x001E to the frequency at 0x0046 are 38 registers: a third of a second at 2400 baud."""
    device = Device({1: a_unit()})
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path, baud=baud)

        await ModbusMeter(bus, 1, load_model("eastron-sdm120")).poll()

        await bus.close()
    assert (len(device.requests) == 1) is is_one_request


async def test_the_import_counter_can_be_read_alone() -> None:
    device = Device({1: a_unit()}, framing="tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)

        energy_wh = await ModbusMeter(bus, 1, load_model("eastron-sdm630")).read_energy()

        await bus.close()
    assert energy_wh == Decimal(0)
    assert [request[7:] for request in device.requests] == [bytes.fromhex("04 00 48 00 02")]
