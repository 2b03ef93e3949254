"""The bus commands as a technician meets them: against real ports, a served daemon and a real file."""

import asyncio
import json
import os
import pty
import re
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from signal import SIGINT

import pytest
from cli.evening import Evening, unfolded
from cli.goldens import golden
from hwsim.site import BusKind as SimulatedKind
from hwsim.site import BusPlan, ControllerKind, ControllerPlan, EvsePlan, MeterPlan, SimulatedSite, SitePlan
from scripted_modbus import Device, Unit, on_pty, on_tcp
from web.garage_day import GarageView

from drivers.modbus.bus import open_bus
from gateway.core.line_telemetry import Cause, DeviceStatistics, LineHint, LineSnapshot
from gateway.field.line_health import DEVICE_RULES, LINE_RULES
from gateway.field.line_watch import LineWatch, Resident
from gateway.journal.journal import open_journal
from gateway.projection import project
from gateway.settings import BusKind, BusSettings
from gateway.web.bus_api import Ear, LineView
from gateway.web.local_api import serve

B23 = {(3, 0x8960): 0x4232, (3, 0x8961): 0x3320}


@asynccontextmanager
async def daemon(evening: Evening, lines: Sequence[LineView]) -> AsyncIterator[None]:
    """Be the daemon with these buses."""
    view = GarageView(evening.plant)
    async with open_journal(evening.journal, project) as journal, asyncio.TaskGroup() as tasks:
        socket = evening.folder / "gw.sock"
        task = tasks.create_task(serve(socket, view, journal, view, lines, version="1.2.3"))
        yield
        task.cancel()


class QuietLine:
    """A line in the evening: it shows what it showed last, and nothing passes any more."""

    def __init__(self, snapshot: LineSnapshot) -> None:
        self._snapshot = snapshot
        self.has_listener = asyncio.Event()

    def snapshot(self) -> LineSnapshot:
        return self._snapshot

    def listen(self, ear: Ear) -> None:  # noqa: ARG002 - nothing will be heard
        self.has_listener.set()

    def ignore(self, ear: Ear) -> None:
        """Nothing was heard."""


def a_hall() -> list[QuietLine]:
    well = DeviceStatistics(
        "hall-1", "eastron-sdm630", 1, 86400, 86390, 8, 2, 1, 0, 3, Decimal("48.2"), Decimal("61.0"), Decimal("0.083")
    )
    twice = DeviceStatistics("hall-2", "abb-b23", 2, 9000, 5000, 0, 4000, 3990, 0, 0, Decimal(39), Decimal(44))
    relay = DeviceStatistics("contactors", "relay_board", 10)
    timer = LineHint(Cause.USB_LATENCY, None, LINE_RULES[0].text)
    double = LineHint(Cause.DOUBLE_ID, "hall-2", DEVICE_RULES[0].text.format(unit=2))
    hall = LineSnapshot("hall", "rtu", "/dev/ttyUSB0", "9600 baud 8N1", (well, twice, relay), (timer, double), 16)
    net = LineSnapshot("net", "tcp", "192.168.1.7:502", "Modbus TCP", (), ())
    return [QuietLine(hall), QuietLine(net)]


async def test_statistics_and_hints_are_word_for_word_this(evening: Evening) -> None:
    async with daemon(evening, a_hall()):
        said = await evening.ask("bus", "stats")
        as_json = await evening.ask("bus", "stats", "--json")
    assert said.out == golden("bus_stats")
    assert (said.code, said.err) == (0, "")
    hall = json.loads(as_json.out)["buses"][0]
    assert hall["devices"][0]["reply_p99_ms"] == 61.0
    assert [hint["cause"] for hint in hall["hints"]] == ["usb_latency", "double_id"]


async def test_without_a_daemon_statistics_and_trace_say_how_to_start_it(evening: Evening) -> None:
    for words in (("stats",), ("trace", "--pcap", str(evening.folder / "x.pcap"))):
        said = await evening.ask("bus", *words)
        assert said.code == 3
        assert "run systemctl start ocpi-gateway" in said.err


@pytest.mark.slow
async def test_a_scan_is_word_for_word_this(evening: Evening) -> None:
    plan = SitePlan(
        (BusPlan("bus", SimulatedKind.TCP),),
        evses=(
            EvsePlan("A", MeterPlan("bus", 1, "abb-b23"), ControllerPlan("bus", 10, ControllerKind.RELAY_BOARD)),
            EvsePlan("B", MeterPlan("bus", 2, "eastron-sdm630"), ControllerPlan("bus", 11, ControllerKind.EVSE_DIN)),
        ),
    )
    async with SimulatedSite(plan) as site:
        place = f"127.0.0.1:{site.tcp('bus').port}"
        said = await evening.ask("bus", "scan", place, "--units", "1,2,10-11")
    shown = re.sub(r"\d+(\.\d)? ms", "N ms", said.out.replace(str(site.tcp("bus").port), "{port}"))
    assert shown == golden("bus_scan")
    assert (said.code, said.err) == (0, "")


