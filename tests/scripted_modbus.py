"""Devices for driver tests: a register image behind a real pty or a real TCP socket, answering as a script tells it to.

Written from the Modbus standard alone; nothing of drivers/ is used, so that a shared mistake cannot hide.
"""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Sink = Callable[[bytes], None]


def crc16(data: bytes) -> bytes:
    """Modbus over Serial Line, 6.2.2: polynomial 0xA001, bit by bit, low byte first."""
    remainder = 0xFFFF
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (0xA001 if remainder & 1 else 0)
    return remainder.to_bytes(2, "little")


def with_crc(text: str) -> bytes:
    """A frame from hex, checksum added."""
    frame = bytes.fromhex(text)
    return frame + crc16(frame)


@dataclass
class Unit:
    """What one unit holds: (function, address) → word, and coils."""

    words: dict[tuple[int, int], int] = field(default_factory=dict)
    coils: dict[int, bool] = field(default_factory=dict)
    identification: dict[int, bytes] = field(default_factory=dict)

    def reply(self, pdu: bytes) -> bytes:
        """The reply PDU, or exception 2 where an address is not held."""
        function, address, value = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        asked = range(address, address + value)
        if function in {3, 4} and all((function, one) in self.words for one in asked):
            data = b"".join(self.words[function, one].to_bytes(2, "big") for one in asked)
            return bytes((function, len(data))) + data
        if function == 1 and all(one in self.coils for one in asked):
            bits = sum(1 << index for index, one in enumerate(asked) if self.coils[one])
            data = bits.to_bytes((value + 7) // 8, "little")
            return bytes((function, len(data))) + data
        if function == 5 and address in self.coils:
            self.coils[address] = value == 0xFF00
            return pdu
        if function == 6 and (3, address) in self.words:
            self.words[3, address] = value
            return pdu
        if function == 43 and self.identification:
            objects = b"".join(bytes((one, len(text))) + text for one, text in self.identification.items())
            return b"\x2b\x0e\x01\x01\x00\x00" + bytes((len(self.identification),)) + objects
        return bytes((function | 0x80, 1 if function == 43 else 2))


# How a device sends one reply: it gets the request frame, the proper reply frame, and a way to send bytes.
Manner = Callable[[bytes, bytes, Sink], None]


def at_once(_request: bytes, reply: bytes, send: Sink) -> None:
    """Good manners."""
    send(reply)


def never(_request: bytes, _reply: bytes, _send: Sink) -> None:
    """No reply."""


def instead(other: bytes) -> Manner:
    """Other bytes than the reply."""
    return lambda _request, _reply, send: send(other)


def later(delay_s: float, manner: Manner = at_once) -> Manner:
    """The same, but after a while."""

    def wait(request: bytes, reply: bytes, send: Sink) -> None:
        asyncio.get_running_loop().call_later(delay_s, manner, request, reply, send)

    return wait


def byte_by_byte(pause_s: float) -> Manner:
    """One byte at a time."""

    def drip(_request: bytes, reply: bytes, send: Sink) -> None:
        for index in range(len(reply)):
            asyncio.get_running_loop().call_later(index * pause_s, send, reply[index : index + 1])

    return drip


class HeldBack:
    """A reply that comes when the test says so; `asked` is set once its question has arrived."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._kept: list[Callable[[], None]] = []

    def __call__(self, _request: bytes, reply: bytes, send: Sink) -> None:
        """Keep the reply."""
        self._kept.append(lambda: send(reply))
        self.asked.set()

    def let_go(self) -> None:
        """Send what was kept."""
        while self._kept:
            self._kept.pop(0)()

    def before(self, manner: Manner = at_once) -> Manner:
        """Let the kept reply go right before the next one, in the order of their questions."""

        def both(request: bytes, reply: bytes, send: Sink) -> None:
            self.let_go()
            manner(request, reply, send)

        return both


@dataclass
class Device:
    """A multi-drop line of units. `script` holds the manners of the next replies; after it, `manner` holds."""

    units: Mapping[int, Unit]
    framing: str = "rtu"
    manner: Manner = at_once
    script: list[Manner] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    _buffer: bytes = b""

    def _size(self) -> int:
        """Length of the request that begins the buffer; 0 while that cannot be told."""
        size, function_at = (8, 1) if self.framing == "rtu" else (12, 7)
        function = self._buffer[function_at : function_at + 1]
        return 0 if not function else size - (function == b"\x2b")

    def receive(self, data: bytes, send: Sink) -> None:
        """Take bytes from the master; every request of this house is 8 bytes RTU or 12 bytes TCP, one less for 43."""
        self._buffer += data
        while (size := self._size()) and len(self._buffer) >= size:
            request, self._buffer = self._buffer[:size], self._buffer[size:]
            self.requests.append(request)
            unit_id = request[0] if self.framing == "rtu" else request[6]
            if unit_id not in self.units:
                continue
            manner = self.script.pop(0) if self.script else self.manner
            manner(request, self._reply(request, self.units[unit_id]), send)

    def _reply(self, request: bytes, unit: Unit) -> bytes:
        if self.framing == "rtu":
            assert crc16(request[:-2]) == request[-2:], "the master's checksum is wrong"
            frame = request[:1] + unit.reply(request[1:-2])
            return frame + crc16(frame)
        pdu = unit.reply(request[7:])
        return request[:4] + (len(pdu) + 1).to_bytes(2, "big") + request[6:7] + pdu


class PtyLine:
    """A pty whose far end is the device; `path` is what a gateway opens."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        asyncio.get_running_loop().add_reader(self._master, self._serve)

    def send(self, data: bytes) -> None:
        """Put bytes on the line, asked or not."""
        if self._master >= 0:
            os.write(self._master, data)

    def vanish(self) -> None:
        """Pull the adapter out."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._slave)
            os.close(self._master)
            self._master = -1

    def _serve(self) -> None:
        self.device.receive(os.read(self._master, 4096), self.send)


@asynccontextmanager
async def on_pty(device: Device) -> AsyncIterator[PtyLine]:
    """Serve the device on a pty."""
    line = PtyLine(device)
    try:
        yield line
    finally:
        line.vanish()


@dataclass
class TcpHost:
    """A listening socket whose connections lead to the device."""

    port: int
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        """Put bytes on the newest connection, asked or not."""
        if not self.connections[-1].is_closing():
            self.connections[-1].write(data)


@asynccontextmanager
async def on_tcp(device: Device, port: int = 0) -> AsyncIterator[TcpHost]:
    """Serve the device on a TCP port of 127.0.0.1."""
    host = TcpHost(port)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host.connections.append(writer)
        try:
            while data := await reader.read(4096):
                device.receive(data, host.send)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        for writer in host.connections:
            writer.transport.abort()
        await asyncio.sleep(0)
