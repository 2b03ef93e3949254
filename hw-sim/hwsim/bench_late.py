"""Late replies: how many reads come out wrong, ours beside pymodbus' own asyncio client, on the same kind of line."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusException

from drivers.errors import DriverError
from drivers.modbus.bus import open_bus
from hwsim.bad_wire import BadWire, Fault, Mode
from hwsim.line import Line
from hwsim.modbus_server import ModbusDevice, Refusal, Refused
from hwsim.pty_bus import PtyBus

UNIT = 1
INPUT_REGISTERS = 4
WORDS = 2
# An Eastron SDM630's power and import energy: 7200.0 W and 12345.678 kWh as IEEE 754 floats.
REGISTERS = {0x0034: (0x45E1, 0x0000), 0x0048: (0x4640, 0xE6B6)}
ADDRESSES = tuple(REGISTERS)
# What the meter answers to: its table up to import energy, with zeros between, as the SDM630 does.
TABLE_END = 0x0080
LATE_SHARE = 0.01
# Short, so that a hundred thousand reads end while somebody waits; lateness is what counts, not its length.
TIMEOUT_S = 0.03
LATE_BY_S = 0.02
BAUD = 1_000_000

Read = Callable[[int], Awaitable[Sequence[int] | None]]


class TwoNumbers(ModbusDevice):
    """A meter that shows the same power and the same energy for ever, so that every other answer is a wrong one."""

    def read_input_registers(self, address: int, count: int) -> Sequence[int]:
        """Answer function 4."""
        if address + count > TABLE_END:
            raise Refused(Refusal.ILLEGAL_ADDRESS)
        table = [0] * TABLE_END
        for start, words in REGISTERS.items():
            table[start : start + WORDS] = words
        return table[address : address + count]


@dataclass(slots=True)
class Tally:
    """What came of the reads; `refused` are those the client itself says failed."""

    client: str
    reads: int = 0
    wrong: int = 0
    refused: int = 0
    late: int = 0
    longest_wrong_run: int = 0
    took_s: float = 0.0


@asynccontextmanager
async def late_line() -> AsyncIterator[tuple[str, BadWire]]:
    """Give the path of a line on which one reply in a hundred comes too late, and what counts those."""
    bus = PtyBus("bench", {UNIT: TwoNumbers()}, Line(baud=BAUD))
    await bus.start()
    try:
        late = Fault(Mode.LATE, probability=LATE_SHARE, seed=1, delay_s=TIMEOUT_S + LATE_BY_S)
        yield bus.path, bus.break_unit(UNIT, late)
    finally:
        await bus.stop()


async def count(client: str, read: Read, reads: int) -> Tally:
    """Read power and energy in turn and compare with what the meter shows."""
    tally, run, began = Tally(client), 0, monotonic()
    for number in range(reads):
        address = ADDRESSES[number % len(ADDRESSES)]
        words = await read(address)
        tally.reads += 1
        if words is None:
            tally.refused += 1
            run = 0
        elif tuple(words) != REGISTERS[address]:
            tally.wrong += 1
            run += 1
            tally.longest_wrong_run = max(tally.longest_wrong_run, run)
        else:
            run = 0
    tally.took_s = monotonic() - began
    return tally


async def measure_ours(reads: int) -> Tally:
    """Read through drivers.modbus."""
    async with late_line() as (path, wire):
        ours = open_bus("rtu", device=path, baud=BAUD)

        async def read(address: int) -> Sequence[int] | None:
            try:
                return await ours.read_registers(UNIT, INPUT_REGISTERS, address, WORDS, TIMEOUT_S)
            except DriverError:
                return None

        tally = await count("drivers.modbus", read, reads)
        tally.late = wire.fired[Mode.LATE]
        await ours.close()
    return tally


async def measure_pymodbus(reads: int) -> Tally:
    """Read through pymodbus' client as it comes, but for the time-out."""
    # It logs what it throws away; the count of wrong values is what we are after.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    async with late_line() as (path, wire):
        client = AsyncModbusSerialClient(path, baudrate=BAUD, timeout=TIMEOUT_S)
        await client.connect()

        async def read(address: int) -> Sequence[int] | None:
            if not client.connected:
                await client.connect()
            try:
                reply = await client.read_input_registers(address, count=WORDS, device_id=UNIT)
            except ModbusException:
                return None
            return None if reply.isError() else reply.registers

        tally = await count("pymodbus' client", read, reads)
        tally.late = wire.fired[Mode.LATE]
        client.close()
    return tally
