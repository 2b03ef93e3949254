"""A broker on a real port that says, byte for byte, what a test has it say: much of it mosquitto never would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiomqtt

from gateway.uplink.broker import Broker

HOST = "127.0.0.1"
CONNECT, PUBLISH = 1, 3


@dataclass
class ScriptedBroker:
    """Lets the client in; `published` has the packet ids as they come, `say` answers, `left`: the client has gone."""

    connack_properties: bytes = b""
    published: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.StreamWriter | None = None

    async def say(self, *pieces: bytes) -> None:
        """Send pieces, each in a segment of its own as far as the loop allows."""
        assert self._writer is not None
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            while True:
                kind, body = await _packet(reader)
                if kind == CONNECT:
                    length = len(self.connack_properties)
                    await self.say(b"\x20" + bytes((3 + length, 0, 0, length)) + self.connack_properties)
                elif kind == PUBLISH:
                    at = 2 + int.from_bytes(body[:2], "big")
                    self.published.put_nowait(int.from_bytes(body[at : at + 2], "big"))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
            writer.close()

    async def hang_up(self) -> None:
        """Close the connection, and return once it is."""
        if self._writer is not None:
            self._writer.close()
            with suppress(ConnectionError):
                await self._writer.wait_closed()


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, length, shift = (await reader.readexactly(1))[0] >> 4, 0, 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            return kind, await reader.readexactly(length)


@asynccontextmanager
async def connected(broker: ScriptedBroker, timeout_s: float = 5.0) -> AsyncIterator[Broker]:
    """Run the broker and connect to it with MQTT 5."""
    server = await asyncio.start_server(broker.serve, HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            async with Broker(HOST, port, protocol=aiomqtt.ProtocolVersion.V5, timeout=timeout_s) as line:
                yield line
        finally:
            await broker.hang_up()
