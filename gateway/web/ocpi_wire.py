"""The HTTP side of our OCPI server: connections that are slow or not HTTP end here, in OCPI's own words."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage, StreamWriter
from aiohttp.web_protocol import RequestHandler

from gateway.ocpi.reply import Code, Reply, encode_reply, refuse

_KEEP_ALIVE_S = 75.0
_NOTHING_WAITS = 1 << 16  # asyncio's own high-water mark
_UNREAD_S = 60.0  # for the next slice: also on a line of 40 kbit/s
_AT_ONCE = 1 << 18  # a page of 100 CDRs and more; of what is larger no more waits in memory for a peer that is slow

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class OcpiHttpServer(web.Server):
    """Makes one handler per connection; `patience_s` is how long a request's head may take to arrive.

    A peer that takes nothing of its answer is waited for during `unread_s`.
    """

    def __init__(
        self, answer: Answer, now: Callable[[], datetime], patience_s: float, unread_s: float = _UNREAD_S
    ) -> None:
        super().__init__(
            answer,
            request_factory=self._request,
            access_log=None,
            keepalive_timeout=_KEEP_ALIVE_S,
            lingering_time=0,
        )
        self.now = now
        self.patience_s = patience_s
        self._unread_s = unread_s

    def __call__(self) -> RequestHandler:
        """Make a handler."""
        return _Connection(self, loop=asyncio.get_running_loop(), **self._kwargs)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        _writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        writer = _Writer(protocol, self._loop, self._unread_s)
        return web.BaseRequest(message, payload, protocol, writer, task, self._loop)


class _Connection(RequestHandler):
    """A connection that is closed when a request has begun and its head is not complete in time."""

    __slots__ = ("_deadline", "_loop_here", "_server")

    def __init__(self, manager: OcpiHttpServer, *, loop: asyncio.AbstractEventLoop, **settings: Any) -> None:
        super().__init__(manager, loop=loop, **settings)
        self._server = manager
        self._loop_here = loop
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        seen = self._request_count
        super().data_received(data)
        if self._request_count != seen:
            self._stop_waiting()
        elif self._deadline is None and self._waiter is not None and not self._waiter.done():
            self._await_head()  # no request is under way: what came is the beginning of the next

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature
    ) -> web.StreamResponse:
        """Answer what aiohttp itself refuses, and what is a bug of ours, in an envelope."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log_exception("bug in the OCPI server", exc_info=exc)
            said = refuse(Code.SERVER_ERROR, "this side has trouble of its own", HTTPStatus(status))
        else:
            said = refuse(Code.CLIENT_ERROR, "no well-formed HTTP request", HTTPStatus(status))
        response = write(said, self._server.now())
        response.force_close()
        return response

    def _await_head(self) -> None:
        self._deadline = self._loop_here.call_later(self._server.patience_s, self.force_close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Writer(StreamWriter):
    """Can send the head of a response and a body in parts at once; aiohttp's own sends them one by one."""

    def __init__(self, protocol: RequestHandler, loop: asyncio.AbstractEventLoop, unread_s: float) -> None:
        super().__init__(protocol, loop)
        self._unread_s = unread_s

    async def drain(self) -> None:
        """Wait until the peer has taken what was sent, or the connection is closed over it."""
        transport = self.transport
        if transport is None or transport.get_write_buffer_size() <= _NOTHING_WAITS:
            return
        try:
            async with asyncio.timeout(self._unread_s):
                await super().drain()
        except TimeoutError:
            transport.abort()
            raise ConnectionResetError("the peer does not read its answer") from None

    async def write_whole(self, parts: tuple[bytes, ...]) -> None:
        """Send what is waiting of the head, and all parts."""
        head, self._headers_buf, self._headers_written = self._headers_buf, None, True
        self._writelines(parts if head is None else (head, *parts))
        await self.drain()


class _Response(web.Response):
    """A response with a body in parts, that tells when it was written: something else may go out only then."""

    def __init__(self, reply: Reply, parts: tuple[bytes, ...], headers: dict[str, str]) -> None:
        self._size = sum(map(len, parts))
        headers["Content-Length"] = str(self._size)
        super().__init__(status=reply.status, headers=headers)
        self._parts = parts
        self._written = reply.written

    async def write_eof(self, data: bytes = b"") -> None:
        """Write the parts, and what is left."""
        try:
            if not self._must_be_empty_body:  # as after HEAD
                await self._write_parts()
            await super().write_eof(data)
        finally:
            if self._written is not None:
                self._written()

    async def _write_parts(self) -> None:
        writer = self._payload_writer
        if self._size <= _AT_ONCE and isinstance(writer, _Writer):
            await writer.write_whole(self._parts)
            return
        # As the peer reads: pages are shared, and none is copied as a whole for one that is slow.
        for part in self._parts:
            for begin in range(0, len(part), _AT_ONCE):
                await self.write(memoryview(part)[begin : begin + _AT_ONCE])


def write(reply: Reply, now: datetime, headers: dict[str, str] | None = None) -> web.Response:
    """Return the HTTP response of a reply; `headers` come beside its own."""
    said = {"Content-Type": "application/json", **reply.headers, **(headers or {})}
    return _Response(reply, encode_reply(reply, now), said)


def server_context(cert_file: str, key_file: str) -> ssl.SSLContext:
    """Return the context to serve TLS with; OSError (ssl.SSLError is one) where the files cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert_file, key_file)
    return context
