"""The fault every client on a buffering line has: after one late reply, each answer belongs to the question before.

A device answers in order, some of its replies late by a little more than the time-out, as converters and USB bridges
deliver them. Power and energy have the same length, so nothing but the order tells their replies apart.
"""

import asyncio
import random
import select
from collections.abc import Awaitable, Callable

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from scripted_modbus import Device, HeldBack, Manner, Sink, Unit, at_once, later, never, on_pty, on_tcp

from drivers.errors import DriverError
from drivers.modbus.bus import ModbusBus, open_bus

TIMEOUT_S = 0.04
LATE_S = TIMEOUT_S + 0.02
POWER, ENERGY = 0x34, 0x48
WORDS = {POWER: (0x45E1, 0x0000), ENERGY: (0x4640, 0xE6B6)}  # 7200 W and 12345.678 kWh

Read = Callable[[int], Awaitable[tuple[int, ...]]]


class SequentialDevice:
    """Answers every question, in order, never before the one it answered last; a share of the replies comes late."""

    def __init__(self, late_share: float, late_s: float) -> None:
        self._random = random.Random(1)  # noqa: S311 - the same late replies in every run
        self._late_share = late_share
        self._late_s = late_s
        self._free_at_s = 0.0
        self.late = 0

    def manner(self, request: bytes, reply: bytes, send: Sink) -> None:
        """Send this reply after those before it."""
        now_s = asyncio.get_running_loop().time()
        is_late = self._random.random() < self._late_share
        self.late += is_late
        self._free_at_s = max(self._free_at_s, now_s) + (self._late_s if is_late else 0.0005)
        manner: Manner = later(self._free_at_s - now_s, at_once)
        manner(request, reply, send)


def a_device(sequence: SequentialDevice) -> Device:
    words = {(4, address + offset): word for address, pair in WORDS.items() for offset, word in enumerate(pair)}
    return Device({1: Unit(words)}, manner=sequence.manner)


async def count_wrong_values(read: Read, reads: int, faults: type[Exception]) -> tuple[int, int]:
    """Poll power and energy by turns: how often came a value of the other register, and how often the right one."""
    wrong = right = 0
    for index in range(reads):
        address = ENERGY if index % 2 else POWER
        try:
            words = await read(address)
        except faults:
            continue
        wrong += words != WORDS[address]
        right += words == WORDS[address]
    return wrong, right


async def ours(late_share: float, late_s: float, reads: int) -> tuple[int, int, int]:
    sequence = SequentialDevice(late_share, late_s)
    async with on_tcp(a_device(sequence)) as host:
        bus = open_bus("rtu_over_tcp", host="127.0.0.1", port=host.port, baud=115200)

        async def read(address: int) -> tuple[int, ...]:
            return await bus.read_registers(1, 4, address, 2, TIMEOUT_S)

        wrong, right = await count_wrong_values(read, reads, DriverError)
        await bus.close()
    return wrong, right, sequence.late


async def test_a_client_that_matches_by_unit_alone_returns_the_other_register() -> None:
    sequence = SequentialDevice(0.01, LATE_S)
    async with on_tcp(a_device(sequence)) as host:
        client = AsyncModbusTcpClient(
            "127.0.0.1", port=host.port, framer=FramerType.RTU, timeout=TIMEOUT_S, retries=0, reconnect_delay=0
        )
        await client.connect()

        async def read(address: int) -> tuple[int, ...]:
            reply = await client.read_input_registers(address, count=2, device_id=1)
            return tuple(reply.registers)

        wrong, _ = await count_wrong_values(read, 400, ModbusException)
        client.close()

    assert sequence.late > 0
    assert wrong > 0


async def test_ours_returns_no_wrong_value_and_loses_little_but_the_late_reads() -> None:
    wrong, right, late = await ours(0.01, LATE_S, 400)

    assert late > 0
    assert wrong == 0
    assert right >= 380 - late  # a busy machine is late itself now and then


@pytest.mark.slow
@pytest.mark.parametrize("late_s", [TIMEOUT_S * factor for factor in (1.1, 1.5, 1.9, 2.1, 2.5, 2.9, 3.5)])
async def test_ours_returns_no_wrong_value_however_late_and_however_often(late_s: float) -> None:
    wrong, right, late = await ours(0.2, late_s, 150)

    assert late > 0
    assert wrong == 0
    assert right > 0


@pytest.mark.machines_clock
async def test_a_process_that_was_held_up_hears_what_came_meanwhile_before_it_asks_again() -> None:
    """By the clock all that the unit was ever asked has come or is lost: the late answer has not been listened for."""
    words = {(4, address + offset): word for address, pair in WORDS.items() for offset, word in enumerate(pair)}
    late = HeldBack()
    device = Device({1: Unit(words)}, script=[late, never, never, never])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)
        for _ in range(4):
            with pytest.raises(DriverError):
                await bus.read_registers(1, 4, POWER, 2, TIMEOUT_S)
        select.select([], [], [], 12 * TIMEOUT_S)  # held up: nothing runs, neither timers nor the port
        late.let_go()

        seen = [await read_or_none(bus, ENERGY)]
        while seen[-1] is None:
            seen.append(await read_or_none(bus, ENERGY))

        await bus.close()
    assert WORDS[POWER] not in seen


async def read_or_none(bus: ModbusBus, address: int) -> tuple[int, ...] | None:
    try:
        return await bus.read_registers(1, 4, address, 2, TIMEOUT_S)
    except DriverError:
        return None
