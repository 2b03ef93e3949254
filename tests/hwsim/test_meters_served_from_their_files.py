"""A meter served from its model file answers as the manual says: pymodbus' own client reads what stands on its display.

The tables here are taken from the manuals, not from the model files: a wrong address in a file is found here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hwsim.car import Car, Load
from hwsim.meter_models import SERVED_MODELS, WRITTEN_MODELS
from hwsim.meter_models_from_files import files, served_from_file
from hwsim.meters import Meter, MeterModel
from hwsim.modbus_server import answer
from hwsim.tcp_bus import TcpBus
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.client.mixin import ModbusClientMixin

from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import load_model
from drivers.meters.vocabulary import matches, text_as_words
from drivers.modbus.bus import open_bus
from drivers.quantities import UNITS, Quantity

Types = ModbusClientMixin.DATATYPE
UNIT = 7
COUNTER_WH = 98_765_432
EXPORT_WH = 4_200


def a_meter(model: MeterModel) -> Meter:
    voltage_mv = (229_300, 230_700, 231_100)
    load = Load(
        car=Car(wants_w=7_359), clock_ns=lambda: 0, voltage_mv=voltage_mv, is_plugged=True, contactor_closed=True
    )
    meter = Meter(model, load, COUNTER_WH)
    meter.turnaround_s = 0.0
    meter.set_export(EXPORT_WH)
    return meter


@asynccontextmanager
async def served(meter: Meter) -> AsyncIterator[TcpBus]:
    bus = TcpBus("ethernet", {UNIT: meter})
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


def in_display_unit(quantity: Quantity, value: Decimal | None) -> Decimal | None:
    return value / 1000 if value is not None and UNITS[quantity] == "Wh" else value


FLOATS_OF_SUNSPEC = served_from_file(files()["sunspec"], sunspec_block=1)


@pytest.mark.parametrize("model", [*SERVED_MODELS.values(), FLOATS_OF_SUNSPEC], ids=lambda model: model.name)
async def test_the_driver_reads_what_the_display_shows(model: MeterModel) -> None:
    meter = a_meter(model)
    async with served(meter) as host:
        bus = open_bus("tcp", host=host.host, port=host.port)
        readings = await ModbusMeter(bus, UNIT, load_model(model.name)).read()
        await bus.close()
    display = {Quantity(name): number for name, number in meter.display().items()}
    assert set(readings) == set(display)
    for quantity, value in readings.items():
        assert in_display_unit(quantity, value) == pytest.approx(display[quantity], rel=Decimal("1e-6")), quantity
    assert display[Quantity.ENERGY_IMPORT] == pytest.approx(Decimal("98765.432"), abs=Decimal("0.1"))
    assert display[Quantity.POWER] == pytest.approx(Decimal(7359), abs=10)


@dataclass(frozen=True)
class ByHand:
    """A register as the manual has it: what one count stands for, in the display's unit."""

    model: str
    function: int
    address: int
    type: Types
    weight: str
    quantity: str
    low_word_first: bool = False