async def test_a_scan_tells_machines_what_it_tells_people(evening: Evening) -> None:
    async with on_tcp(Device({1: Unit(B23)}, framing="tcp")) as host:
        said = await evening.ask("bus", "scan", f"127.0.0.1:{host.port}", "--units", "1", "--json")
    answer = json.loads(said.out)
    assert answer["complete"] is True
    (found,) = answer["found"]
    assert (found["unit"], found["models"], found["collision"]) == (1, ["abb-b23"], False)
    assert found["setting"]["kind"] == "tcp"


@pytest.mark.slow
async def test_a_scan_that_finds_nothing_fails_and_says_what_to_check(evening: Evening) -> None:
    async with on_tcp(Device({1: Unit(B23)}, framing="tcp")) as host:
        said = await evening.ask("bus", "scan", f"127.0.0.1:{host.port}", "--units", "9")
    assert said.code == 1
    assert unfolded(said.out) == (
        "nothing answers; check power, A and B, and termination, then try --units with the id on the display\n"
    )


async def test_a_port_of_the_running_gateway_is_refused_by_the_buss_name(evening: Evening) -> None:
    async with daemon(evening, a_hall()):
        said = await evening.ask("bus", "scan", "192.168.1.7")
    assert (said.code, said.out) == (1, "")
    assert "the running gateway uses 192.168.1.7:502 as bus net" in said.err


async def test_a_port_that_another_program_holds_is_refused_by_its_name(evening: Evening) -> None:
    async with on_pty(Device({1: Unit(B23)})) as line:
        holder = open_bus("rtu", device=line.path)
        await holder.read_registers(1, 3, 0x8960, 2, 0.5)
        said = await evening.ask("bus", "scan", line.path, "--quick")
        await holder.close()
    assert said.code == 1
    assert re.search(r"the port is taken by \S+ \(pid \d+\); stop that program", said.err)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("scan", "gw", "--units", "0-5"), "'0-5' is no unit id from 1 to 247"),
        (("scan", "gw", "--units", "5-3"), "'5-3' is no unit id"),
        (("scan", "gw", "--units", "x"), "'x' is no unit id"),
        (("scan", "gw", "--baud", "9600.5"), "'9600.5' is no baud rate"),
        (("trace", "--pcap", "x", "--seconds", "-1"), "'-1' is no number of seconds"),
        (("listen",), "invalid choice: 'listen'"),
    ],
)
async def test_arguments_that_make_no_sense_are_refused_in_words(
    evening: Evening, words: tuple[str, ...], why: str
) -> None:
    said = await evening.ask("bus", *words)
    assert said.code == 2
    assert why in said.err


@pytest.mark.slow
async def test_a_terminal_shows_what_is_asked_and_how_long_the_rest_takes(evening: Evening) -> None:
    ours, theirs = pty.openpty()
    async with on_tcp(Device({1: Unit(B23)}, framing="tcp")) as host:
        place = f"127.0.0.1:{host.port}"
        process = await asyncio.create_subprocess_exec(
            *evening.process("bus", "scan", place, "--units", "1-4"), stdout=asyncio.subprocess.PIPE, stderr=theirs
        )
        assert process.stdout is not None
        out = await process.stdout.read()
        assert await process.wait() == 0
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert re.search(rf"\[#*\.*\] +\d+ %, \d+ s left  Modbus TCP at port {host.port}, unit 4; 1 found", shown)
    assert b" left" not in out


