"""Every bad wire against our client and pymodbus' own: how many values were wrong or old, and what the faults cost.

Each register a device shows carries its own address and the number of the request it was read by, so that every value
that comes out can be held against the question: another address is a wrong value, an earlier request a stale one.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import partial
from time import monotonic

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from drivers.errors import DriverError
from drivers.modbus.bus import ModbusBus, open_bus
from hwsim.bad_wire import SPOILT_REPLIES, Fault, Mode
from hwsim.bus import Bus
from hwsim.line import Line
from hwsim.modbus_server import ModbusDevice
from hwsim.pty_bus import PtyBus
from hwsim.tcp_bus import TcpBus, TcpFraming

BAUD = 115_200
TURNAROUND_S = 0.02
TIMEOUT_S = 0.3
SHARE = 0.01
UNITS = (1, 2)
INPUT_REGISTERS = 4
# Lines at the same time, half of them serial ports, half converters: the wire's time passes while others compute.
LINES = 24
# So many reads on each at least: a unit's first answers are waited for as long as its manual says, which costs more.
READS_A_LINE = 200
# How late, or how far behind its reply, what comes at the wrong time comes.
DELAYS_S = {
    Mode.LATE: (TIMEOUT_S * 0.4, TIMEOUT_S * 1.1, TIMEOUT_S * 2),
    Mode.DUPLICATED: (0.0, 0.004, 0.02),
    Mode.OUT_OF_ORDER: (0.0, 0.01, 0.05),
    Mode.BYTE_AT_A_TIME: (0.003,),
    Mode.NOISE: (0.0, 0.005),
    Mode.ECHO: (0.0, 0.002),
}
MIXED = "mixed"
FAULT_FREE = "fault-free"


@dataclass(frozen=True, slots=True)
class Client:
    """How to read (unit, address, count; None is a failure told), and by how much a count would be delayed now."""

    read: Callable[[int, int, int], Awaitable[Sequence[int] | None]]
    delay_s: Callable[[int, int], float]


class Style(StrEnum):
    """How the client asks: one length over and over, or blocks of different lengths, as meters are polled."""

    EQUAL = "equal"
    BLOCKS = "blocks"


class Witness(ModbusDevice):
    """A device whose registers tell their address (even ones) and the number of the request (odd ones)."""

    turnaround_s = TURNAROUND_S

    def __init__(self) -> None:
        self.asked = 0

    def read_input_registers(self, address: int, count: int) -> Sequence[int]:
        """Answer function 4."""
        self.asked += 1
        return [self.asked & 0xFFFF if at % 2 else at for at in range(address, address + count)]


@dataclass(slots=True)
class Tally:
    """What came of the reads; `told` are those the client itself says failed."""

    reads: int = 0
    good: int = 0
    told: int = 0
    wrong: int = 0
    stale: int = 0
    fired: int = 0
    took_s: float = 0.0

    def add(self, other: "Tally") -> None:
        """Add another line's."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def good_per_s(self) -> float:
        """Good reads per second of one line."""
        return self.good / self.took_s if self.took_s else 0.0


def faults_of(mode: str, seed: int, share: float = SHARE) -> tuple[Fault, ...]:
    """Spoil this share of the replies; mixed: by all modes, so much together."""
    if mode == FAULT_FREE:
        return ()
    modes = tuple(Mode) if mode == MIXED else (Mode(mode),)
    found = []
    for index, one in enumerate(modes):
        delays = DELAYS_S.get(one, (0.0,))
        delay_s = delays[(seed + index) % len(delays)]
        probability = share / len(modes) / SPOILT_REPLIES.get(one, 1)
        found.append(Fault(one, probability=probability, seed=seed * 1009 + index * 31 + 7, delay_s=delay_s))
    return tuple(found)


@asynccontextmanager
async def a_line(seed: int, devices: dict[int, Witness]) -> AsyncIterator[Bus]:
    """Give a line with two devices, a serial port or a converter by turns."""
    line = Line(baud=BAUD)
    bus: Bus = PtyBus("bench", devices, line) if seed % 2 else TcpBus("bench", devices, TcpFraming.RTU, line)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def run_line(client: str, mode: str, style: Style, reads: int, seed: int, share: float = SHARE) -> Tally:  # noqa: PLR0913, PLR0917 - one row of the table
    """Read one line so many times and judge every value."""
    devices = {unit: Witness() for unit in UNITS}
    async with a_line(seed, devices) as bus:
        wires = [bus.break_unit(unit, *faults_of(mode, seed + unit, share)) for unit in UNITS]
        opened = ours(bus) if client == OURS else theirs(bus)
        async with opened as reader:
            tally = await judge(reader, devices, style, reads, random.Random(seed))
        tally.fired = sum(wire.fired.total() for wire in wires)
    return tally


