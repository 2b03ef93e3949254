"""The same units on Ethernet: Modbus TCP, or RTU frames through a serial converter (RTU-over-TCP)."""

import asyncio
import contextlib
from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from hwsim.bus import Bus, Request, RtuReceiver
from hwsim.framing import MBAP_LENGTH, mbap_frame, parse_mbap
from hwsim.line import Line
from hwsim.modbus_server import ModbusDevice

_LOOPBACK = "127.0.0.1"
_READ_AT_ONCE = 4096
# Unit id and the longest PDU of the standard.
_LONGEST = 254


class TcpFraming(StrEnum):
    """What stands in the stream."""

    MBAP = "tcp"
    RTU = "rtu_over_tcp"


class TcpBus(Bus):
    """A server on 127.0.0.1; port 0 takes a free one, kept over `vanish` and `come_back`.

    With a `line`, the units sit on an RS-485 line of these settings behind a converter and bytes take their time.
    """

    def __init__(
        self,
        name: str,
        units: Mapping[int, ModbusDevice],
        framing: TcpFraming = TcpFraming.MBAP,
        line: Line | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(name, units, line)
        self.host = _LOOPBACK
        self.port = port
        self._framing = framing
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def come_back(self) -> None:
        """Listen."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def vanish(self) -> None:
        """Close the port and every connection."""
        if self._server is None:
            return
        self._server.close()
        self.drop_connections()
        await asyncio.gather(*self._clients.values())
        await self._server.wait_closed()
        self._server = None

    def drop_connections(self) -> None:
        """Reset every connection and go on listening."""
        for writer in self._clients:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients[writer] = asyncio.create_task(self._talk(reader, writer))
        await self._clients[writer]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = self._talk_mbap if self._framing is TcpFraming.MBAP else self._talk_rtu
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        del self._clients[writer]

    async def _talk_rtu(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver = RtuReceiver(self, partial(_deliver, writer))
        try:
            while data := await reader.read(_READ_AT_ONCE):
                receiver.feed(data)
        finally:
            receiver.close()

    async def _talk_mbap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(MBAP_LENGTH)
            header = parse_mbap(head)
            if header.protocol != 0 or not 2 <= header.length <= _LONGEST:  # noqa: PLR2004 -- unit and function
                self.take_broken(head)
                return
            pdu = await reader.readexactly(header.length - 1)
            self.take_request(
                Request(
                    unit=header.unit,
                    pdu=pdu,
                    raw=head + pdu,
                    arrived=asyncio.get_running_loop().time(),
                    build=partial(mbap_frame, header.transaction),
                    has_crc=False,
                    deliver=partial(_deliver, writer),
                )
            )


def _deliver(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(data)
