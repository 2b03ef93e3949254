"""Bytes over a TCP connection, made when needed and dropped at the first sign of loss.

The socket is read by the loop directly, like a serial port: asyncio's streams and transports set aside 256 KiB for each
read, which costs a poll of a few dozen bytes more than all the rest of it.
"""

import asyncio
import errno
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from drivers.modbus.wire import Inbox, WireDown

# More than a reply; what is longer comes in pieces.
_CHUNK_BYTES = 1024
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
        self._socket: socket.socket | None = None
        self._inbox = Inbox(self._receive)
        self._failed: tuple[float, str] | None = None

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self._host}:{self._port}"

    @property
    def inbox(self) -> Inbox:
        """Where received bytes arrive."""
        return self._inbox

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that nobody has seen end."""
        return self._socket is not None

    async def open(self, timeout_s: float) -> bool:
        """Connect if not connected."""
        if self._socket is not None:
            return False
        loop = asyncio.get_running_loop()
        if self._failed is not None and loop.time() < self._failed[0] + _HOLD_OFF_S:
            raise WireDown(self._failed[1])
        try:
            async with asyncio.timeout(max(timeout_s, _MIN_CONNECT_S)):
                connected = await _connected(self._host, self._port)
        except (OSError, TimeoutError) as error:
            self._failed = (loop.time(), _explain(error))
            raise WireDown(self._failed[1]) from error
        self._failed = None
        self._socket = connected
        self._inbox.reset()
        loop.add_reader(connected.fileno(), self._receive)
        return True

    def send(self, data: bytes) -> None:
        """Write the frame; one is far smaller than the kernel's buffer, so a short write is a stuck connection."""
        if self._socket is None:
            raise WireDown("the connection was closed by the other side; it is made again")
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.close()
            raise WireDown(_ended(error)) from error
        if sent != len(data):
            self.close()
            raise WireDown("the other side takes no more bytes; the connection is made again")

    def close(self) -> None:
        """Drop the connection at once; unsent bytes are of no use later."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _receive(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(_ended(error))
            return
        if data:
            self._inbox.feed(data)
        else:
            self._lose(_ended(None))

    def _lose(self, why: str) -> None:
        self.close()
        self._inbox.lose(why)


async def _connected(host: str, port: int) -> socket.socket:
    """Try every address of the host in turn. Raises OSError."""
    loop = asyncio.get_running_loop()
    trouble: OSError | None = None
    for family, kind, protocol, _, address in await _addresses(host, port):
        one = socket.socket(family, kind, protocol)
        try:
            one.setblocking(False)  # noqa: FBT003 - the standard library's own signature
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(one, address)
        except OSError as error:
            one.close()
            trouble = error
        except BaseException:
            one.close()
            raise
        else:
            return one
    raise trouble or OSError(errno.EHOSTUNREACH, "no address")


async def _addresses(host: str, port: int) -> Sequence[tuple[int, int, int, str, Any]]:
    """Look the host up; an address needs no looking up, so no thread either."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _ended(error: OSError | None) -> str:
    why = error.strerror.lower() if error is not None and error.strerror else "closed by the other side"
    return f"the connection was lost ({why}); it is made again, check the device's power"


def _explain(error: OSError | TimeoutError) -> str:
    if isinstance(error, socket.gaierror):
        return "the host name is not known; correct `host` or check name resolution"
    if isinstance(error, TimeoutError):
        return "no answer to the connection attempt; check `host`, the network and the device's power"
    known = _REMEDIES.get(error.errno or 0)
    return known or f"cannot connect ({(error.strerror or str(error)).lower()}); check `host` and `port`"
