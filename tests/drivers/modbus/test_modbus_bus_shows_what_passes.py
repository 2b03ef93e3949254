"""What a bus tells those who look on: every frame, and how each unit has been answering."""

import time

import pytest
from scripted_modbus import Device, HeldBack, Unit, instead, never, on_pty, on_tcp, with_crc

from drivers.errors import DriverError
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.modbus.frames import Direction, Frame
from drivers.modbus.line import Framing

TIMEOUT_S = 0.1


def a_device(framing: str) -> Device:
    return Device({1: Unit(words={(3, address): address for address in range(64)})}, framing=framing)


async def read(bus: ModbusBus, address: int, count: int = 1) -> None:
    try:
        await bus.read_registers(1, 3, address, count, TIMEOUT_S)
    except DriverError:
        return


async def test_a_tap_sees_each_frame_of_a_serial_line_with_its_time() -> None:
    async with on_pty(a_device("rtu")) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)
        seen: list[Frame] = []
        bus.add_tap(seen.append)
        before_ns = time.monotonic_ns()

        await read(bus, 10)

        await bus.close()
    assert bus.framing is Framing.RTU
    assert [(frame.direction, frame.data) for frame in seen] == [
        (Direction.SENT, with_crc("01 03 00 0a 00 01")),
        (Direction.RECEIVED, with_crc("01 03 02 00 0a")),
    ]
    assert before_ns < seen[0].at_ns <= seen[1].at_ns <= time.monotonic_ns()


async def test_a_tap_sees_late_frames_of_a_connection_one_by_one() -> None:
    device = a_device("tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        seen: list[Frame] = []
        bus.add_tap(seen.append)
        late = HeldBack()
        device.script = [late, late.before()]
        await read(bus, 10)

        await read(bus, 20)

        await bus.close()
    assert bus.framing is Framing.TCP
    assert [frame.data for frame in seen if frame.direction is Direction.RECEIVED] == [
        bytes.fromhex("0001 0000 0005 01 03 02 000a"),
        bytes.fromhex("0002 0000 0005 01 03 02 0014"),
    ]
    assert bus.statistics(1).late_frames == 1


@pytest.mark.parametrize("asked", [0, 4])
async def test_a_unit_has_its_own_statistics(asked: int) -> None:
    async with on_pty(a_device("rtu")) as line:
        bus = open_bus("rtu", device=line.path, baud=115200)
        line.device.script = [instead(with_crc("01 03 02 00 0a")[:-1] + b"\0"), never][: asked // 2]

        for address in range(asked):
            await read(bus, address, address + 1)

        of_it, of_none = bus.statistics(1), bus.statistics(2)
        await bus.close()
    assert (of_it.requests, of_it.replies) == (asked, asked // 2)
    assert of_none.requests == 0
    if not asked:
        assert (of_it.reply_p50_ms, of_it.reply_p99_ms, of_it.utilisation) == (None, None, 0)
        return
    assert (of_it.crc_errors, of_it.misfits, of_it.timeouts) == (1, 1, 1)
    assert of_it.reply_p50_ms is not None
    assert of_it.reply_p99_ms is not None
    assert 0 < of_it.reply_p50_ms <= of_it.reply_p99_ms
    assert 0 < of_it.utilisation <= 1
