"""Has the journal's head signed when the daemon starts, and once a day from then on."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

import structlog

from gateway.clock import Clock
from gateway.core.facts_proof import RootSigned, signed_text
from gateway.core.observations import RootSealed

log = structlog.get_logger()

_CALM_S: Final = 2.0  # a start has better things to do
_LOOK_S: Final = 60.0
_RETRY_S: Final = 3600.0
_PATIENCE_S: Final = 60.0  # a Raspberry Pi under load starts a Python in a few seconds


class Inbox(Protocol):
    """Where roots go."""

    async def put_and_wait(self, observation: RootSealed) -> None:
        """Return once it is on disk."""
        ...


class NotSigned(Exception):
    """There is no signature; the message ends with the remedy."""


class Notary:
    """Signs; `root` is the newest one, None before the first. `get_head` gives seq and hash of the newest fact."""

    def __init__(
        self,
        key_file: Path,
        get_head: Callable[[], Awaitable[tuple[int, bytes]]],
        inbox: Inbox,
        clock: Clock,
        faults: tuple[type[Exception], ...] = (),
    ) -> None:
        self._key_file = key_file
        self._get_head = get_head
        self._inbox = inbox
        self._clock = clock
        self._faults = faults
        self.root: RootSigned | None = None

    async def run(self) -> None:
        """Sign whenever a day has begun; returns never."""
        signed_on = None
        await asyncio.sleep(_CALM_S)
        while True:
            day = self._clock.now().utc.date().isoformat()
            pause_s = _LOOK_S
            if day != signed_on:
                try:
                    await self.sign(day)
                    signed_on = day
                except NotSigned as trouble:
                    log.warning("root_not_signed", reason=str(trouble))
                    pause_s = _RETRY_S
                except self._faults:
                    pass  # the site tells of the disk
            await asyncio.sleep(pause_s)

    async def sign(self, day: str) -> None:
        """Have everything that is written by now signed; on disk when this returns. NotSigned."""
        seq, sealed = await self._get_head()
        head = sealed.hex()
        key, signature = await _signed(self._key_file, signed_text(day, seq, head))
        root = RootSigned(day, seq, head, key, signature)
        await self._inbox.put_and_wait(RootSealed(self._clock.now(), root))
        self.root = root


async def _signed(key_file: Path, text: bytes) -> tuple[str, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "gateway.notary", str(key_file)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Were the journal's files closed in the child before its exec, a disk that hangs would have to write what
            # was changed of them first, and this process would stand still with it. They are marked to close by exec.
            close_fds=False,
        )
    except OSError as fault:
        raise NotSigned(f"{sys.executable} cannot be started ({fault.strerror}): check the installation") from None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            output, complaint = await process.communicate(text)
    except TimeoutError:
        raise NotSigned(f"it took longer than {_PATIENCE_S:.0f} s: nothing to do unless this stays") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    words = output.decode().split()
    if process.returncode != 0 or len(words) != 2:  # noqa: PLR2004 - key and signature
        lines = complaint.decode(errors="replace").strip().splitlines() or ["the signing process said nothing"]
        raise NotSigned(lines[-1])
    return words[0], words[1]
