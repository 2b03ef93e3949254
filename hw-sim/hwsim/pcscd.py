"""A private pcscd with virtual readers, beside whatever pcscd the machine itself runs.

pcscd's socket path, pid file and USB driver directory are compiled in, so each private pcscd lives in a mount
namespace of its own: /run is empty there except for a directory of ours, which the socket thus appears in, and no USB
driver is seen, so that real readers stay with the machine's pcscd. Root may make such a namespace; others only where
the kernel allows unprivileged user namespaces. vpcd's TCP ports are taken below the ephemeral range and guarded
between processes by an abstract Unix socket per port pair, which the kernel frees even after kill -9.
"""

import asyncio
import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from hwsim.dies_with_us import DIES_WITH_US

_VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_PROGRAM = (*DIES_WITH_US, "pcscd", "--foreground", "--info")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where Debian keeps daemons, off the path of non-root users
_SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
_SLOTS = 2  # per reader, compiled into vpcd
_PORTS = range(20_000, 32_000, _SLOTS)  # below net.ipv4.ip_local_port_range
_PORT_ATTEMPTS = 50
_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0
_CONNECT_AGAIN_S = 0.005
_LOG_LINES = 200

# $1: our directory, in whose run/ the socket appears; the rest is the program.
_ENTER = """
set -e
PATH="$PATH:/usr/sbin:/sbin"
mount -t tmpfs tmpfs /run
mkdir /run/pcscd
mount --bind "$1/run" /run/pcscd
mount --bind "$1/no-drivers" /usr/lib/pcsc/drivers
shift
exec "$@"
"""


class PcscdUnavailable(Exception):
    """No private pcscd can run here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One virtual reader as PC/SC names it, and the TCP port on which it takes a VirtualCard."""

    name: str
    port: int


def what_is_missing() -> str | None:
    """Say in one sentence why no private pcscd can run here; None if one can."""
    programs = {"pcscd": "pcscd", "unshare": "util-linux", "setpriv": "util-linux", "mount": "mount"}
    packages = sorted({package for program, package in programs.items() if shutil.which(program, path=_PATH) is None})
    if not _VPCD.exists():
        packages.append("vsmartcard-vpcd")
    if packages:
        return f"virtual card readers need packages that are not installed: apt install {' '.join(packages)}"
    trial = subprocess.run(  # noqa: S603  fixed words
        [*_unshare(), "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, check=False
    )
    if trial.returncode:
        return (
            "virtual card readers need a mount namespace, which this user may not make: run as root, "
            "or allow it with sysctl kernel.unprivileged_userns_clone=1"
        )
    return None


class Pcscd:
    """`async with Pcscd() as pcscd`: a running pcscd with virtual readers, two slots for each name in `readers`.

    Names, ports and socket stay the same over `stop`, `start` and `restart`.
    """

    def __init__(self, readers: Sequence[str] = ("Virtual PCD",)) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="hwsim-pcscd-"))
        self._readers = {name: _reserve_ports() for name in readers}
        self._process: asyncio.subprocess.Process | None = None
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._reading_log: asyncio.Task[None] | None = None
        for directory in ("run", "no-drivers", "readers", "lib"):
            (self.home / directory).mkdir()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The virtual readers, in the order PC/SC lists them."""
        return tuple(
            Slot(f"{name} 00 {slot:02X}", ports.first + slot)
            for name, ports in self._readers.items()
            for slot in range(_SLOTS)
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client process needs in its environment to talk to this pcscd."""
        return {_SOCKET_VARIABLE: str(self._socket)}

    @property
    def log(self) -> str:
        """The last lines pcscd wrote."""
        return "\n".join(self._log)

    def serve_this_process(self) -> None:
        """Make PC/SC calls of this very process go to this pcscd.

        libpcsclite looks at its environment variable once per process, so the variable names a link that lasts as
        long as the process and is bent to the pcscd that asked last.
        """
        link = _link_of_this_process()
        link.unlink(missing_ok=True)
        link.symlink_to(self._socket)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, *, plugged: bool = True) -> None:
        """Run pcscd until it takes connections; not `plugged`, it finds no reader.

        pcscd notices virtual readers only at its start: to plug them in or out, stop it and start it again.
        """
        if missing := what_is_missing():
            raise PcscdUnavailable(missing)
        for stale in (self.home / "run").iterdir():
            stale.unlink()
        for old in (self.home / "readers").iterdir():
            old.unlink()
        if plugged:
            self._write_readers()
        program = [*_PROGRAM, "--config", str(self.home / "readers")]
        self._process = await asyncio.create_subprocess_exec(
            *_unshare(), "sh", "-c", _ENTER, "sh", str(self.home), *program,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reading_log = asyncio.create_task(self._read_log(self._process))
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await self._takes_connections()
        except TimeoutError:
            await self.stop()
            raise PcscdUnavailable(f"pcscd does not take connections; it said:\n{self.log}") from None

    async def stop(self) -> None:
        """End pcscd as systemd would; cards stay on their readers."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End pcscd as a crash would."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop and start."""
        await self.stop()
        await self.start()

    async def close(self) -> None:
        """Stop, and give back ports and directory."""
        await self.stop()
        for ports in self._readers.values():
            ports.guard.close()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def _socket(self) -> Path:
        return self.home / "run" / "pcscd.comm"

    def _write_readers(self) -> None:
        """Each reader gets a copy of the driver: loaded once, it would keep one set of slots for all."""
        for number, (name, ports) in enumerate(self._readers.items()):
            library = self.home / "lib" / f"vpcd-{number}.so"
            shutil.copy(_VPCD, library)
            (self.home / "readers" / f"{number:02}").write_text(
                f'FRIENDLYNAME "{name}"\n'
                f"DEVICENAME /dev/null:{ports.first:#x}\n"
                f"LIBPATH {library}\n"
                f"CHANNELID {ports.first:#x}\n",
                encoding="ascii",
            )

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is not None:
            async for line in process.stdout:
                self._log.append(line.decode(errors="replace").rstrip())

    async def _takes_connections(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_unix_connection(self._socket)
            except OSError:
                if self._process is None or self._process.returncode is not None:
                    raise PcscdUnavailable(f"pcscd ended at once; it said:\n{self.log}") from None
                await asyncio.sleep(_CONNECT_AGAIN_S)
            else:
                writer.close()
                return

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reading_log is not None:
            await self._reading_log


@dataclass(frozen=True, slots=True)
class _Ports:
    """A pair of TCP ports from `first` on, ours as long as `guard` is open."""

    first: int
    guard: socket.socket


def _reserve_ports() -> _Ports:
    for first in random.sample(_PORTS, _PORT_ATTEMPTS):
        guard = socket.socket(socket.AF_UNIX)
        try:
            guard.bind(f"\0hwsim-vpcd-{first}")
            for slot in range(_SLOTS):
                _listening(first + slot).close()
        except OSError:
            guard.close()
        else:
            return _Ports(first, guard)
    raise PcscdUnavailable(f"no free TCP port pair between {_PORTS.start} and {_PORTS.stop} for virtual readers")


def _listening(port: int) -> socket.socket:
    return socket.create_server(("0.0.0.0", port))  # noqa: S104  vpcd will listen there and cannot do otherwise


def _unshare() -> list[str]:
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", "--propagation", "private", *as_root]


@cache
def _link_of_this_process() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="hwsim-pcsc-client-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    link = directory / "pcscd.comm"
    os.environ[_SOCKET_VARIABLE] = str(link)
    return link
