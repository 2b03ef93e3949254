"""Our OCPI endpoints for peers: one door for all requests, and behind it one module per OCPI module."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from aiohttp import web

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.identifiers import Party
from gateway.ocpi.nesting import is_too_deep
from gateway.ocpi.peer import Caller, Endpoint, Peer, Purpose
from gateway.ocpi.reply import Code, Reply, echoed_ids, refuse, routing_back
from gateway.ocpi.v2_2_1.credentials import encode_details, encode_versions
from gateway.settings import OcpiServerSettings
from gateway.web.door import Door
from gateway.web.ocpi_access import Gatekeeper
from gateway.web.ocpi_module import Asked, Module, not_allowed, not_found
from gateway.web.ocpi_wire import OcpiHttpServer, server_context, write
from gateway.web.unusable import ServerUnusable

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_LARGEST_BODY = 1 << 20
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_CREDENTIALS = "credentials"


@dataclass(frozen=True)
class OcpiServer:
    """What is served: by version the modules by their OCPI identifier, whose party it is, and who may come in."""

    settings: OcpiServerSettings
    us: Party
    modules: Mapping[str, Mapping[str, Module]]
    gate: Gatekeeper
    now: Callable[[], datetime]
    faults: tuple[type[Exception], ...] = ()
    # Ours and no OCPI module, so that versions do not name them: what stands directly below the public URL.
    beside: Mapping[str, Module] = field(default_factory=dict)

    @cached_property
    def root(self) -> str:
        """The public URL below which everything stands."""
        return self.settings.public_url.rstrip("/")

    @cached_property
    def routes(self) -> Mapping[tuple[str, ...], tuple[Module, str]]:
        """By version and identifier each module and its public URL."""
        return {
            (version, identifier): (module, self.endpoint(version, identifier))
            for version, modules in self.modules.items()
            for identifier, module in modules.items()
        }

    @cached_property
    def prefix(self) -> str:
        """The path of the public URL."""
        return urlsplit(self.root).path

    @property
    def versions_url(self) -> str:
        """The URL that our operator gives to peers."""
        return f"{self.root}/versions"

    def endpoint(self, version: str, identifier: str) -> str:
        """Return the public URL of a module."""
        return f"{self.root}/{version}/{identifier}"

    def handle(self, request: web.BaseRequest) -> "Coroutine[Any, Any, web.StreamResponse]":
        """Answer one request; never raises what is a fault in the field."""
        return _Exchange(self, request).answer()


def listen(server: OcpiServer) -> tuple[Coroutine[Any, Any, None], int]:
    """Listen at once, ServerUnusable if that cannot be; the coroutine answers until cancelled. Also the port."""
    settings = server.settings
    context = None
    if settings.cert_file is not None and settings.key_file is not None:
        try:
            context = server_context(str(settings.cert_file), str(settings.key_file))
        except OSError as fault:
            reason = fault.strerror or "they do not fit"
            raise ServerUnusable(
                f"{settings.cert_file} and its key cannot be used ({reason}); correct [ocpi_server] cert_file, key_file"
            ) from None
    try:
        door = Door(settings.host, settings.port)
    except (OSError, OverflowError) as fault:
        raise ServerUnusable(
            f"cannot listen at {settings.host} port {settings.port}: {fault}; change [ocpi_server] host or port"
        ) from None
    port: int = door.getsockname()[1]
    return _serve(server, door, context), port


async def _serve(server: OcpiServer, door: Door, context: ssl.SSLContext | None) -> None:
    patience_s = server.settings.request_timeout_s
    try:
        http = OcpiHttpServer(server.handle, server.now, patience_s)
        runner = web.ServerRunner(http, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        # Not a site of aiohttp's: a TLS handshake may take a minute there.
        listening = await asyncio.get_running_loop().create_server(
            http, sock=door, ssl=context, ssl_handshake_timeout=None if context is None else patience_s
        )
        try:
            await asyncio.Event().wait()
        finally:
            listening.close()
            await runner.cleanup()
    finally:
        door.close()


class _Exchange:
    """One request and its answer."""

    def __init__(self, server: OcpiServer, request: web.BaseRequest) -> None:
        self._server = server
        self._request = request

    async def answer(self) -> web.StreamResponse:
        """Answer, whatever was asked."""
        server, request = self._server, self._request
        path = self._path()
        try:
            reply = await self._reply(path)
        except server.faults as fault:
            reply = refuse(Code.SERVER_ERROR, "this side cannot use its disk", HTTPStatus.SERVICE_UNAVAILABLE)
            del fault  # its message names paths of ours; site and journal log it
        headers = echoed_ids(request.headers)
        if path is not None and len(path) > 1 and path[1] != _CREDENTIALS:
            headers |= routing_back(request.headers, server.us)
        response = write(reply, server.now(), headers)
        if request.can_read_body and not request.content.is_eof():
            response.force_close()  # what is left of a body that was not read is no next request
        return response

    def _path(self) -> tuple[str, ...] | None:
        """Return what stands below the public URL, decoded, without empty names; None outside of it."""
        prefix = self._server.prefix
        raw = self._request.rel_url.raw_path
        if raw != prefix and not raw.startswith(f"{prefix}/"):
            return None
        names = [name for name in raw[len(prefix) :].split("/") if name]
        return tuple(map(unquote, names) if "%" in raw else names)

    async def _reply(self, path: tuple[str, ...] | None) -> Reply:
        caller = self._server.gate.admit(self._request.headers.get("Authorization"), self._address)
        if isinstance(caller, Reply):
            return caller
        server = self._server
        if path is not None and (route := server.routes.get(path[:2])) is not None:
            return await self._ask(*route, caller, path[2:], path[0])
        match path:
            case ("versions",):
                return self._get(self._versions())
            case (version,) if version in self._server.modules:
                return self._get(self._details(version, caller.peer))
            case (name, *below) if name in server.beside:
                return await self._ask(server.beside[name], f"{server.root}/{name}", caller, tuple(below))
            case _:
                return not_found("no such resource: the versions endpoint tells what there is")

    async def _ask(
        self, module: Module, url: str, caller: Caller, below: tuple[str, ...], version: str = FIRST_VERSION
    ) -> Reply:
        request = self._request
        if caller.purpose is not Purpose.CURRENT and not url.endswith(f"/{_CREDENTIALS}"):
            said = "this token opens versions and credentials only: register first"
            return refuse(Code.CLIENT_ERROR, said, HTTPStatus.UNAUTHORIZED)
        if request.method not in module.methods:
            return not_allowed("no such method here", module.methods)
        body = await self._body() if request.method in _WITH_BODY else b""
        if isinstance(body, Reply):
            return body
        asked = Asked(request.method, below, request.rel_url.query, request.headers, caller, url, body, version)
        return await module.answer(asked)

    async def _body(self) -> bytes | Reply:
        """Return the body if it is JSON that may be looked at, else the refusal."""
        try:
            async with asyncio.timeout(self._server.settings.request_timeout_s):
                body = await self._read()
        except TimeoutError:
            return refuse(Code.CLIENT_ERROR, "the body takes too long", HTTPStatus.REQUEST_TIMEOUT)
        except (web.RequestPayloadError, ConnectionError):
            return refuse(Code.CLIENT_ERROR, "the body is cut off or badly encoded", HTTPStatus.BAD_REQUEST)
        if len(body) > _LARGEST_BODY:
            said = "the body is larger than 1 MB"
            return refuse(Code.CLIENT_ERROR, said, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if is_too_deep(body):
            return refuse(Code.CLIENT_ERROR, "the body is nested too deep", HTTPStatus.BAD_REQUEST)
        try:
            msgspec.json.decode(body, type=msgspec.Raw)
            body.decode()
        except (msgspec.DecodeError, UnicodeDecodeError):
            return refuse(Code.CLIENT_ERROR, "the body is not JSON", HTTPStatus.BAD_REQUEST)
        return body

    async def _read(self) -> bytes:
        if self._request.headers.get("Expect", "").lower() == "100-continue":
            await self._request.writer.write(_GO_ON)
        body = bytearray()
        async for chunk in self._request.content.iter_any():
            body += chunk
            if len(body) > _LARGEST_BODY:
                break
        return bytes(body)

    def _get(self, data: bytes) -> Reply:
        if self._request.method != "GET":
            return not_allowed("no such method here", frozenset({"GET"}))
        return Reply(data)

    def _versions(self) -> bytes:
        return encode_versions([(version, f"{self._server.root}/{version}") for version in self._server.modules])

    def _details(self, version: str, peer: Peer) -> bytes:
        end = "/" if peer.writes_slashes else ""
        modules = self._server.modules[version]
        return encode_details(
            version,
            [Endpoint(name, it.role, self._server.endpoint(version, name) + end) for name, it in modules.items()],
        )

    def _address(self) -> str:
        """Return whose wrong tokens count together: the last hop that our own proxy names, or the connection's."""
        forwarded = self._request.headers.get("X-Forwarded-For", "")
        if self._server.settings.behind_proxy and forwarded:
            return forwarded.rpartition(",")[2].strip()[:64]
        return self._request.remote or ""
