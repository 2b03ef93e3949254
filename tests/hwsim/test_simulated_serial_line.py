"""A simulated serial line takes the time a real one takes, minds the silence, and vanishes and comes back."""

import asyncio
import errno
import os
import termios
from itertools import pairwise
from pathlib import Path

import pytest
import serial
from hwsim.bus import Bus, RtuReceiver, Seen
from hwsim.car import Load
from hwsim.line import Line, PreciseTimer
from hwsim.meter_models import SDM630
from hwsim.meters import Meter
from hwsim.pty_bus import PtyBus
from hwsim.relay_board import RelayBoard
from hwsim.tcp_bus import TcpBus, TcpFraming
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.framer.rtu import FramerRTU

READ_80 = 80
REQUEST_BYTES = 8
REPLY_BYTES = 5 + 2 * READ_80
# Bytes can only be slower than the line allows, and a busy machine makes some of them later still, without a bound: so
# every read is held to the one side, and the quickest of several to the other.
SLOWER_AT_MOST = 1.5
READS_AT_LEAST, READS_AT_MOST = 3, 20


def quick_meter(turnaround_s: float = 0.0) -> Meter:
    meter = Meter(SDM630, Load(), 12_345_678)
    meter.turnaround_s = turnaround_s
    return meter


def framed(body: bytes) -> bytes:
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("line", "char_s", "silence_s"),
    [
        (Line(9600, "N", 1), 10 / 9600, 35 / 9600),
        (Line(9600, "E", 1), 11 / 9600, 38.5 / 9600),
        (Line(19200, "N", 2), 11 / 19200, 38.5 / 19200),
        (Line(115200, "N", 1), 10 / 115200, 0.00175),
    ],
)
def test_start_data_parity_and_stop_bits_make_a_character(line: Line, char_s: float, silence_s: float) -> None:
    assert line.char_s == pytest.approx(char_s)
    assert line.silence_s == pytest.approx(silence_s)


