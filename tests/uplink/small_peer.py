"""A small OCPI 2.2.1 peer on a real port: stores what it is sent, and answers the way a test wants."""

import asyncio
import json
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

TOKEN = "peer-token-1"
AUTHORIZATION = "Token cGVlci10b2tlbi0x"
TIMESTAMP = "2026-03-01T10:00:00Z"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def envelope(code: int = 1000, message: str | None = None, data: object = None, **answer: object) -> web.Response:
    body: dict[str, object] = {"status_code": code, "timestamp": TIMESTAMP}
    if message is not None:
        body["status_message"] = message
    if data is not None:
        body["data"] = data
    return web.json_response(body, **answer)  # type: ignore[arg-type]


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class SmallPeer:
    """Objects by path, requests in order, and `behave`, which may answer a request to a module in the peer's place."""

    behave: Handler | None = None
    seen: list[Seen] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)
    versions: object = None
    authorization: str = AUTHORIZATION
    versions_answer: Handler | None = None
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    _runner: web.AppRunner | None = None
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def versions_url(self) -> str:
        return f"{self.url}/versions"

    @property
    def pushes(self) -> list[Seen]:
        return [request for request in self.seen if request.method in {"PUT", "POST"}]

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.scheme = "https" if context else "http"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(request.method, request.path, dict(request.headers), body))
        self.counts[request.path] += 1
        if request.headers.get("Authorization") != self.authorization:
            return envelope(2001, "who are you", status=401)
        if request.path == "/versions":
            if self.versions_answer is not None:
                return await self.versions_answer(request)
            return envelope(data=self.versions or [{"version": "2.2.1", "url": f"{self.url}/2.2.1"}])
        if request.path in {"/2.2.1", "/2.3.0"}:
            return envelope(data=self.details or self.usual_details())
        if self.behave is not None:
            return await self.behave(request)
        return await self.store(request)

    def usual_details(self, sessions: str = "/emsp/sessions", cdrs: str = "/emsp/cdrs") -> dict[str, object]:
        places = [
            ("sessions", "SENDER", "/wrong"),
            ("sessions", "RECEIVER", sessions),
            ("cdrs", "SENDER", "/wrong"),
            ("cdrs", "RECEIVER", cdrs),
        ]
        return {
            "version": "2.2.1",
            "endpoints": [{"identifier": name, "role": role, "url": self.url + path} for name, role, path in places],
        }

    async def store(self, request: web.Request) -> web.StreamResponse:
        """Do what a well-behaved peer does."""
        if request.method == "GET":
            stored = self.stored.get(request.path)
            return envelope(data=json.loads(stored)) if stored else envelope(2003, status=404)
        body = await request.read()
        path = request.path
        headers = {}
        if request.method == "POST":
            path = f"{path}/{json.loads(body)['id']}"
            headers = {"Location": f"{self.url}{path}"}
        is_new = path not in self.stored
        if request.method == "POST" and not is_new:
            return envelope(2001, "CDR already exists")
        self.stored[path] = body
        return envelope(status=201 if is_new else 200, headers=headers)

    async def lose_the_first_reply(self, request: web.Request) -> web.StreamResponse:
        """Store, but hang up on the first push instead of answering it."""
        answer = await self.store(request)
        if len(self.pushes) == 1:
            assert request.transport is not None
            request.transport.abort()
        return answer


async def hang(_request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError
