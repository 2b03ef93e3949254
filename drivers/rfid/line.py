"""A reader that speaks in lines: one hex uid per line while a card is there, an empty line when it left."""

import asyncio
import errno
import fcntl
import os
import stat
import termios
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from drivers.rfid import CardEvent, ReaderFound, ReaderLost
from drivers.rfid.backoff import delays_s
from drivers.rfid.uid import UidRefused, read_uid
from drivers.rfid.visit import Resting, edges

_CONNECT_TIMEOUT_S = 2.0
_LONGEST_LINE = 256  # ten bytes of uid are 20 characters; more than this without a line end is noise
_FRAMING = b"\x02\x03\r\n \t"  # STX and ETX, as many serial modules put around a line

_REMEDY = {
    errno.ENOENT: "plug the reader in, or correct `device` in the configuration",
    errno.ENXIO: "plug the reader in, or correct `device` in the configuration",
    errno.EACCES: "let the service user read it (group dialout for serial devices)",
    errno.EAGAIN: "another process holds it; stop that one",
    errno.ECONNREFUSED: "nobody serves this socket; start the program that does",
}


class LineReader:
    """Watches a character device (serial module, USB CDC, pty) or a Unix stream socket.

    The line speed is left as it is: 9600 baud unless stty or udev set another. A module that stays silent when the
    card leaves cannot be told from a resting card; it must be set to send an empty line.
    """

    def __init__(self, device: str, *, reversed_uid: bool) -> None:
        self._device = device
        self._reversed_uid = reversed_uid

    async def events(self) -> AsyncGenerator[CardEvent, None]:
        """See CardReader."""
        resting: Resting = None
        trouble: str | None = None
        delays = delays_s()
        while True:
            try:
                async with _opened(self._device) as lines:
                    yield ReaderFound(self._device)
                    delays, trouble = delays_s(), None
                    while line := await lines.next():
                        now = self._judge(line)
                        for event in edges(resting, now):
                            yield event
                        resting = now
                    reason = f"{self._device} closed the line; plug the reader in again or restart what serves it"
            except OSError as fault:
                reason = _describe(self._device, fault)
            if reason != trouble:
                yield ReaderLost(reason)
                trouble = reason
            await asyncio.sleep(next(delays))

    def _judge(self, line: bytes) -> Resting:
        text = line.strip(_FRAMING)
        if not text:
            return None
        try:
            raw = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            return UidRefused(
                "the reader sent a line that is no hex number; hold the card to it again, "
                "and if that does not help check the reader's output format and line speed"
            )
        return read_uid(raw, reversed_uid=self._reversed_uid)


class Lines:
    """The lines of a stream; of one that is too long the beginning, which is no uid, and none of the rest."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._is_within = False

    async def next(self) -> bytes:
        """Return the next line with its end, or nothing at the end of the stream."""
        while True:
            try:
                line, is_whole = await self._stream.readuntil(b"\n"), True
            except asyncio.IncompleteReadError:
                return b""
            except asyncio.LimitOverrunError as overrun:
                line, is_whole = await self._stream.readexactly(overrun.consumed), False
            was_within, self._is_within = self._is_within, not is_whole
            if not was_within:
                return line


@asynccontextmanager
async def _opened(device: str) -> AsyncIterator[Lines]:
    if stat.S_ISSOCK(_mode(device)):
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            stream, writer = await asyncio.open_unix_connection(device, limit=_LONGEST_LINE)
        try:
            yield Lines(stream)
        finally:
            writer.close()
        return
    stream = asyncio.StreamReader(limit=_LONGEST_LINE)
    pipe = os.fdopen(_open_raw(device), "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), pipe
    )
    try:
        yield Lines(stream)
    finally:
        transport.close()


def _mode(device: str) -> int:
    mode = Path(device).stat().st_mode
    if not (stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)):
        raise OSError(errno.ENOTTY, "neither a character device nor a Unix socket")
    return mode


def _open_raw(device: str) -> int:
    """Open without waiting for a carrier and, on a terminal, without anything that edits or echoes lines."""
    descriptor = os.open(device, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if os.isatty(descriptor):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as pyserial does; it ends with us, even by kill -9
            iflag, _, cflag, _, ispeed, ospeed, chars = termios.tcgetattr(descriptor)
            iflag &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP | termios.BRKINT)
            cflag |= termios.CLOCAL | termios.CREAD
            termios.tcsetattr(descriptor, termios.TCSANOW, [iflag, 0, cflag, 0, ispeed, ospeed, chars])
    except termios.error as fault:  # unplugged between two calls; not an OSError, though it carries the same
        os.close(descriptor)
        raise OSError(*fault.args) from fault
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _describe(device: str, fault: OSError) -> str:
    if isinstance(fault, TimeoutError):
        return f"{device} did not accept a connection within {_CONNECT_TIMEOUT_S:g} s; restart what serves it"
    what = fault.strerror or type(fault).__name__
    remedy = _REMEDY.get(fault.errno or 0, "check the cable and `device` in the configuration")
    return f"{device}: {what.lower()}; {remedy}"
