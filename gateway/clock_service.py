"""Asks systemd-timedated over D-Bus whether the clock is disciplined, where the process may not ask the kernel."""

import asyncio
import os
import struct
from collections.abc import Mapping
from typing import Protocol

import structlog

from gateway.core.instant import ClockQuality

log = structlog.get_logger()

_BUS = "/run/dbus/system_bus_socket"
# systemd-timedated leaves after 30 s without a question; asked more often it stays, and is not started again each time.
ASK_EVERY_S = 20.0
# It may have to be started first, on a machine that boots.
_PATIENCE_S = 5.0

# D-Bus specification: types of messages and codes of header fields.
_CALL, _RETURN, _ERROR = 1, 2, 3
_PATH, _INTERFACE, _MEMBER, _REPLY_SERIAL, _DESTINATION, _SIGNATURE = 1, 2, 3, 5, 6, 8
_FIXED_BYTES = 16
# Ours come to some hundred bytes; whoever announces more is no system bus.
_MOST_BYTES = 65_536
_HELLO = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")
_GET = (
    "org.freedesktop.timedate1",
    "/org/freedesktop/timedate1",
    "org.freedesktop.DBus.Properties",
    "Get",
    "org.freedesktop.timedate1",
    "NTPSynchronized",
)


class NoAnswer(Exception):
    """The time service could not be asked; the message is one line."""


class Told(Protocol):
    """A clock that may have to be told how far it can be trusted."""

    @property
    def must_be_told(self) -> bool:
        """Whether it cannot find out by itself."""
        ...

    def hear(self, quality: ClockQuality, /) -> None:
        """Take what was found out a moment ago."""
        ...


class ClockWatch:
    """Keeps a clock told of its quality; a question without an answer makes that unknown, and is logged once."""

    def __init__(self, clock: Told, bus: str = _BUS) -> None:
        self._clock = clock
        self._bus = bus
        self._trouble: str | None = None

    async def look(self) -> None:
        """Ask once, if the clock must be told."""
        if not self._clock.must_be_told:
            return
        trouble = None
        try:
            is_synchronised = await ask(self._bus)
            quality = ClockQuality.SYNCHRONISED if is_synchronised else ClockQuality.INFORMATIVE
        except NoAnswer as fault:
            trouble, quality = str(fault), ClockQuality.UNKNOWN
        self._clock.hear(quality)
        if trouble is not None and trouble != self._trouble:
            log.warning("clock_quality_unknown", reason=trouble, remedy="check systemctl status dbus systemd-timedated")
        self._trouble = trouble

    async def run(self) -> None:
        """Ask again and again, until cancelled; without a need there is nothing to do."""
        while self._clock.must_be_told:
            await asyncio.sleep(ASK_EVERY_S)
            await self.look()


async def ask(bus: str = _BUS) -> bool:
    """Return timedated's NTPSynchronized, which is the kernel's own word; NoAnswer where it cannot be had."""
    writer = None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_unix_connection(bus)
            user = str(os.getuid()).encode().hex()
            writer.write(f"\0AUTH EXTERNAL {user}\r\n".encode())
            granted = await reader.readline()
            if not granted.startswith(b"OK "):
                raise NoAnswer(f"{bus} does not let us in: {granted.decode(errors='replace').strip()}")
            writer.write(b"BEGIN\r\n" + call(1, *_HELLO) + call(2, *_GET))
            return is_true(await _answer_to(2, reader))
    except TimeoutError:
        raise NoAnswer(f"{bus} gave no answer within {_PATIENCE_S:g} s") from None
    except (OSError, EOFError) as error:
        raise NoAnswer(f"{bus}: {error}") from None
    except ValueError:  # a line without an end
        raise NoAnswer(f"{bus} sends what is not D-Bus") from None
    finally:
        if writer is not None:
            writer.close()


async def _answer_to(serial: int, reader: asyncio.StreamReader) -> bytes:
    """Return the body of the answer to a call; the bus also sends signals in between."""
    while True:
        fixed = await reader.readexactly(_FIXED_BYTES)
        order = "<" if fixed[:1] == b"l" else ">"
        kind = fixed[1]
        body_bytes, _, field_bytes = struct.unpack(f"{order}III", fixed[4:])
        padded_bytes = _aligned(field_bytes, 8)
        if padded_bytes + body_bytes > _MOST_BYTES:
            raise NoAnswer("the bus sends what is not D-Bus")
        rest = await reader.readexactly(padded_bytes + body_bytes)
        fields = fields_of(rest[:field_bytes], order)
        if fields.get(_REPLY_SERIAL) == serial and kind == _RETURN and order == "<":
            return rest[padded_bytes:]
        if kind == _ERROR:
            raise NoAnswer(f"systemd-timedated cannot be asked: {fields.get(4, 'no reason given')}")


def call(serial: int, destination: str, path: str, interface: str, member: str, *arguments: str) -> bytes:
    """Return a method call with strings for arguments, little-endian."""
    named = ((_PATH, "o", path), (_INTERFACE, "s", interface), (_MEMBER, "s", member), (_DESTINATION, "s", destination))
    fields = b""
    for code, kind, text in named:
        fields += bytes(-len(fields) % 8) + bytes((code, 1)) + kind.encode() + b"\0" + _text(text)
    if arguments:
        signature = b"s" * len(arguments)
        fields += (
            bytes(-len(fields) % 8) + bytes((_SIGNATURE, 1)) + b"g\0" + bytes((len(signature),)) + signature + b"\0"
        )
    body = b""
    for argument in arguments:
        body += bytes(-len(body) % 4) + _text(argument)
    head = struct.pack("<cBBBIII", b"l", _CALL, 0, 1, len(body), serial, len(fields))
    return head + fields + bytes(-len(fields) % 8) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<I", len(raw)) + raw + b"\0"


def fields_of(raw: bytes, order: str) -> Mapping[int, int | str]:
    """Return a message's header fields by their code; NoAnswer for what is none."""
    fields: dict[int, int | str] = {}
    at = 0
    try:
        while at < len(raw):
            code, kind = raw[at], chr(raw[at + 2])
            at += 4
            if kind == "u":
                (fields[code],) = struct.unpack_from(f"{order}I", raw, at)
                at += 4
            else:
                size = raw[at] if kind == "g" else struct.unpack_from(f"{order}I", raw, at)[0]
                at += 1 if kind == "g" else 4
                fields[code] = raw[at : at + size].decode()
                at += size + 1
            at = _aligned(at, 8)
    except (IndexError, struct.error, UnicodeDecodeError):
        raise NoAnswer("the bus sends what is not D-Bus") from None
    return fields


def is_true(body: bytes) -> bool:
    """Read a variant that holds a boolean; NoAnswer for any other."""
    if len(body) != 8 or body[:3] != b"\1b\0":  # noqa: PLR2004 - signature, padding, four bytes
        raise NoAnswer("systemd-timedated answers with something else than a boolean")
    return bool(struct.unpack("<I", body[4:])[0])


def _aligned(number: int, boundary: int) -> int:
    return number + -number % boundary