MANUALS = (
    ByHand("eastron-sdm120", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm120", 4, 0x000C, Types.FLOAT32, "1", "power"),
    ByHand("eastron-sdm220", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm220", 4, 0x0006, Types.FLOAT32, "1", "current_l1"),
    ByHand("eastron-sdm230", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm230", 4, 0x004A, Types.FLOAT32, "1", "energy_export"),
    ByHand("eastron-sdm630", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm630", 4, 0x0034, Types.FLOAT32, "1", "power"),
    ByHand("eastron-sdm54", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm54", 4, 0x0002, Types.FLOAT32, "1", "voltage_l2"),
    ByHand("eastron-sdm72-v1", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm72-v1", 4, 0x0034, Types.FLOAT32, "1", "power"),
    ByHand("eastron-sdm72-v2", 4, 0x0048, Types.FLOAT32, "1", "energy_import"),
    ByHand("eastron-sdm72-v2", 4, 0x0046, Types.FLOAT32, "1", "frequency"),
    ByHand("abb-b21", 3, 0x5000, Types.UINT64, "0.01", "energy_import"),
    ByHand("abb-b21", 3, 0x5B14, Types.INT32, "0.01", "power"),
    ByHand("abb-b23", 3, 0x5000, Types.UINT64, "0.01", "energy_import"),
    ByHand("abb-b23", 3, 0x5B00, Types.UINT32, "0.1", "voltage_l1"),
    ByHand("abb-b24", 3, 0x5000, Types.UINT64, "0.01", "energy_import"),
    ByHand("abb-b24", 3, 0x5B0C, Types.UINT32, "0.01", "current_l1"),
    ByHand("carlo-gavazzi-em24-din", 3, 0x003E, Types.INT32, "0.1", "energy_import", low_word_first=True),
    ByHand("carlo-gavazzi-em24-din", 4, 0x0028, Types.INT32, "0.1", "power", low_word_first=True),
    ByHand("carlo-gavazzi-em24-e1", 4, 0x0034, Types.INT32, "0.1", "energy_import", low_word_first=True),
    ByHand("carlo-gavazzi-em24-e1", 4, 0x0033, Types.UINT16, "0.1", "frequency"),
    ByHand("carlo-gavazzi-em112", 4, 0x0010, Types.INT32, "0.1", "energy_import", low_word_first=True),
    ByHand("carlo-gavazzi-em112", 4, 0x0004, Types.INT32, "0.1", "power", low_word_first=True),
    ByHand("carlo-gavazzi-em340", 4, 0x0034, Types.INT32, "0.1", "energy_import", low_word_first=True),
    ByHand("carlo-gavazzi-em340", 4, 0x0002, Types.INT32, "0.1", "voltage_l2", low_word_first=True),
    ByHand("carlo-gavazzi-em540", 4, 0x0034, Types.INT32, "0.1", "energy_import", low_word_first=True),
    ByHand("carlo-gavazzi-em540", 4, 0x0028, Types.INT32, "0.1", "power", low_word_first=True),
    ByHand("schneider-iem3155", 3, 3203, Types.INT64, "0.001", "energy_import"),
    ByHand("schneider-iem3155", 3, 3059, Types.FLOAT32, "1000", "power"),
    ByHand("schneider-iem3255", 3, 3203, Types.INT64, "0.001", "energy_import"),
    ByHand("schneider-iem3255", 3, 2999, Types.FLOAT32, "1", "current_l1"),
    ByHand("janitza-umg", 3, 19068, Types.FLOAT32, "0.001", "energy_import"),
    ByHand("janitza-umg", 3, 19026, Types.FLOAT32, "1", "power"),
    ByHand("inepro-pro380", 3, 0x600C, Types.FLOAT32, "1", "energy_import"),
    ByHand("inepro-pro380", 3, 0x5012, Types.FLOAT32, "1000", "power"),
    ByHand("siemens-pac2200", 3, 65, Types.FLOAT32, "1", "power"),
    ByHand("siemens-pac2200", 3, 55, Types.FLOAT32, "1", "frequency"),
    ByHand("siemens-pac3200", 3, 65, Types.FLOAT32, "1", "power"),
    ByHand("siemens-pac3200", 3, 3, Types.FLOAT32, "1", "voltage_l2"),
    ByHand("orno-we-514", 3, 0xA000, Types.UINT32, "0.01", "energy_import"),
    ByHand("orno-we-514", 3, 0x0140, Types.INT32, "1", "power"),
    ByHand("orno-we-516", 3, 0x0108, Types.FLOAT32, "1", "energy_import"),
    ByHand("orno-we-516", 3, 0x001C, Types.FLOAT32, "1000", "power"),
    ByHand("chint-dtsu666", 3, 0x101E, Types.FLOAT32, "1", "energy_import"),
    ByHand("chint-dtsu666", 3, 0x401E, Types.FLOAT32, "1", "energy_import"),
    ByHand("chint-dtsu666", 3, 0x2012, Types.FLOAT32, "0.1", "power"),
    ByHand("dzg-dvh4013", 3, 0x4000, Types.UINT32, "0.001", "energy_import"),
    ByHand("dzg-dvh4013", 3, 0x0000, Types.UINT32, "0.1", "power"),
    ByHand("dzg-dvh4013", 3, 0x0004, Types.UINT32, "0.01", "voltage_l1"),
    # A counter behind an exponent of 1, and a decade float whose exponent of -3 stands in the highest byte.
    ByHand("iskra-wm3m4", 4, 418, Types.UINT32, "0.01", "energy_import"),
    ByHand("sunspec", 3, 40070 + 46, Types.UINT32, "0.01", "energy_import"),
    ByHand("sunspec", 3, 40070 + 8, Types.INT16, "0.1", "voltage_l1"),
)


async def read(client: AsyncModbusTcpClient, function: int, address: int, count: int) -> list[int]:
    ask = client.read_holding_registers if function == 3 else client.read_input_registers
    reply = await ask(address, count=count, device_id=UNIT)
    assert not reply.isError(), reply
    return reply.registers


@asynccontextmanager
async def pymodbus_on(meter: Meter) -> AsyncIterator[AsyncModbusTcpClient]:
    async with served(meter) as host:
        client = AsyncModbusTcpClient(host.host, port=host.port, timeout=2, retries=0)
        try:
            assert await client.connect()
            yield client
        finally:
            client.close()


@pytest.mark.parametrize("by_hand", MANUALS, ids=lambda one: f"{one.model}-{one.address}")
async def test_pymodbus_finds_the_displayed_number_where_the_manual_has_it(by_hand: ByHand) -> None:
    meter = a_meter(SERVED_MODELS[by_hand.model])
    async with pymodbus_on(meter) as client:
        words = await read(client, by_hand.function, by_hand.address, by_hand.type.value[1])
        order = "little" if by_hand.low_word_first else "big"
        number = client.convert_from_registers(words, by_hand.type, word_order=order)
    shown = meter.display()[by_hand.quantity]
    assert Decimal(number) * Decimal(by_hand.weight) == pytest.approx(shown, rel=Decimal("1e-6"))


def test_no_model_is_left_to_its_own_file_alone() -> None:
    assert {by_hand.model for by_hand in MANUALS} == set(SERVED_MODELS)


async def test_tariffs_and_decade_floats_hold_what_the_type_description_says() -> None:
    siemens, iskra = a_meter(SERVED_MODELS["siemens-pac2200"]), a_meter(SERVED_MODELS["iskra-wm3m4"])
    async with pymodbus_on(siemens) as client:
        first = client.convert_from_registers(await read(client, 3, 801, 4), Types.FLOAT64)
        second = client.convert_from_registers(await read(client, 3, 805, 4), Types.FLOAT64)
    assert first + second == COUNTER_WH
    assert min(first, second) > 0
    async with pymodbus_on(iskra) as client:
        assert await read(client, 4, 109, 2) == [0xFD03, 0x852C]  # 230700 x 10^-3 V
        assert await read(client, 4, 414, 1) == [1]


@pytest.mark.parametrize("model", SERVED_MODELS.values(), ids=lambda model: model.name)
async def test_a_meter_gives_the_answers_by_which_its_model_is_known(model: MeterModel) -> None:
    async with pymodbus_on(a_meter(model)) as client:
        for probe in load_model(model.name).identity:
            span = probe.span
            if probe.is_self_said:
                said = await client.read_device_information(device_id=UNIT)
                words = text_as_words(said.information[span.address].decode())
            else:
                words = tuple(await read(client, span.function, span.address, span.count))
            assert matches(probe, words)


@pytest.mark.parametrize("model", SERVED_MODELS.values(), ids=lambda model: model.name)
def test_a_meter_refuses_more_registers_than_it_allows_and_addresses_it_has_not(model: MeterModel) -> None:
    meter = a_meter(model)
    function, known = min(model.functions), model.registers[0].address
    too_many = model.max_registers + (2 if model.wants_pairs else 1)
    assert answer(meter, request(function, known, too_many)) == bytes((function | 0x80, 3))
    assert answer(meter, request(function, 0xE000, 2)) == bytes((function | 0x80, 2))


def request(function: int, address: int, count: int) -> bytes:
    return bytes((function,)) + address.to_bytes(2, "big") + count.to_bytes(2, "big")


@pytest.mark.parametrize("name", [name for name, model in SERVED_MODELS.items() if model.wants_pairs])
def test_a_meter_that_wants_pairs_refuses_odd_addresses_and_counts(name: str) -> None:
    meter = a_meter(SERVED_MODELS[name])
    assert answer(meter, request(4, 0x0049, 2)) == bytes((0x84, 2))
    assert answer(meter, request(4, 0x0048, 3)) == bytes((0x84, 3))


@pytest.mark.parametrize("name", WRITTEN_MODELS)
def test_a_file_and_a_table_written_from_the_manual_hold_the_same_words(name: str) -> None:
    from_file, written = a_meter(SERVED_MODELS[name]), a_meter(WRITTEN_MODELS[name])
    function = min(SERVED_MODELS[name].functions)
    for register in SERVED_MODELS[name].registers:
        ask = request(function, register.address, register.encoding.words)
        assert answer(from_file, ask) == answer(written, ask), register


def test_a_users_file_can_be_served(tmp_path: Path) -> None:
    text = files()["orno-we-514"].read_text(encoding="utf-8").replace("orno-we-514", "mine")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    meter = a_meter(served_from_file(tmp_path / "mine.toml"))
    assert answer(meter, request(3, 0xA000, 2)) == bytes((3, 4)) + (COUNTER_WH // 10).to_bytes(4, "big")
