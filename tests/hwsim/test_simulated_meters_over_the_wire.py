"""Simulated meters, read by pymodbus' own client over a pty and over TCP, show it what stands on their display."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from hwsim.car import Car, Load
from hwsim.line import Line
from hwsim.meter_models import METER_MODELS, WRITTEN_MODELS
from hwsim.meters import Meter
from hwsim.modbus_server import answer
from hwsim.pty_bus import PtyBus
from hwsim.registers import Encoding, Register
from hwsim.tcp_bus import TcpBus, TcpFraming
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.client.mixin import ModbusClientMixin

UNIT = 7
FAST = Line(baud=115200)
Client = AsyncModbusSerialClient | AsyncModbusTcpClient
Types = ModbusClientMixin.DATATYPE

DECODED_AS = {
    Encoding.F32: (Types.FLOAT32, "big"),
    Encoding.U64: (Types.UINT64, "big"),
    Encoding.U32: (Types.UINT32, "big"),
    Encoding.S32: (Types.INT32, "big"),
    Encoding.S32_LSW_FIRST: (Types.INT32, "little"),
    Encoding.U16: (Types.UINT16, "big"),
    Encoding.S16: (Types.INT16, "big"),
}


def charging_load(*, voltage_mv: tuple[int, int, int] = (229_300, 230_700, 231_100)) -> Load:
    return Load(
        car=Car(wants_w=10_987), clock_ns=lambda: 0, voltage_mv=voltage_mv, is_plugged=True, contactor_closed=True
    )


def meter_of(model: str, *, counter_wh: int = 0, load: Load | None = None) -> Meter:
    meter = Meter(METER_MODELS[model], load or charging_load(), counter_wh)
    meter.turnaround_s = 0.0
    return meter


@asynccontextmanager
async def read_over(wire: str, meter: Meter) -> AsyncIterator[Client]:
    if wire == "pty":
        bus = PtyBus("line", {UNIT: meter}, FAST)
        await bus.start()
        client: Client = AsyncModbusSerialClient(bus.path, baudrate=FAST.baud, timeout=2, retries=0)
    else:
        framing = TcpFraming(wire)
        tcp = bus = TcpBus("ethernet", {UNIT: meter}, framing)
        await tcp.start()
        framer = FramerType.SOCKET if framing is TcpFraming.MBAP else FramerType.RTU
        client = AsyncModbusTcpClient(tcp.host, port=tcp.port, framer=framer, timeout=2, retries=0)
    try:
        assert await client.connect()
        yield client
    finally:
        client.close()
        await bus.stop()


async def decoded(client: Client, model: str, register: Register) -> Decimal:
    """Let pymodbus read and decode a register, and scale it to the display's unit."""
    read = client.read_holding_registers if model == "abb-b23" else client.read_input_registers
    reply = await read(register.address, count=register.encoding.words, device_id=UNIT)
    assert not reply.isError(), reply
    data_type, word_order = DECODED_AS[register.encoding]
    number = client.convert_from_registers(reply.registers, data_type, word_order=word_order)
    if register.encoding is Encoding.F32:
        return Decimal(number)
    return Decimal(number) * register.resolution / 1000


@pytest.mark.parametrize("wire", ["pty", "tcp", "rtu_over_tcp"])
@pytest.mark.parametrize("model", WRITTEN_MODELS)
async def test_every_value_read_is_the_value_on_the_display(model: str, wire: str) -> None:
    meter = meter_of(model, counter_wh=12_345_678)
    meter.set_export(4_200)
    assert meter.display()["power"] == 10_987
    async with read_over(wire, meter) as client:
        for register in meter.model.registers:
            if register.encoding.words == 1 and meter.model.wants_pairs:
                continue
            shown = meter.display()[register.quantity]
            number = await decoded(client, model, register)
            if register.encoding is Encoding.F32:
                assert number == Decimal(struct.unpack(">f", struct.pack(">f", shown))[0]), register.quantity
            else:
                assert number == shown, register.quantity


@pytest.mark.parametrize(
    ("model", "kwh"),
    [("eastron-sdm630", "12345.678"), ("carlo-gavazzi-em340", "12345.6"), ("abb-b23", "12345.67")],
)
def test_each_display_cuts_energy_to_its_own_resolution(model: str, kwh: str) -> None:
    assert meter_of(model, counter_wh=12_345_678).display()["energy_import"] == Decimal(kwh)


@pytest.mark.parametrize(
    ("model", "address", "words"),
    [
        ("eastron-sdm630", 0x0048, [0x4640, 0xE6B6]),
        ("carlo-gavazzi-em340", 0x0034, [0xE240, 0x0001]),
        ("abb-b23", 0x5000, [0x0000, 0x0000, 0x0012, 0xD687]),
    ],
)
def test_the_import_register_holds_the_words_worked_out_by_hand(model: str, address: int, words: list[int]) -> None:
    """12345.678 kWh: the float 0x4640E6B6, 123456 tenths, 1234567 hundredths."""
    meter = meter_of(model, counter_wh=12_345_678)
    read = meter.read_holding if model == "abb-b23" else meter.read_input_registers
    assert read(address, len(words)) == words