async def test_the_timer_is_never_early_and_a_fraction_of_a_millisecond_late() -> None:
    loop = asyncio.get_running_loop()
    late = []
    with PreciseTimer() as timer:
        for _ in range(100):
            due = loop.time() + 0.0004
            await timer.until(due)
            late.append(loop.time() - due)
    assert min(late) >= 0
    # The loop alone would always be 0.6 ms late; a busy machine leaves a few wakes undisturbed.
    assert sorted(late)[len(late) // 10] < 0.0005


async def read_until_undisturbed(client: AsyncModbusSerialClient | AsyncModbusTcpClient, theory_s: float) -> int:
    """Read until one read took what the line takes, none having taken less; return how many it took."""
    loop = asyncio.get_running_loop()
    took_s: list[float] = []
    for _ in range(READS_AT_MOST):
        began = loop.time()
        reply = await client.read_input_registers(0, count=READ_80, device_id=1)
        took_s.append(loop.time() - began)
        assert len(reply.registers) == READ_80
        assert took_s[-1] >= theory_s
        if len(took_s) >= READS_AT_LEAST and min(took_s) < theory_s * SLOWER_AT_MOST:
            return len(took_s)
    pytest.fail(f"the line takes {theory_s:.4f} s for a read; the quickest of {READS_AT_MOST} took {min(took_s):.4f} s")


@pytest.mark.parametrize(
    ("line", "turnaround_s"),
    [(Line(9600), 0.0), (Line(9600, "E"), 0.0), (Line(38400, "N", 2), 0.03), (Line(115200), 0.0)],
)
async def test_a_read_takes_as_long_as_its_bytes_take_on_the_line(line: Line, turnaround_s: float) -> None:
    bus = PtyBus("line", {1: quick_meter(turnaround_s)}, line)
    await bus.start()
    client = AsyncModbusSerialClient(bus.path, baudrate=line.baud, stopbits=line.stop_bits, timeout=2, retries=0)
    await client.connect()
    theory = (REQUEST_BYTES + REPLY_BYTES) * line.char_s + max(turnaround_s, line.silence_s)
    reads = await read_until_undisturbed(client, theory)
    client.close()
    await bus.stop()
    assert bus.counters.busy_s == pytest.approx(reads * (REQUEST_BYTES + REPLY_BYTES) * line.char_s)
    assert (bus.counters.bytes_received, bus.counters.bytes_sent) == (reads * REQUEST_BYTES, reads * REPLY_BYTES)


async def test_a_converter_with_a_line_behind_it_takes_the_lines_time() -> None:
    line = Line(19200)
    bus = TcpBus("converter", {1: quick_meter()}, TcpFraming.RTU, line)
    await bus.start()
    client = AsyncModbusTcpClient(bus.host, port=bus.port, framer=FramerType.RTU, timeout=2, retries=0)
    await client.connect()
    theory = (REQUEST_BYTES + REPLY_BYTES) * line.char_s + line.silence_s
    await read_until_undisturbed(client, theory)
    client.close()
    await bus.stop()


class Port:
    """A serial port opened without any Modbus library, so that single bytes and their order can be chosen."""

    def __init__(self, path: str, baud: int = 9600) -> None:
        self._port = serial.Serial(path, baud, timeout=0)
        self._loop = asyncio.get_running_loop()

    def send(self, data: bytes) -> None:
        self._port.write(data)

    async def receive(self, count: int) -> bytes:
        received = bytearray()
        async with asyncio.timeout(2):
            while len(received) < count:
                readable = self._loop.create_future()
                self._loop.add_reader(self._port.fd, readable.set_result, None)
                try:
                    await readable
                finally:
                    self._loop.remove_reader(self._port.fd)
                received += os.read(self._port.fd, count - len(received))
        return bytes(received)

    def close(self) -> None:
        self._port.close()


def broken_on(bus: Bus) -> asyncio.Queue[bytes]:
    """Whatever the bus hears from now on and does not understand."""
    broken: asyncio.Queue[bytes] = asyncio.Queue()
    bus.taps.append(lambda seen, data, _at: broken.put_nowait(data) if seen is Seen.BROKEN else None)
    return broken


READ_VOLTAGE = framed(bytes((1, 4, 0, 0, 0, 2)))


async def test_a_request_before_the_silence_is_over_is_counted() -> None:
    bus = PtyBus("line", {1: quick_meter()}, Line(600))  # slow, so that a busy machine is early all the same
    await bus.start()
    port = Port(bus.path, 600)
    port.send(READ_VOLTAGE)
    await port.receive(9)
    assert bus.counters.early_requests == 0
    port.send(READ_VOLTAGE)
    await port.receive(9)
    assert bus.counters.early_requests == 1
    port.close()
    await bus.stop()


async def test_a_request_in_pieces_is_one_request() -> None:
    bus = TcpBus("converter", {1: quick_meter()}, TcpFraming.RTU)
    replies: asyncio.Queue[bytes] = asyncio.Queue()
    receiver = RtuReceiver(bus, replies.put_nowait)
    await bus.start()
    for byte in READ_VOLTAGE:
        receiver.feed(bytes((byte,)))
    assert (await replies.get())[:3] == bytes((1, 4, 4))
    assert (bus.counters.requests, bus.counters.broken_requests) == (1, 0)
    await bus.stop()


async def test_a_broken_request_is_forgotten_and_the_next_one_answered() -> None:
    bus = PtyBus("line", {1: quick_meter()}, Line(115200))
    await bus.start()
    port = Port(bus.path, 115200)
    broken = broken_on(bus)
    port.send(READ_VOLTAGE[:-1] + b"\x00")
    assert await broken.get() == READ_VOLTAGE[:-1] + b"\x00"
    port.send(READ_VOLTAGE)
    assert (await port.receive(9))[:3] == bytes((1, 4, 4))
    port.close()
    await bus.stop()


async def test_an_unknown_function_is_refused_with_exception_1() -> None:
    bus = PtyBus("line", {1: quick_meter()}, Line(115200))
    await bus.start()
    port = Port(bus.path, 115200)
    port.send(framed(bytes((1, 0x2B, 0x0E, 1, 0))))
    assert await port.receive(5) == framed(bytes((1, 0xAB, 1)))
    port.close()
    await bus.stop()


async def test_a_client_at_another_speed_is_not_understood() -> None:
    bus = PtyBus("line", {1: quick_meter()}, Line(9600))
    await bus.start()
    port = Port(bus.path, 19200)
    broken = broken_on(bus)
    port.send(READ_VOLTAGE)
    await broken.get()
    assert bus.counters.requests == 0
    port.close()
    await bus.stop()


async def test_a_broadcast_write_reaches_every_unit_and_nobody_answers() -> None:
    boards = {1: RelayBoard({}), 2: RelayBoard({})}
    bus = PtyBus("line", boards, Line(115200))
    await bus.start()
    port = Port(bus.path, 115200)
    port.send(framed(bytes((0, 5, 0, 3, 0xFF, 0))))
    port.send(framed(bytes((2, 1, 0, 0, 0, 8))))
    assert await port.receive(6) == framed(bytes((2, 1, 1, 1 << 3)))
    assert boards[1].is_on(3)
    port.close()
    await bus.stop()


async def test_a_port_that_vanishes_is_an_error_for_who_has_it_open_and_nothing_for_who_opens_it(
    tmp_path: Path,
) -> None:
    link = tmp_path / "rs485"
    bus = PtyBus("line", {1: quick_meter()}, Line(115200), link)
    await bus.start()
    port = Port(str(link), 115200)
    await bus.vanish()
    with pytest.raises((OSError, serial.SerialException, termios.error)):
        port.send(READ_VOLTAGE)
    with pytest.raises(serial.SerialException) as missing:
        Port(str(link))
    assert missing.value.errno == errno.ENOENT
    port.close()
    await bus.come_back()
    again = Port(str(link), 115200)
    again.send(READ_VOLTAGE)
    assert (await again.receive(9))[:3] == bytes((1, 4, 4))
    again.close()
    await bus.stop()


async def test_without_a_link_a_port_that_is_gone_has_no_path() -> None:
    bus = PtyBus("line", {})
    with pytest.raises(ConnectionError, match="bus line has vanished"):
        _ = bus.path


async def test_a_tcp_bus_comes_back_on_the_port_it_had() -> None:
    bus = TcpBus("ethernet", {1: quick_meter()})
    await bus.start()
    port = bus.port
    _, dropped = await asyncio.open_connection(bus.host, port)
    await bus.vanish()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(bus.host, port)
    await bus.come_back()
    assert bus.port == port
    _, writer = await asyncio.open_connection(bus.host, port)
    for each in (dropped, writer):
        each.transport.abort()
    await bus.stop()


def test_an_unknown_unit_cannot_be_broken() -> None:
    with pytest.raises(LookupError, match="no unit 9 on bus line"):
        Bus("line", {}, None).break_unit(9)


async def test_a_port_comes_back_under_another_number_as_a_usb_adapter_may() -> None:
    bus = PtyBus("line", {1: quick_meter()})
    await bus.start()
    numbers = [bus.path]
    for _ in range(3):
        await bus.vanish()
        await bus.come_back()
        numbers.append(bus.path)
    await bus.stop()
    assert all(now != before for before, now in pairwise(numbers))