async def judge(client: Client, devices: dict[int, Witness], style: Style, reads: int, dice: random.Random) -> Tally:
    """Ask and hold each answer against the question."""
    tally, began = Tally(), monotonic()
    # Most of the time one meter is asked again and again: nothing comes between that would tell its replies apart.
    unit = UNITS[0]
    for number in range(reads):
        unit = dice.choice(UNITS) if number % 5 == 0 else unit
        address = 0x100 * (1 + number % 2)
        counts = (2,) if style is Style.EQUAL else (20, 22, 24)
        count = min(counts, key=partial(client.delay_s, unit))
        asked_before = devices[unit].asked
        words = await client.read(unit, address, count)
        tally.reads += 1
        if words is None:
            tally.told += 1
            await asyncio.sleep(TURNAROUND_S)  # a caller goes on to other things; a client may refuse at once
        elif len(words) != count or words[0] != address:
            tally.wrong += 1
        elif words[1] <= asked_before & 0xFFFF and asked_before & 0xFFFF < 0xFFF0:  # noqa: PLR2004  where the number wraps round
            tally.stale += 1
        else:
            tally.good += 1
    tally.took_s = monotonic() - began
    return tally


OURS = "drivers.modbus"
THEIRS = "pymodbus' client"


@asynccontextmanager
async def ours(bus: Bus) -> AsyncIterator[Client]:
    """Open the line with our driver."""
    opened = open_ours(bus)

    async def read(unit: int, address: int, count: int) -> Sequence[int] | None:
        try:
            return await opened.read_registers(unit, INPUT_REGISTERS, address, count, TIMEOUT_S)
        except DriverError:
            return None

    yield Client(read, lambda unit, count: opened.delay_s(unit, INPUT_REGISTERS, count))
    await opened.close()


def open_ours(bus: Bus) -> ModbusBus:
    """Open a line of either kind."""
    if isinstance(bus, PtyBus):
        return open_bus("rtu", device=bus.path, baud=BAUD)
    if isinstance(bus, TcpBus):
        return open_bus("rtu_over_tcp", host=bus.host, port=bus.port, baud=BAUD)
    raise TypeError(f"nobody can open a {type(bus).__name__}")


@asynccontextmanager
async def theirs(bus: Bus) -> AsyncIterator[Client]:
    """Open the line with pymodbus' client as it comes, but for the time-out."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    client: AsyncModbusSerialClient | AsyncModbusTcpClient
    if isinstance(bus, TcpBus):
        client = AsyncModbusTcpClient(bus.host, port=bus.port, framer=FramerType.RTU, timeout=TIMEOUT_S)
    elif isinstance(bus, PtyBus):
        client = AsyncModbusSerialClient(bus.path, baudrate=BAUD, timeout=TIMEOUT_S)
    else:
        raise TypeError(f"nobody can open a {type(bus).__name__}")
    await client.connect()

    async def read(unit: int, address: int, count: int) -> Sequence[int] | None:
        if not client.connected:
            await client.connect()
        try:
            reply = await client.read_input_registers(address, count=count, device_id=unit)
        except ModbusException:
            return None
        return None if reply.isError() else reply.registers

    yield Client(read, lambda _unit, _count: 0.0)
    client.close()


async def measure_adversary(
    client: str, mode: str, style: Style, reads: int, share: float = SHARE
) -> tuple[Tally, Tally]:
    """Share the reads among lines that run at the same time; beside them, half as many lines without a fault.

    Returns both: what they make of one machine at one time can be compared, however busy it is.
    """
    lines = max(1, min(LINES, reads // READS_A_LINE))
    each = max(1, reads // lines)
    found = await asyncio.gather(
        *(run_line(client, mode, style, each, seed, share) for seed in range(lines)),
        *(run_line(client, FAULT_FREE, style, each, seed) for seed in range(max(1, lines // 2))),
    )
    spoilt, sound = Tally(), Tally()
    for index, tally in enumerate(found):
        (spoilt if index < lines else sound).add(tally)
    return spoilt, sound