@pytest.mark.parametrize(
    ("model", "address", "words"),
    [
        ("eastron-sdm630", 0xFC02, [0x0070]),
        ("carlo-gavazzi-em340", 0x000B, [341]),
        ("abb-b23", 0x8960, [0x4232, 0x3320]),
    ],
)
async def test_a_meter_says_what_it_is(model: str, address: int, words: list[int]) -> None:
    async with read_over("tcp", meter_of(model)) as client:
        reply = await client.read_holding_registers(address, count=len(words), device_id=UNIT)
        assert reply.registers == words


@pytest.mark.parametrize(
    ("model", "function", "address", "count", "code"),
    [
        ("eastron-sdm630", 4, 0x0000, 82, 3),
        ("eastron-sdm630", 4, 0x0000, 3, 3),
        ("eastron-sdm630", 4, 0x0001, 2, 2),
        ("eastron-sdm630", 4, 0x2000, 2, 2),
        ("eastron-sdm630", 3, 0x0048, 2, 2),
        ("carlo-gavazzi-em340", 4, 0x0000, 51, 3),
        ("carlo-gavazzi-em340", 3, 0x0055, 1, 2),
        ("carlo-gavazzi-em340", 3, 0x0302, 2, 2),
        ("abb-b23", 3, 0x5000, 126, 3),
        ("abb-b23", 3, 0x4FFE, 4, 2),
        ("abb-b23", 4, 0x5000, 4, 1),
        ("abb-b23", 6, 0x5000, 4, 1),
    ],
)
def test_a_meter_refuses_what_its_manual_rules_out(
    model: str, function: int, address: int, count: int, code: int
) -> None:
    request = struct.pack(">BHH", function, address, count)
    assert answer(meter_of(model), request) == bytes((function | 0x80, code))


@pytest.mark.parametrize("wire", ["pty", "tcp", "rtu_over_tcp"])
async def test_a_refusal_reaches_the_client_as_an_exception_reply(wire: str) -> None:
    async with read_over(wire, meter_of("carlo-gavazzi-em340")) as client:
        reply = await client.read_input_registers(0x0000, count=51, device_id=UNIT)
        assert reply.exception_code == 3


async def test_an_identification_word_inside_a_block_is_the_value_that_stands_there() -> None:
    meter = meter_of("carlo-gavazzi-em340")
    async with read_over("tcp", meter) as client:
        block = await client.read_input_registers(0x0000, count=12, device_id=UNIT)
        assert block.registers[0x0B] == 0


@pytest.mark.parametrize(
    ("model", "address", "words"),
    [
        ("eastron-sdm630", 0x0048, [0x7FC0, 0x0000]),
        ("carlo-gavazzi-em340", 0x0034, [0xFFFF, 0x7FFF]),
        ("abb-b23", 0x5000, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]),
        ("abb-b23", 0x5B14, [0x7FFF, 0xFFFF]),
    ],
)
def test_what_is_not_available_has_the_pattern_of_its_type(model: str, address: int, words: list[int]) -> None:
    meter = meter_of(model)
    meter.hide()
    read = meter.read_holding if model == "abb-b23" else meter.read_input_registers
    assert read(address, len(words)) == words
    assert meter.display()["energy_import"] is None
    meter.show()
    assert meter.display()["energy_import"] == 0


def test_only_what_a_meter_measures_can_be_hidden() -> None:
    with pytest.raises(LookupError, match="a abb-b23 has no energy_imprt"):
        meter_of("abb-b23").hide("energy_imprt")


def test_a_counter_can_jump_run_back_and_be_set_and_a_frozen_display_stands_still() -> None:
    now = [0]
    load = Load(car=Car(wants_w=22_000), clock_ns=lambda: now[0], is_plugged=True, contactor_closed=True)
    meter = meter_of("eastron-sdm630", counter_wh=1_000, load=load)
    meter.jump(500)
    assert meter.counter_wh == 1_500
    meter.run_back(200)
    assert meter.counter_wh == 1_300
    meter.run_back(9_999)
    assert meter.counter_wh == 0
    meter.set_counter(7)
    assert meter.counter_wh == 7
    meter.freeze()
    now[0] = 30_000_000_000
    assert meter.display()["energy_import"] == Decimal("0.007")
    meter.thaw()
    assert meter.display()["energy_import"] == Decimal("0.190")


def test_a_counter_that_has_reached_its_end_shows_that_it_began_at_0_again() -> None:
    now = [0]
    load = Load(car=Car(wants_w=22_000), clock_ns=lambda: now[0], is_plugged=True, contactor_closed=True)
    meter = Meter(METER_MODELS["eastron-sdm630"], load, 99_999_990, rollover_wh=100_000_000)
    assert (meter.display()["energy_import"], meter.turned_wh) == (Decimal("99999.990"), 0)
    now[0] = 30_000_000_000
    assert (meter.display()["energy_import"], meter.turned_wh) == (Decimal("0.173"), 100_000_000)
    assert meter.counter_wh == 100_000_173
