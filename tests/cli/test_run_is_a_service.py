"""`ocpi-gateway run` as systemd sees it: READY when it serves, one line when it cannot, a clean end on SIGTERM."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cli.goldens import golden
from config.garage import Garage

from gateway.cli.main import main

pytestmark = pytest.mark.slow


@pytest.fixture
def garage(tmp_path: Path) -> Garage:
    """A garage where nothing answers: every address is a closed port of this machine."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    garage = Garage(tmp_path)
    garage.change(
        'kind = "rtu"\ndevice = "/dev/serial/by-id/usb-adapter"', f'kind = "tcp"\nhost = "::1"\nport = {port}'
    )
    garage.change('host = "192.0.2.5"\nport = 502', f'host = "127.0.0.1"\nport = {port}')
    garage.change("https://ocpi.example.com", f"http://127.0.0.1:{port}")
    garage.change('host = "broker.example.com"\nport = 1883', f'host = "127.0.0.1"\nport = {port}')
    garage.change('tokens_file = "tokens.json"', 'tokens_file = "tokens.json"\nstate_dir = "."\nsocket = "gw.sock"')
    return garage


class Service:
    """The daemon's process and what it told the service manager."""

    def __init__(self, process: asyncio.subprocess.Process, manager: socket.socket) -> None:
        self.process = process
        self._manager = manager

    async def told(self) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._manager, 1000), 20)

    async def errors(self) -> str:
        _, err = await self.process.communicate()
        return err.decode()


@asynccontextmanager
async def started(garage: Garage) -> AsyncIterator[Service]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(0)
        address = garage.folder / f"notify-{os.urandom(4).hex()}"
        manager.bind(str(address))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "run", "--config", str(garage.path)),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "NOTIFY_SOCKET": str(address)},
        )
        try:
            yield Service(process, manager)
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


async def test_it_is_ready_though_nothing_in_the_field_answers_and_a_signal_ends_it(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with started(garage) as service:
        assert await service.told() == b"READY=1\nSTATUS=2 EVSEs"
        code = await asyncio.to_thread(main, ["status", "--json", "--config", str(garage.path)])
        status = json.loads(capsys.readouterr().out)
        service.process.send_signal(signal.SIGTERM)
        assert await service.told() == b"STOPPING=1"
        errors = await service.errors()
    assert code == 0
    assert status["pid"] == service.process.pid
    assert [evse["uid"] for evse in status["evses"]] == ["1", "2"]
    assert service.process.returncode == 0
    assert "Traceback" not in errors
    assert not (garage.folder / "gw.sock").exists()


async def test_a_reload_is_told_from_its_beginning_to_its_end_with_what_is_left_to_do(garage: Garage) -> None:
    async with started(garage) as service:
        await service.told()
        garage.change("unit = 10", "unit = 12")
        service.process.send_signal(signal.SIGHUP)
        assert (await service.told()).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert await service.told() == b"READY=1\nSTATUS=2 EVSEs; restart needed for controllers.relay-1.unit"
        garage.change("[rules]", "[rule]")
        service.process.send_signal(signal.SIGHUP)
        await service.told()
        assert b"was not taken over, ask ocpi-gateway check-config" in await service.told()
        service.process.terminate()
        errors = await service.errors()
    assert service.process.returncode == 0
    assert "rule = {…}: unknown key" in errors
    assert "Traceback" not in errors


async def test_a_second_one_is_refused_in_one_line_and_the_first_goes_on(garage: Garage) -> None:
    async with started(garage) as first:
        await first.told()
        async with started(garage) as second:
            errors = await second.errors()
        assert second.process.returncode == 1
        assert errors.count("\n") == 1
        assert errors.partition(" ")[2] == golden("run_twice", folder=garage.folder)
        assert first.process.returncode is None


async def test_a_socket_that_cannot_be_had_ends_it_in_one_line(garage: Garage) -> None:
    garage.change('socket = "gw.sock"', 'socket = "missing/gw.sock"')
    async with started(garage) as service:
        errors = await service.errors()
    assert service.process.returncode == 1
    assert errors.partition(" ")[2] == golden("run_without_socket", folder=garage.folder)
    assert "Traceback" not in errors
