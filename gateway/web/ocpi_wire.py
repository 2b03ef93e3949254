"""The HTTP side of our OCPI server: connections that are slow, too many or not HTTP end here, in OCPI's own words."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from aiohttp.web_protocol import RequestHandler

from gateway.ocpi.reply import Code, Reply, encode_reply, refuse

_MOST_CONNECTIONS = 256
_KEEP_ALIVE_S = 75.0
_COPIED = 1 << 14  # bodies below this are put together before they are sent

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class OcpiHttpServer(web.Server):
    """Makes one handler per connection; `patience_s` is how long a request's head may take to arrive."""

    def __init__(self, answer: Answer, now: Callable[[], datetime], patience_s: float) -> None:
        super().__init__(answer, access_log=None, keepalive_timeout=_KEEP_ALIVE_S, lingering_time=0)
        self.now = now
        self.patience_s = patience_s

    def __call__(self) -> RequestHandler:
        """Make a handler."""
        return _Connection(self, loop=asyncio.get_running_loop(), **self._kwargs)


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
        if len(self._server.connections) > _MOST_CONNECTIONS:
            self.force_close()
        self._await_head()

    def data_received(self, data: bytes) -> None:
        seen = self._request_count
        if self._deadline is None and self._current_request is None:
            self._await_head()
        super().data_received(data)
        if self._request_count != seen:
            self._stop_waiting()

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


class _Parts(Payload):
    """A body in parts, sent one after the other without being put together first."""

    def __init__(self, parts: tuple[bytes, ...]) -> None:
        super().__init__(parts, content_type="application/json")
        self._parts = parts
        self._size = sum(map(len, parts))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the body as text."""
        return b"".join(self._parts).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the parts."""
        for part in self._parts:
            await writer.write(part)


class _Followed(web.Response):
    """A response that tells when it was written: something else may go out only then."""

    def __init__(self, written: Callable[[], None], **response: Any) -> None:
        super().__init__(**response)
        self._written = written

    async def write_eof(self, data: bytes = b"") -> None:
        """Write what is left."""
        try:
            await super().write_eof(data)
        finally:
            self._written()


def write(reply: Reply, now: datetime, headers: dict[str, str] | None = None) -> web.Response:
    """Return the HTTP response of a reply; `headers` come beside its own."""
    parts = encode_reply(reply, now)
    make = web.Response if reply.written is None else partial(_Followed, reply.written)
    return make(
        body=b"".join(parts) if sum(map(len, parts)) < _COPIED else _Parts(parts),
        status=reply.status,
        headers={**reply.headers, **(headers or {})},
        content_type="application/json",
    )


def server_context(cert_file: str, key_file: str) -> ssl.SSLContext:
    """Return the context to serve TLS with; OSError (ssl.SSLError is one) where the files cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert_file, key_file)
    return context
