"""Bytes over a TCP connection, made when needed and dropped at the first sign of loss."""

import asyncio
import errno
import socket
from collections.abc import Mapping

from drivers.modbus.wire import Inbox, WireDown

# A host that did not answer is not called again for so long: the units behind it share one wait.
_HOLD_OFF_S = 1.0
# Even a nimble device may be behind a slow link when it comes to connecting.
_MIN_CONNECT_S = 1.0

_REMEDIES: Mapping[int, str] = {
    errno.ECONNREFUSED: "connection refused; check `host` and `port`, and that the device's Modbus server is enabled",
    errno.EHOSTUNREACH: "no route to the host; check `host`, the cable and the device's power",
    errno.ENETUNREACH: "no route to the host; check `host` and this machine's network",
    errno.EACCES: "this machine's rules forbid the connection; check its firewall",
}


class TcpWire:
    """A connection to a Modbus TCP device or to a converter that passes RTU frames."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._inbox = Inbox()
        self._failed: tuple[float, str] | None = None

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self._host}:{self._port}"

    @property
    def inbox(self) -> Inbox:
        """Where received bytes arrive."""
        return self._inbox

    async def open(self, timeout_s: float) -> bool:
        """Connect if not connected."""
        if self._transport is not None:
            return False
        loop = asyncio.get_running_loop()
        if self._failed is not None and loop.time() < self._failed[0] + _HOLD_OFF_S:
            raise WireDown(self._failed[1])
        try:
            async with asyncio.timeout(max(timeout_s, _MIN_CONNECT_S)):
                transport, _ = await loop.create_connection(lambda: _Receiver(self), self._host, self._port)
        except (OSError, TimeoutError) as error:
            self._failed = (loop.time(), _explain(error))
            raise WireDown(self._failed[1]) from error
        self._failed = None
        self._transport = transport
        self._inbox.reset()
        return True

    def send(self, data: bytes) -> None:
        """Write the frame."""
        if self._transport is None or self._transport.is_closing():
            raise WireDown("the connection was closed by the other side; it is made again")
        self._transport.write(data)

    def close(self) -> None:
        """Drop the connection at once; unsent bytes are of no use later."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def receive(self, transport: asyncio.BaseTransport, data: bytes) -> None:
        """Take in bytes of the present connection; an abandoned one has nothing to say."""
        if transport is self._transport:
            self._inbox.feed(data)

    def lose(self, transport: asyncio.BaseTransport, error: Exception | None) -> None:
        """Hear that a connection has ended."""
        if transport is self._transport:
            self._transport = None
            why = error.strerror if isinstance(error, OSError) and error.strerror else "closed by the other side"
            self._inbox.lose(f"the connection was lost ({why.lower()}); it is made again, check the device's power")


class _Receiver(asyncio.Protocol):
    """Passes asyncio's callbacks on, with the connection they belong to."""

    def __init__(self, wire: TcpWire) -> None:
        self._wire = wire
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._wire.receive(self._transport, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._wire.lose(self._transport, exc)


def _explain(error: OSError | TimeoutError) -> str:
    if isinstance(error, socket.gaierror):
        return "the host name is not known; correct `host` or check name resolution"
    if isinstance(error, TimeoutError):
        return "no answer to the connection attempt; check `host`, the network and the device's power"
    known = _REMEDIES.get(error.errno or 0)
    return known or f"cannot connect ({(error.strerror or str(error)).lower()}); check `host` and `port`"
