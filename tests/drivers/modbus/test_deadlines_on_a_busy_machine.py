"""A test of deadlines judges the driver, not the machine: a process that is held up is not late."""

import asyncio
import time

from scripted_modbus import Device, Sink, Unit, later, on_pty

from drivers.modbus.bus import open_bus

TIMEOUT_S = 0.1
LONGER_THAN_THE_TIMEOUT_S = 0.3


def be_held_up() -> None:
    """Give the loop no turn for a while, as a machine does that runs something else."""
    until_s = time.monotonic() + LONGER_THAN_THE_TIMEOUT_S
    while time.monotonic() < until_s:
        pass


def late_by_a_hold_up(request: bytes, reply: bytes, send: Sink) -> None:
    be_held_up()
    later(TIMEOUT_S / 2)(request, reply, send)


async def test_a_reply_in_time_is_read_though_the_process_was_held_up_past_the_deadline() -> None:
    async with on_pty(Device({1: Unit(words={(3, 0): 7})}, manner=late_by_a_hold_up)) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)

        assert await bus.read_registers(1, 3, 0, 1, TIMEOUT_S) == (7,)
        await bus.close()


async def test_a_hold_up_counts_for_a_moment_and_a_wait_for_all_of_it() -> None:
    loop = asyncio.get_running_loop()
    began_s, really_began_s = loop.time(), time.monotonic()
    be_held_up()
    assert loop.time() - began_s < TIMEOUT_S

    await asyncio.wait((loop.create_future(),), timeout=TIMEOUT_S)

    assert time.monotonic() - really_began_s >= loop.time() - began_s >= TIMEOUT_S
