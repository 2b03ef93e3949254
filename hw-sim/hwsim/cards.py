"""Cards: one that a real pcscd reads through the virtual reader vpcd, and one for readers that speak in lines."""

import asyncio
import os
import secrets
import socket
import struct
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import Self

# A MIFARE Classic 1K as contactless readers present it (PC/SC part 3, clause 3.1.3.2.3): T0, TD1, TD2, historical
# bytes with the PC/SC RID, standard 03 (ISO 14443 A part 3), card name 0001, check byte.
CLASSIC_1K_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")

_LENGTH = struct.Struct(">H")
_POWER_OFF, _POWER_ON, _RESET, _GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
_GET_UID = bytes.fromhex("FFCA000000")
_OK = bytes.fromhex("9000")
_NOT_SUPPORTED = bytes.fromhex("6A81")
_WRONG_INSTRUCTION = bytes.fromhex("6D00")
# No ATR is longer than 33 bytes (ISO/IEC 7816-3): the reader sees a card, but cannot power it up.
_NO_ATR = bytes(40)
_RETRY_S = 0.02


class Nature(Enum):
    """How a virtual card behaves."""

    GOOD = auto()
    MUTE = auto()  # lies on the reader and cannot be powered up
    TORN_OFF = auto()  # is taken away in the middle of the question for its uid
    NO_UID = auto()  # answers 6A81, as contact cards do
    RANDOM_UID = auto()  # makes up four bytes beginning with 08 each time it is powered up


class VirtualCard:
    """A card for vpcd: a TCP client that answers each message of 16-bit length and payload.

    It stays on the reader until removed: when pcscd goes away it waits there for the next one. `answer_delay_s` is
    the time it takes over each command; commands received are kept in `commands`.
    """

    def __init__(
        self,
        uid: bytes,
        *,
        atr: bytes = CLASSIC_1K_ATR,
        nature: Nature = Nature.GOOD,
        answer_delay_s: float = 0.0,
    ) -> None:
        self.commands: list[bytes] = []
        self._uid = uid
        self._atr = _NO_ATR if nature is Nature.MUTE else atr
        self._nature = nature
        self._answer_delay_s = answer_delay_s
        self._rest: asyncio.Task[None] | None = None
        self._first_command = asyncio.Event()
        self._looks = 0
        self._looked = asyncio.Condition()

    async def insert(self, port: int, host: str = "127.0.0.1") -> None:
        """Lay the card on the reader slot that listens on this port, or will."""
        if self._rest is not None:
            raise RuntimeError("the card already lies on a reader; remove it first")
        self._first_command.clear()
        self._rest = asyncio.create_task(self._lie(host, port))

    async def remove(self) -> None:
        """Take the card away; the reader notices at its next look."""
        if self._rest is None:
            return
        rest, self._rest = self._rest, None
        rest.cancel()
        with suppress(asyncio.CancelledError):
            await rest

    @asynccontextmanager
    async def on(self, port: int) -> AsyncIterator["VirtualCard"]:
        """Lay the card on a slot for the length of a block."""
        await self.insert(port)
        try:
            yield self
        finally:
            await self.remove()

    async def asked(self) -> None:
        """Wait until somebody sent the card a command since it was inserted."""
        await self._first_command.wait()

    async def seen(self, times: int) -> None:
        """Wait until the reader has looked for the card so many times more; pcscd looks every 400 ms."""
        async with self._looked:
            due = self._looks + times
            await self._looked.wait_for(lambda: self._looks >= due)

    async def _lie(self, host: str, port: int) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                await self._serve(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                if self._nature is Nature.TORN_OFF and self.commands:
                    return
            finally:
                writer.close()
            await asyncio.sleep(_RETRY_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        while True:
            # vpcd leaves Nagle's algorithm on, so that a delayed acknowledgement of ours would hold its next message
            # back for 40 ms; no real reader does that. The kernel forgets the option, so it is set each time.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
            message = await reader.readexactly(length)
            answer = await self._answer(message)
            if answer is not None:
                writer.write(_LENGTH.pack(len(answer)) + answer)
                await writer.drain()

    async def _answer(self, message: bytes) -> bytes | None:
        if message in (_POWER_ON, _RESET):
            if self._nature is Nature.RANDOM_UID:
                self._uid = b"\x08" + secrets.token_bytes(3)
            return None
        if message == _POWER_OFF:
            return None
        if message == _GET_ATR:
            async with self._looked:
                self._looks += 1
                self._looked.notify_all()
            return self._atr
        self.commands.append(message)
        self._first_command.set()
        if self._nature is Nature.TORN_OFF:
            raise ConnectionResetError
        await asyncio.sleep(self._answer_delay_s)
        if message != _GET_UID:
            return _WRONG_INSTRUCTION
        return _NOT_SUPPORTED if self._nature is Nature.NO_UID else self._uid + _OK


class LineCards:
    """A serial card module: tells one hex uid per line while a card lies on it, an empty line when it left.

    `device` is the path to give to the gateway: a link to a pty, as udev would make one, or a Unix socket. Whoever
    opens it first hears what lies there now.
    """

    def __init__(self, device: Path, *, as_socket: bool = False) -> None:
        self.device = device
        self._as_socket = as_socket
        self._resting = ""
        self._server: socket.socket | None = None
        self._listeners: list[socket.socket] = []
        self._master: int | None = None
        self._slave: int | None = None

    async def __aenter__(self) -> Self:
        await self.plug_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.unplug()

    async def plug_in(self) -> None:
        """Make the device appear."""
        if self._as_socket:
            self._server = socket.socket(socket.AF_UNIX)
            self._server.bind(str(self.device))
            self._server.listen()
            asyncio.get_running_loop().add_reader(self._server, self._welcome, self._server)
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.device.symlink_to(os.ttyname(self._slave))
        self._tell(self._resting)

    async def unplug(self) -> None:
        """Make the device vanish, with whatever lies on it."""
        if self._server is not None:
            asyncio.get_running_loop().remove_reader(self._server)
            for connection in (self._server, *self._listeners):
                connection.close()
            self._server = None
            self._listeners.clear()
        for descriptor in (self._master, self._slave):
            if descriptor is not None:
                os.close(descriptor)
        self._master = self._slave = None
        self.device.unlink(missing_ok=True)

    async def show(self, uid: bytes) -> None:
        """Lay a card on the module, or have it repeat the card that lies there."""
        self.say(uid.hex().upper())

    async def take_away(self) -> None:
        """Take the card off the module."""
        self.say("")

    def say(self, line: str) -> None:
        """Send any line, for readers that talk nonsense; it counts as what lies there."""
        self._resting = line
        self._tell(line)

    def _tell(self, line: str) -> None:
        sent = f"{line}\r\n".encode()
        if self._master is not None:
            os.write(self._master, sent)
        for listener in self._listeners:
            with suppress(OSError):  # it hung up; what it missed it hears when it comes back
                listener.sendall(sent)

    def _welcome(self, server: socket.socket) -> None:
        connection, _ = server.accept()
        self._listeners.append(connection)
        connection.sendall(f"{self._resting}\r\n".encode())
