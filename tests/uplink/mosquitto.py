"""A real mosquitto process on a free port, and somebody who listens to it."""

import asyncio
import os
import shutil
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from hwsim.dies_with_us import DIES_WITH_US
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

HOST = "127.0.0.1"


class Mosquitto:
    """A broker that can be stopped, killed, frozen and started again on its port."""

    def __init__(self, folder: Path, *lines: str) -> None:
        command = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if command is None:
            pytest.fail("mosquitto is not installed: install the Debian package mosquitto")
        self._command = command
        self._folder = folder
        self._process: Process | None = None
        self.port = _free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.configure(*lines or ("allow_anonymous true",))

    def configure(self, *lines: str) -> None:
        user = ("user root",) if os.getuid() == 0 else ()  # else it gives its rights up, and cannot read tmp_path
        persistence = ("persistence true", f"persistence_location {self._folder}/")
        config = (f"listener {self.port} {HOST}", *lines, *user, *persistence)
        (self._folder / "mosquitto.conf").write_text("\n".join(config) + "\n")

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *DIES_WITH_US, self._command, "-c", str(self._folder / "mosquitto.conf"), stdout=DEVNULL, stderr=DEVNULL
        )
        async with asyncio.timeout(10):
            while not await self._listens():
                assert self._process.returncode is None, "mosquitto did not start; is its config valid?"

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            await asyncio.sleep(0.02)
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def stop(self) -> None:
        """End it the way a service manager does, so that it keeps what it holds."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
            await process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def running(broker: Mosquitto) -> AsyncIterator[Mosquitto]:
    await broker.start()
    try:
        yield broker
    finally:
        await broker.kill()


@asynccontextmanager
async def listening(broker: Mosquitto, topic: str = "#", identifier: str = "consumer") -> AsyncIterator[aiomqtt.Client]:
    """A consumer as the contract asks for: MQTT 5, QoS 1, and a session that outlives its connection."""
    async with aiomqtt.Client(
        HOST,
        broker.port,
        identifier=identifier,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=False,
        properties=_long_session(),
    ) as client:
        await client.subscribe(topic, qos=1)
        yield client


def _long_session() -> Properties:
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    return properties


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
