"""The question goes over a real message bus to the real systemd-timedated."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.clock_service import ClockWatch, NoAnswer, ask, call, fields_of, is_true
from gateway.core.instant import ClockQuality

BUS_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
TIMEDATED = Path("/lib/systemd/systemd-timedated")


def spawn(*command: str | Path, environment: dict[str, str] | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Path]:
    """Start a message bus; it has printed its address once it listens."""
    socket = tmp_path / "bus"
    (tmp_path / "bus.conf").write_text(BUS_CONFIGURATION.format(socket=socket))
    try:
        daemon = spawn("dbus-daemon", "--nofork", "--print-address", f"--config-file={tmp_path / 'bus.conf'}")
    except FileNotFoundError:
        pytest.fail("dbus-daemon is missing: apt-get install dbus")
    with daemon:
        assert daemon.stdout
        daemon.stdout.readline()
        yield socket
        daemon.terminate()


@pytest.fixture
def timedated(bus: Path) -> Iterator[Path]:
    assert TIMEDATED.exists(), f"{TIMEDATED} is missing: apt-get install systemd"
    with spawn(TIMEDATED, environment={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}) as service:
        yield bus
        service.terminate()


async def answer_within(bus: Path, within_s: float) -> bool:
    """Ask until the service has taken its name on the bus."""
    async with asyncio.timeout(within_s):
        while True:
            try:
                return await ask(str(bus))
            except NoAnswer:
                await asyncio.sleep(0)


class Heard:
    """A clock that keeps what it is told."""

    must_be_told = True

    def __init__(self) -> None:
        self.words: list[ClockQuality] = []

    def hear(self, quality: ClockQuality) -> None:
        self.words.append(quality)


@pytest.mark.slow
async def test_timedated_says_of_the_clock_what_the_kernel_says(timedated: Path) -> None:
    kernel = SystemClock()
    assert not kernel.must_be_told, "this machine lets its processes ask"

    assert await answer_within(timedated, 10) is (kernel.now().clock is ClockQuality.SYNCHRONISED)


async def test_a_bus_without_the_service_makes_the_quality_unknown(bus: Path) -> None:
    clock = Heard()
    with pytest.raises(NoAnswer, match=r"ServiceUnknown|NameHasNoOwner"):
        await ask(str(bus))
    await ClockWatch(clock, str(bus)).look()

    assert clock.words == [ClockQuality.UNKNOWN]


async def test_a_machine_without_a_bus_makes_the_quality_unknown_and_says_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Heard()
    watch = ClockWatch(clock, str(tmp_path / "no-bus"))
    await watch.look()
    await watch.look()

    assert clock.words == [ClockQuality.UNKNOWN] * 2
    assert capsys.readouterr().out.count("clock_quality_unknown") == 1


@pytest.mark.parametrize(
    "said", [b"", b"REJECTED EXTERNAL\r\n", b"OK x\r\n", b"OK x\r\n" + b"\xff" * 99, b"x" * 99_999]
)
async def test_what_is_no_message_bus_is_told_in_one_line(tmp_path: Path, said: bytes) -> None:
    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    async with await asyncio.start_unix_server(say, tmp_path / "bus"):
        with pytest.raises(NoAnswer) as told:
            await ask(str(tmp_path / "bus"))
    assert "\n" not in str(told.value)


def test_a_call_names_whom_it_is_for() -> None:
    message = call(7, "org.example", "/there", "org.example.Thing", "Do", "a", "b")
    field_bytes = int.from_bytes(message[12:16], "little")

    fields = fields_of(message[16 : 16 + field_bytes], "<")
    assert fields == {1: "/there", 2: "org.example.Thing", 3: "Do", 6: "org.example", 8: "ss"}
    assert int.from_bytes(message[8:12], "little") == 7
    assert message[16 + field_bytes + -field_bytes % 8 :] == b"\1\0\0\0a\0\0\0\1\0\0\0b\0"


@pytest.mark.parametrize("body", [b"", b"\1b\0\0\1\0\0", b"\1s\0\0\1\0\0\0", b"\1b\0\0\1\0\0\0\0"])
def test_an_answer_that_is_no_boolean_is_none(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        is_true(body)


@pytest.mark.parametrize("raw", [b"\1\1s", b"\1\1s\0\xff\xff\xff", b"\1\1u\0\0"])
def test_header_fields_that_end_early_are_no_dbus(raw: bytes) -> None:
    with pytest.raises(NoAnswer):
        fields_of(raw, "<")
