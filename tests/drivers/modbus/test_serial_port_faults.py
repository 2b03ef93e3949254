"""What an operator reads when a serial port is wrong, taken or gone, and that it heals by path."""

import asyncio
import errno
import fcntl
import os
import re
import sys
from pathlib import Path

import pytest
from scripted_modbus import Device, PtyLine, Unit, on_pty

from drivers.errors import DeviceUnavailable
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.modbus.port_owner import port_owner


def a_device() -> Device:
    return Device({1: Unit({(3, 0): 42} | {(3, address): 0 for address in range(1, 8)})})


async def read(bus: ModbusBus) -> tuple[int, ...]:
    return await bus.read_registers(1, 3, 0, 1, 0.2)


async def test_a_wrong_path_is_named_with_the_remedy(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB7"

    with pytest.raises(DeviceUnavailable) as caught:
        await read(open_bus("rtu", device=str(device)))

    assert re.fullmatch(
        rf"bus {device} unit 1: there is no such port; plug .* or correct `device` \(.*\)", str(caught.value)
    )


async def test_a_file_that_is_no_serial_port_is_named_as_such(tmp_path: Path) -> None:
    device = tmp_path / "notes.txt"
    device.write_text("not a port")

    with pytest.raises(DeviceUnavailable, match=r"cannot be set up as a serial port .*; correct `device`"):
        await read(open_bus("rtu", device=str(device)))
    with pytest.raises(DeviceUnavailable, match="a directory, not a serial port"):
        await read(open_bus("rtu", device=str(tmp_path)))


async def test_settings_no_port_can_have_are_named_as_such() -> None:
    async with on_pty(a_device()) as line:
        bus = open_bus("rtu", device=line.path, parity="Q")

        with pytest.raises(
            DeviceUnavailable, match=r"cannot be set up as a serial port .*; correct `device`, `baud` and `parity`"
        ):
            await read(bus)


async def test_a_parity_that_the_port_does_not_take_is_said_and_no_bug() -> None:
    async with on_pty(a_device()) as line:
        for _ in range(2):  # ptys carry no parity bit; the C library notices when nothing else changes
            bus = open_bus("rtu", device=line.path, baud=19200, parity="E")
            with pytest.raises(DeviceUnavailable, match=r"correct `device`, `baud` and `parity`|no reply"):
                await bus.read_registers(2, 3, 0, 1, 0.05)
            await bus.close()


async def test_a_port_taken_by_another_process_names_that_process() -> None:
    async with on_pty(a_device()) as line:
        holder = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import fcntl, os, sys; fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)\n"
            "fcntl.flock(fd, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()",
            line.path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        bus = open_bus("rtu", device=line.path)

        with pytest.raises(DeviceUnavailable, match=rf"taken by \S+ \(pid {holder.pid}\); stop that program"):
            await read(bus)

        holder.stdin.close()
        await holder.wait()
        assert await read(bus) == (42,)
        await bus.close()


def test_the_owner_of_a_free_or_absent_port_is_just_another_process(tmp_path: Path) -> None:
    free = tmp_path / "free"
    free.touch()

    assert port_owner(str(free)) == "another process"
    assert port_owner(str(tmp_path / "absent")) == "another process"


async def test_the_bus_itself_bars_others_from_its_port() -> None:
    async with on_pty(a_device()) as line:
        bus = open_bus("rtu", device=line.path)
        await read(bus)
        other = os.open(line.path, os.O_RDWR | os.O_NOCTTY)

        with pytest.raises(BlockingIOError) as caught:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

        assert caught.value.errno == errno.EAGAIN
        os.close(other)
        await bus.close()


async def test_a_port_that_vanishes_is_let_go_and_opened_again_by_its_path(tmp_path: Path) -> None:
    device = tmp_path / "by-id-adapter"
    async with on_pty(a_device()) as first:
        device.symlink_to(first.path)
        bus = open_bus("rtu", device=str(device))
        assert await read(bus) == (42,)
        gone = open_descriptors()

        await vanish_while_reading(first, bus)

        assert open_descriptors() < gone
    async with on_pty(a_device()) as second:
        await asyncio.to_thread(repoint, device, second.path)

        assert await read(bus) == (42,)
        await bus.close()


async def test_a_port_pulled_between_two_reads_heals_too(tmp_path: Path) -> None:
    device = tmp_path / "by-id-adapter"
    async with on_pty(a_device()) as first:
        device.symlink_to(first.path)
        bus = open_bus("rtu", device=str(device))
        await read(bus)
    await asyncio.to_thread(device.unlink)
    with pytest.raises(DeviceUnavailable, match=r"vanished|no such port"):
        await read(bus)
    with pytest.raises(DeviceUnavailable, match="no such port"):
        await read(bus)
    async with on_pty(a_device()) as second:
        device.symlink_to(second.path)

        assert await read(bus) == (42,)
        await bus.close()


async def vanish_while_reading(line: PtyLine, bus: ModbusBus) -> None:
    line.device.script = [lambda _request, _reply, _send: line.vanish()]
    with pytest.raises(DeviceUnavailable, match=r"the port vanished \(.*\); it is opened again by its path, check"):
        await read(bus)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def repoint(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


async def test_a_port_without_permission_names_the_group() -> None:
    """As root nothing is forbidden, so the attempt is made by a child that has become nobody."""
    async with on_pty(a_device()) as line:
        await asyncio.to_thread(Path(line.path).chmod, 0o600)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import asyncio, os, sys\n"
            "from drivers.errors import DeviceUnavailable\n"
            "from drivers.modbus.bus import open_bus\n"
            "os.geteuid() or os.setuid(65534)\n"
            "try:\n"
            "    asyncio.run(open_bus('rtu', device=sys.argv[1]).read_registers(1, 3, 0, 1, 0.2))\n"
            "except DeviceUnavailable as error:\n"
            "    print(error)\n",
            line.path if os.geteuid() == 0 else "/dev/console",
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        printed, _ = await child.communicate()

    assert b"no permission for this port; add the service user to the port's group (usually dialout)" in printed
