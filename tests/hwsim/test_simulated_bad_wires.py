"""Every bad-wire mode does to a reply what its name says, seen byte for byte by a client on the other end."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hwsim.bad_wire import BadWire, Fault, Mode, Piece, Reply
from hwsim.bus import Seen
from hwsim.car import Car, Load
from hwsim.framing import rtu_frame
from hwsim.meter_models import SDM630
from hwsim.meters import Meter
from hwsim.tcp_bus import TcpBus, TcpFraming
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer.rtu import FramerRTU

UNIT = 3
POWER_AT, ENERGY_AT = 0x0034, 0x0048
POWER = struct.pack(">f", 7200.0)
ENERGY = struct.pack(">f", 12345.678)


def framed(body: bytes) -> bytes:
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def request(address: int, unit: int = UNIT) -> bytes:
    return framed(struct.pack(">BBHH", unit, 4, address, 2))


def reply(value: bytes, unit: int = UNIT) -> bytes:
    return framed(bytes((unit, 4, 4)) + value)


def meter() -> Meter:
    load = Load(car=Car(wants_w=7_200), clock_ns=lambda: 0, is_plugged=True, contactor_closed=True)
    return Meter(SDM630, load, 12_345_678)


class Converter:
    """A client of an RTU-over-TCP converter that sees every byte."""

    def __init__(self, bus: TcpBus, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.bus = bus
        self._reader = reader
        self._writer = writer

    async def ask(self, *addresses: int, expect: int) -> bytes:
        for address in addresses:
            self._writer.write(request(address))
        return await asyncio.wait_for(self._reader.readexactly(expect), 5)

    async def is_refused(self, address: int) -> bool:
        refused = (await self.ask(address, expect=5))[1] == 0x84
        if not refused:
            await self._reader.readexactly(4)
        return refused


@asynccontextmanager
async def converter(turnaround_s: float = 0.0) -> AsyncIterator[Converter]:
    device = meter()
    device.turnaround_s = turnaround_s
    bus = TcpBus("converter", {UNIT: device}, TcpFraming.RTU)
    await bus.start()
    reader, writer = await asyncio.open_connection(bus.host, bus.port)
    try:
        yield Converter(bus, reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
        await bus.stop()


async def test_a_faultless_wire_carries_the_reply() -> None:
    async with converter() as wire:
        assert await wire.ask(POWER_AT, expect=9) == reply(POWER)


async def test_silence_swallows_the_reply() -> None:
    async with converter() as wire:
        fired = wire.bus.break_unit(UNIT, Fault(Mode.SILENCE, times=1)).fired
        assert await wire.ask(ENERGY_AT, POWER_AT, expect=9) == reply(POWER)
        assert fired == {Mode.SILENCE: 1}


async def test_a_late_reply_comes_after_its_delay_and_before_the_reply_to_what_was_asked_meanwhile() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.LATE, times=1, delay_s=0.12))
        asked = asyncio.get_running_loop().time()
        answers = await wire.ask(ENERGY_AT, POWER_AT, expect=18)
        assert asyncio.get_running_loop().time() - asked >= 0.12
        assert answers == reply(ENERGY) + reply(POWER)


async def test_garbage_has_the_length_of_the_reply_and_nothing_else_of_it() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.GARBAGE, seed=4))
        garbage = await wire.ask(POWER_AT, expect=9)
        assert garbage != reply(POWER)
        assert framed(garbage[:-2]) != garbage


async def test_a_flipped_crc_differs_in_one_bit_of_the_crc() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.FLIPPED_CRC))
        spoilt = await wire.ask(POWER_AT, expect=9)
        difference = int.from_bytes(spoilt, "big") ^ int.from_bytes(reply(POWER), "big")
        assert difference.bit_count() == 1
        assert difference < 1 << 16


async def test_byte_at_a_time_takes_its_delay_before_each_byte() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.BYTE_AT_A_TIME, delay_s=0.01))
        asked = asyncio.get_running_loop().time()
        assert await wire.ask(POWER_AT, expect=9) == reply(POWER)
        assert asyncio.get_running_loop().time() - asked >= 0.09


async def test_a_wrong_unit_is_an_intact_frame_of_another_unit() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.WRONG_UNIT))
        assert await wire.ask(POWER_AT, expect=9) == reply(POWER, unit=UNIT + 1)


async def test_a_truncated_reply_ends_in_the_middle() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.TRUNCATED, times=1))
        assert await wire.ask(ENERGY_AT, POWER_AT, expect=13) == reply(ENERGY)[:4] + reply(POWER)


async def test_an_echo_is_the_request_and_then_the_reply() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.ECHO))
        assert await wire.ask(POWER_AT, expect=17) == request(POWER_AT) + reply(POWER)


async def test_noise_is_a_few_bytes_before_the_reply() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.NOISE, delay_s=0.01))
        assert (await wire.ask(POWER_AT, expect=12))[3:] == reply(POWER)


async def test_a_duplicated_reply_comes_twice() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.DUPLICATED))
        assert await wire.ask(POWER_AT, expect=18) == 2 * reply(POWER)


async def test_a_busy_device_says_so_with_exception_6() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.BUSY))
        assert await wire.ask(POWER_AT, expect=5) == framed(bytes((UNIT, 0x84, 6)))


async def test_out_of_order_is_the_next_reply_first() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.OUT_OF_ORDER, times=1))
        assert await wire.ask(ENERGY_AT, POWER_AT, expect=18) == reply(POWER) + reply(ENERGY)


async def test_merged_is_both_replies_in_one_piece() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.MERGED, times=1))
        sent = []
        wire.bus.taps.append(lambda seen, data, _at: sent.append(data) if seen is Seen.SENT else None)
        assert await wire.ask(ENERGY_AT, POWER_AT, expect=18) == reply(ENERGY) + reply(POWER)
        assert sent == [reply(ENERGY) + reply(POWER)]


def test_no_mode_is_left_without_a_way_to_spoil_a_reply() -> None:
    for mode in Mode:
        good = Reply(UNIT, b"\x04\x04" + POWER, request(POWER_AT), rtu_frame, has_crc=True)
        assert BadWire(Fault(mode, delay_s=0.1)).play(good) != [Piece(reply(POWER))], mode


def test_late_without_saying_by_how_much_is_refused() -> None:
    with pytest.raises(ValueError, match="delay_s is the client's time-out"):
        Fault(Mode.LATE)


async def test_a_fault_fires_as_often_as_its_probability_says_and_the_same_way_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        async with converter() as wire:
            spoiler = wire.bus.break_unit(UNIT, Fault(Mode.BUSY, probability=0.25, seed=11))
            refused = [await wire.is_refused(POWER_AT) for _ in range(200)]
            assert spoiler.fired[Mode.BUSY] == refused.count(True)
            runs.append(refused)
    assert runs[0] == runs[1]
    assert 30 <= runs[0].count(True) <= 70


async def test_a_fault_stops_after_the_times_it_was_given() -> None:
    async with converter() as wire:
        wire.bus.break_unit(UNIT, Fault(Mode.BUSY, times=1))
        assert (await wire.ask(POWER_AT, expect=5))[1] == 0x84
        assert await wire.ask(POWER_AT, expect=9) == reply(POWER)


async def test_a_broken_unit_leaves_its_neighbour_alone() -> None:
    bus = TcpBus("converter", {UNIT: meter(), UNIT + 1: meter()}, TcpFraming.RTU)
    await bus.start()
    reader, writer = await asyncio.open_connection(bus.host, bus.port)
    bus.break_unit(UNIT, Fault(Mode.SILENCE))
    writer.write(request(POWER_AT))
    writer.write(request(POWER_AT, UNIT + 1))
    assert await asyncio.wait_for(reader.readexactly(9), 5) == reply(POWER, UNIT + 1)
    writer.close()
    await writer.wait_closed()
    await bus.stop()


async def test_on_modbus_tcp_the_flipped_check_is_the_transaction_id() -> None:
    bus = TcpBus("ethernet", {UNIT: meter()})
    await bus.start()
    bus.break_unit(UNIT, Fault(Mode.FLIPPED_CRC))
    reader, writer = await asyncio.open_connection(bus.host, bus.port)
    writer.write(struct.pack(">HHHBBHH", 0x1234, 0, 6, UNIT, 4, POWER_AT, 2))
    answer = await asyncio.wait_for(reader.readexactly(13), 5)
    assert (int.from_bytes(answer[:2], "big") ^ 0x1234).bit_count() == 1
    assert answer[2:] == struct.pack(">HHBBB", 0, 7, UNIT, 4, 4) + POWER
    writer.close()
    await writer.wait_closed()
    await bus.stop()


async def test_a_client_that_trusts_the_unit_id_alone_takes_a_late_counter_for_power() -> None:
    """The fault the gateway's own transactions exist for: it must be reproducible here."""
    bus = TcpBus("converter", {UNIT: meter()}, TcpFraming.RTU)
    await bus.start()
    client = AsyncModbusTcpClient(bus.host, port=bus.port, framer=FramerType.RTU, timeout=0.1, retries=1)
    await client.connect()
    bus.break_unit(UNIT, Fault(Mode.LATE, times=1, delay_s=0.12))
    await client.read_input_registers(ENERGY_AT, count=2, device_id=UNIT)
    power = await client.read_input_registers(POWER_AT, count=2, device_id=UNIT)
    assert struct.pack(">HH", *power.registers) == ENERGY
    client.close()
    await bus.stop()
