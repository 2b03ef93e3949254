"""A real mosquitto of one's own: started, stopped, killed and restarted at will on one port."""

import asyncio
import os
import re
import shutil
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from hwsim.dies_with_us import DIES_WITH_US
from hwsim.tls import ServerCertificate

PATIENCE_S = 10.0
# What mosquitto logs once its listeners are open.
RUNNING = re.compile(rb"mosquitto version \S+ running")


class BrokerMissing(Exception):
    """mosquitto is not installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BrokerLogin:
    """The one user the broker lets in."""

    username: str
    password: str


def free_port() -> int:
    """Find a TCP port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_mosquitto() -> str:
    """Find the broker's program, which Debian keeps out of ordinary users' path."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise BrokerMissing("mosquitto is not installed: apt install mosquitto")
    return found


class Broker:
    """The broker process; files stand in `directory`, sessions and retained messages survive a restart there."""

    def __init__(
        self, directory: Path, *, login: BrokerLogin | None = None, tls: ServerCertificate | None = None
    ) -> None:
        self.port = free_port()
        self.log_file = directory / "mosquitto.log"
        self._directory = directory
        self._login = login
        self._tls = tls
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and return when it accepts connections; raises BrokerMissing, or OSError with its own last words."""
        self._directory.mkdir(parents=True, exist_ok=True)
        program = find_mosquitto()
        config = await self._write_config()
        self.log_file.touch()
        earlier = self.log_file.stat().st_size
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *DIES_WITH_US,
                program,
                "-c",
                str(config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for whoever runs the broker, who then ends it in good order.
                start_new_session=True,
            )
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not RUNNING.search(self.log_file.read_bytes(), earlier):
            if self._process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                await self.kill()
                raise OSError(f"mosquitto did not start: {self._last_words()}")
            # A file tells nobody that it has grown.
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End it as systemd would."""
        if self._process is not None and self.is_running:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), PATIENCE_S)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self.is_running:
            self._process.kill()
            await asyncio.wait_for(self._process.wait(), PATIENCE_S)

    def client_context(self, ca_file: Path) -> ssl.SSLContext | None:
        """Give what a client needs to trust it, None where the connection is plain."""
        return ssl.create_default_context(cafile=ca_file) if self._tls else None

    async def _write_config(self) -> Path:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self._directory.resolve()}/",
            # Seconds; a kill loses at most this much, as on a real site.
            "autosave_interval 1",
            "log_type all",
            "connection_messages true",
            f"allow_anonymous {'false' if self._login else 'true'}",
        ]
        if self._login:
            passwords = self._directory / "passwords"
            passwords.touch(mode=0o600)
            passwords.write_text(f"{self._login.username}:{self._login.password}\n")
            await self._hash(passwords)
            lines.append(f"password_file {passwords.resolve()}")
        if self._tls:
            lines += [f"certfile {self._tls.cert_file.resolve()}", f"keyfile {self._tls.key_file.resolve()}"]
        if os.geteuid() == 0:
            # It would become its own user otherwise, who may not read our directory.
            lines.append("user root")
        config = self._directory / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        return config

    async def _hash(self, passwords: Path) -> None:
        hasher = await asyncio.create_subprocess_exec(
            shutil.which("mosquitto_passwd") or "mosquitto_passwd", "-U", str(passwords)
        )
        await asyncio.wait_for(hasher.wait(), PATIENCE_S)

    def _last_words(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        errors = [line for line in lines if "Error" in line] or lines
        return errors[-1] if errors else "it said nothing"