@pytest.mark.slow
async def test_ctrl_c_ends_a_scan_with_what_was_found(evening: Evening) -> None:
    async with on_pty(Device({1: Unit(B23)})) as line:
        command = evening.process("bus", "scan", line.path, "--units", "1-200", "--baud", "115200")
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"unit 1, 115200 baud 8N1: ABB B23; ")
        process.send_signal(SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(b"stopped; not everything was asked\n")
    assert b'model = "abb-b23"' in out


def packets(capture: bytes) -> list[tuple[datetime, bytes]]:
    """Take a pcap apart, by the format's own rules."""
    magic, major, minor, _, _, _, link_type = struct.unpack_from("<IHHiIII", capture)
    assert (magic, major, minor, link_type) == (0xA1B2C3D4, 2, 4, 252)
    found, offset = [], 24
    while offset < len(capture):
        seconds, micros, length, original = struct.unpack_from("<IIII", capture, offset)
        assert length == original
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
        found.append((at, capture[offset + 16 : offset + 16 + length]))
        offset += 16 + length
    return found


def tags(packet: bytes) -> tuple[dict[int, bytes], bytes]:
    """Take the tags off an exported PDU."""
    seen: dict[int, bytes] = {}
    while True:
        tag, length = struct.unpack_from(">HH", packet)
        value, packet = packet[4 : 4 + length], packet[4 + length :]
        if tag == 0:
            return seen, packet
        seen[tag] = value


@pytest.mark.slow
async def test_a_trace_holds_every_frame_of_both_framings_as_wireshark_wants_them(evening: Evening) -> None:
    file = evening.folder / "line.pcap"
    serial, net = Device({1: Unit(B23)}), Device({2: Unit(B23)}, framing="tcp")
    async with on_pty(serial) as line, on_tcp(net) as host:
        rtu, tcp = open_bus("rtu", device=line.path), open_bus("tcp", host="127.0.0.1", port=host.port)
        settings = (
            BusSettings("hall", BusKind.RTU, device=line.path),
            BusSettings("net", BusKind.TCP, host="127.0.0.1", port=host.port),
        )
        watches = [
            LineWatch(one, bus, [Resident("m", "abb-b23", unit)])
            for one, bus, unit in zip(settings, (rtu, tcp), (1, 2), strict=True)
        ]
        async with daemon(evening, watches):
            command = asyncio.create_task(evening.ask("bus", "trace", "--pcap", str(file), "--seconds", "1.5"))
            while not command.done():
                await rtu.read_registers(1, 3, 0x8960, 2, 0.5)
                await tcp.read_registers(2, 3, 0x8960, 2, 0.5)
            said = await command
        await rtu.close()
        await tcp.close()
    assert (said.code, said.err) == (0, "")
    seen = packets(file.read_bytes())
    assert said.out == (
        f"{len(seen)} frames of hall, net in {file}\n"
        "  bus hall is 127.0.1.1 there, the gateway 127.0.0.1\n"
        "  bus net is 127.0.1.2 there, the gateway 127.0.0.1\n"
    )
    assert [at for at, _ in seen] == sorted(at for at, _ in seen)
    taken_apart = [tags(packet) for _, packet in seen]
    of_line = [(head, data) for head, data in taken_apart if head[12].rstrip(b"\0") == b"mbrtu"]
    of_net = [(head, data) for head, data in taken_apart if head[12].rstrip(b"\0") == b"mbtcp"]
    assert len(of_line) + len(of_net) == len(seen) > 20
    queries = [data for head, data in of_line if head[26] == struct.pack(">I", 502)]
    replies = [data for head, data in of_line if head[25] == struct.pack(">I", 502)]
    assert set(queries) <= set(serial.requests)
    assert bytes.fromhex("01 03 04 42 32 33 20") in {reply[:7] for reply in replies}
    assert {data[2:4] for _, data in of_net} == {b"\0\0"}
    assert {head[20] for head, _ in of_net} == {bytes((127, 0, 0, 1)), bytes((127, 0, 1, 2))}


async def test_a_trace_of_an_unknown_bus_names_the_known_ones(evening: Evening) -> None:
    async with daemon(evening, a_hall()):
        said = await evening.ask("bus", "trace", "--pcap", str(evening.folder / "x"), "--bus", "hell")
    assert (said.code, said.err) == (2, "ocpi-gateway: there is no bus hell; known buses: hall, net\n")


@pytest.mark.parametrize(
    ("file", "reason"),
    [("/nowhere/x.pcap", "no such file or directory"), ("/dev/full", "no space left on device")],
)
async def test_a_trace_that_cannot_be_written_says_so(file: str, reason: str, evening: Evening) -> None:
    async with daemon(evening, a_hall()):
        said = await evening.ask("bus", "trace", "--pcap", file, "--seconds", "0.1")
    assert said.code == 1
    assert said.err == f"ocpi-gateway: cannot write {file}: {reason}; choose another FILE\n"


@pytest.mark.slow
async def test_a_running_trace_does_not_hold_up_the_daemons_stop(evening: Evening) -> None:
    async with asyncio.timeout(10):
        hall, net = a_hall()
        async with daemon(evening, [hall, net]):
            command = asyncio.create_task(evening.ask("bus", "trace", "--pcap", str(evening.folder / "x.pcap")))
            await net.has_listener.wait()
        said = await command
    assert said.code == 0
    assert said.out.startswith("0 frames of no bus in ")
