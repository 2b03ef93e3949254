"""The real daemon as a process: started until READY, stopped as systemd would, killed as a power cut would."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from hwsim.dies_with_us import DIES_WITH_US

STOP_PATIENCE_S = 10.0
ANSWER_PATIENCE_S = 60.0
# A card that lies on a reader before the daemon looks is no tap, so whoever shows cards waits for its first look.
READERS_PATIENCE_S = 5.0
LOOK_AGAIN_S = 0.02
LAST_WORDS = 5
KIB = 1024


class GatewayDied(Exception):
    """The daemon ended when it should not have; the message carries its last words."""


# Names another `ocpi-gateway` than the one beside the running Python, as tests of an installed wheel do.
COMMAND_VARIABLE = "OCPI_GATEWAY"


def gateway_command() -> list[str]:
    """Find the command that OCPI_GATEWAY names, else the installed one beside the running Python, else the package."""
    if named := os.environ.get(COMMAND_VARIABLE):
        return [named]
    beside = Path(sys.executable).with_name("ocpi-gateway")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "gateway"]


class GatewayProcess:
    """`ocpi-gateway run` with a notify socket, its log in a file; it dies with us. `tell(what)` hears of start and end.

    `readers` are the card readers that it is to have found before it counts as started. `environment` is what it is
    started with beside our own.
    """

    def __init__(
        self,
        config: Path,
        log_file: Path,
        environment: Mapping[str, str],
        tell: Callable[..., None],
        readers: Sequence[str] = (),
    ) -> None:
        self.log_file = log_file
        self._readers = readers
        self._config = config
        self.environment = dict(environment)
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id; raises GatewayDied when there is none."""
        if self._process is None:
            raise GatewayDied("the gateway was never started")
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        """Memory that the process holds now (VmRSS)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * KIB
        raise GatewayDied("the gateway is gone")

    async def start(self, within_s: float = 20.0) -> float:
        """Start it and return the seconds until it said READY, once it watches its readers; raises GatewayDied."""
        said_before = self.log_file.stat().st_size if self.log_file.exists() else 0
        with NotifySocket() as notify:
            environment = {**os.environ, **self.environment, "NOTIFY_SOCKET": notify.address, "PYTHONUNBUFFERED": "1"}
            began = time.monotonic()
            with self.log_file.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *DIES_WITH_US,
                    *gateway_command(),
                    "run",
                    "--config",
                    str(self._config),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    # Ctrl-C is for the demo, which then ends the gateway in its own order.
                    start_new_session=True,
                )
            ended = asyncio.create_task(self._process.wait())
            ready = asyncio.create_task(notify.hear("READY=1"))
            try:
                await asyncio.wait((ended, ready), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
                took_s = time.monotonic() - began
                if not ready.done():
                    what = f"ended with {self._process.returncode}" if ended.done() else f"not ready in {within_s:g} s"
                    await self.kill()
                    raise GatewayDied(f"the gateway {what}: {self.last_words()}")
            finally:
                for task in (ended, ready):
                    task.cancel()
                await asyncio.gather(ended, ready, return_exceptions=True)
        await self._watch_readers(said_before)
        self._tell("gateway", state="ready")
        return took_s

    async def _watch_readers(self, said_before: int) -> None:
        """Return once it has found its readers; one that it does not find will show in what follows."""
        missing = set(self._readers)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READERS_PATIENCE_S):
                while missing and self.is_running:
                    said = self.log_file.read_bytes()[said_before:].decode(errors="replace")
                    missing = {name for name in missing if f"event=reader_found reader={name} " not in said}
                    await asyncio.sleep(LOOK_AGAIN_S)

    async def stop(self) -> int:
        """End it with SIGTERM; return its exit status, raise GatewayDied if it does not end."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """End it with SIGKILL."""
        return await self._end(signal.SIGKILL)

    async def ended(self, within_s: float) -> int:
        """Wait until it has ended by itself; return its exit status, raise TimeoutError if it does not end."""
        if self._process is None:
            raise GatewayDied("the gateway was never started")
        return await asyncio.wait_for(self._process.wait(), within_s)

    async def ask(self, command: str) -> Any:
        """Run one of the gateway's own commands with --json, as a technician would; raises GatewayDied."""
        process = await asyncio.create_subprocess_exec(
            *gateway_command(),
            command,
            "--json",
            "--config",
            str(self._config),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            answer, complaint = await asyncio.wait_for(process.communicate(), ANSWER_PATIENCE_S)
        except TimeoutError:
            process.kill()
            raise GatewayDied(f"ocpi-gateway {command} has not answered within {ANSWER_PATIENCE_S:g} s") from None
        if process.returncode != 0:
            raise GatewayDied(f"ocpi-gateway {command} failed: {complaint.decode(errors='replace').strip()}")
        return json.loads(answer)

    def last_words(self) -> str:
        """Give the last lines of its log."""
        if not self.log_file.exists():
            return "it said nothing"
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-LAST_WORDS:]) or "it said nothing"

    async def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is not None:
            return self._process.returncode
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(how)
        try:
            status = await asyncio.wait_for(self._process.wait(), STOP_PATIENCE_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise GatewayDied(f"the gateway did not end within {STOP_PATIENCE_S:g} s of {how.name}") from None
        self._tell("gateway", state="stopped" if how is signal.SIGTERM else "killed")
        return status


class NotifySocket:
    """What systemd listens on for a service of Type=notify; a context manager."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        # An empty name asks Linux for a free one in the abstract namespace.
        self._socket.bind("")

    @property
    def address(self) -> str:
        """The value of NOTIFY_SOCKET."""
        name: bytes = self._socket.getsockname()
        return f"@{name[1:].decode('ascii')}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    async def hear(self, word: str) -> None:
        """Return when the service has said this."""
        loop = asyncio.get_running_loop()
        while word not in (await loop.sock_recv(self._socket, 4096)).decode().splitlines():
            pass
