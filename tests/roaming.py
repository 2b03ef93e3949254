"""Two platforms for tests of roaming: our own OCPI server over real sockets and files, and a small honest eMSP."""

import asyncio
import base64
import io
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from plant import Plant
from roaming_sight import Sight
from scenarios.box import TurnedClock
from web.garage_day import TARIFF, the_day, the_days_journal

from gateway.journal.journal import Journal, open_journal
from gateway.projection import project
from gateway.registry.registry import Registry, open_registry
from gateway.settings import EvseSettings, OcpiServerSettings, Settings
from gateway.wiring_location import make_locations
from gateway.wiring_ocpi import OcpiParts, make_ocpi

IDS = {"X-Request-ID": "req-1", "X-Correlation-ID": "cor-1"}
ROUTING = {
    "OCPI-from-country-code": "DE",
    "OCPI-from-party-id": "MSP",
    "OCPI-to-country-code": "SE",
    "OCPI-to-party-id": "ABC",
}


def authorized(token: str, *, raw: bool = False) -> dict[str, str]:
    return {"Authorization": f"Token {token if raw else base64.b64encode(token.encode()).decode()}"}


@dataclass(frozen=True)
class Got:
    """An HTTP answer with its envelope."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def envelope(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return self.envelope["status_code"]

    @property
    def data(self) -> Any:
        return self.envelope["data"]


@dataclass
class Cpo:
    """Our side, served on a free port."""

    http: aiohttp.ClientSession
    registry: Registry
    journal: Journal
    plant: Plant
    clock: TurnedClock
    sight: Sight
    parts: OcpiParts
    settings: Settings

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.parts.port}/ocpi"

    async def ask(self, method: str, path: str, token: str | None = None, body: Any = None, **more: Any) -> Got:
        headers = {**({} if token is None else authorized(token)), **IDS, **ROUTING, **more.pop("headers", {})}
        data = body if isinstance(body, bytes | io.BytesIO | None) else json.dumps(body).encode()
        url = path if path.startswith("http") else f"{self.root}{path}"
        async with self.http.request(method, url, headers=headers, data=data, **more) as response:
            return Got(response.status, response.headers, await response.read())

    async def get(self, path: str, token: str | None = None, **more: Any) -> Got:
        return await self.ask("GET", path, token, **more)


def _begin_journal(folder: Path) -> None:
    """Lay the garage's day into a folder that is new, or without a journal."""
    folder.mkdir(exist_ok=True)
    if not (folder / "journal.sqlite").exists():
        (folder / "journal.sqlite").write_bytes(the_days_journal())


@asynccontextmanager
async def serving(folder: Path, *, reads_lists: bool = False, **ocpi: Any) -> AsyncIterator[Cpo]:
    """Serve what is in the folder; a new folder has the garage's day in its journal."""
    plant = the_day()
    site = plant.site
    evses = tuple(EvseSettings(evse.uid, "m", "c", ("front",), 22_000, 32) for evse in site.evses)
    paths = (folder / "tokens.json", folder / "meters")
    settings = Settings(site, *paths, (), (), (), (), evses, (TARIFF,), (), state_dir=folder)
    _begin_journal(folder)
    async with (
        open_journal(folder / "journal.sqlite", project) as journal,
        open_registry(folder / "registry.sqlite", journal) as registry,
        aiohttp.ClientSession(auto_decompress=False) as http,
    ):
        clock, sight = TurnedClock(), Sight(journal)
        await sight.recall()
        port = await free_port()
        server = OcpiServerSettings(
            **{"public_url": f"http://127.0.0.1:{port}/ocpi", "business_name": "Garage", "port": port, **ocpi}
        )
        settings = replace(settings, ocpi_server=server)
        locations = make_locations(lambda: settings, sight, sight, clock)  # type: ignore[arg-type]
        parts = make_ocpi(lambda: settings, server, registry, locations, clock)
        if not reads_lists:
            parts.syncing.close()
        wanted = [work for name, work in parts.tasks() if reads_lists or name != "token lists"]
        running = [asyncio.create_task(work) for work in wanted]
        try:
            yield Cpo(http, registry, journal, plant, clock, sight, parts, settings)
        finally:
            for task in running:
                task.cancel()
            ends = await asyncio.gather(*running, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends


async def free_port() -> int:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


@dataclass
class Emsp:
    """An eMSP with versions, credentials and a list of tokens. What tests set, it does."""

    party: tuple[str, str] = ("DE", "MSP")
    role: str = "EMSP"
    accepted: set[str] = field(default_factory=lambda: {"TOKEN-A-of-emsp"})
    versions: tuple[str, ...] = ("2.1.1", "2.2.1")
    receivers: tuple[str, ...] = ("sessions", "cdrs", "locations", "tariffs")
    raw: bool = False
    calls_back: bool = False
    refuses: bool = False
    trailing: str = ""
    tokens: list[dict[str, Any]] = field(default_factory=list)
    page: int = 2
    breaks_at: int | None = None
    breaks_with: tuple[int, int] = (503, 3000)
    circles: bool = False
    known: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    seen_back: list[int] = field(default_factory=list)
    _was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    issued: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def root(self) -> str:
        return f"http{'' if self.tls is None else 's'}://127.0.0.1:{self.port}"

    @property
    def versions_url(self) -> str:
        return f"{self.root}/versions"

    def credentials(self, token: str) -> dict[str, Any]:
        country, party = self.party
        role = {"role": self.role, "business_details": {"name": "Provider"}, "party_id": party, "country_code": country}
        return {"token": token, "url": self.versions_url, "roles": [role]}

    @asynccontextmanager
    async def up(self) -> AsyncIterator["Emsp"]:
        runner = web.ServerRunner(web.Server(self._answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.tls).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def asked_for(self, path: str) -> None:
        """Wait until somebody has asked for it."""
        while not any(url.partition("?")[0] == path for _, url in self.seen):
            self._was_asked.clear()
            await self._was_asked.wait()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path = request.path.rstrip("/")
        self.seen.append((request.method, request.path_qs))
        self._was_asked.set()
        token = request.headers.get("Authorization", "").removeprefix("Token ")
        if not self.raw:
            try:
                token = base64.b64decode(token, validate=True).decode()
            except ValueError:
                token = ""
        if token not in self.accepted:
            return _reply(None, status=401, code=2000)
        match path.split("/")[1:]:
            case ["versions"]:
                return _reply(
                    [{"version": each, "url": f"{self.root}/{each}{self.trailing}"} for each in self.versions]
                )
            case ["2.2.1"]:
                return _reply({"version": "2.2.1", "endpoints": self._endpoints()})
            case ["2.2.1", "credentials"]:
                return await self._credentials(request, token)
            case ["2.2.1", "tokens"]:
                return self._tokens(request)
            case _:
                return _reply(None, status=404, code=2000)

    def _endpoints(self) -> list[dict[str, str]]:
        ours = [("credentials", "SENDER"), ("tokens", "SENDER"), *((name, "RECEIVER") for name in self.receivers)]
        return [
            {"identifier": name, "role": role, "url": f"{self.root}/2.2.1/{name}{self.trailing}"} for name, role in ours
        ]

    async def _credentials(self, request: web.BaseRequest, token: str) -> web.Response:
        if request.method == "DELETE":
            self.accepted.discard(token)
            return _reply(None)
        self.known = json.loads(await request.read())
        if self.calls_back:
            await self._call_back()
        if self.refuses:
            return _reply(None, code=3001)
        self.issued += 1
        fresh = f"TOKEN-C-{self.issued}"
        self.accepted = {fresh}
        return _reply(self.credentials(fresh))

    async def _call_back(self) -> None:
        headers = authorized(self.known["token"])
        async with aiohttp.ClientSession(headers=headers) as http, http.get(self.known["url"]) as versions:
            self.seen_back.append(versions.status)
            details = (await versions.json())["data"][0]["url"]
            async with http.get(details) as answer:
                self.seen_back.append(answer.status)

    def _tokens(self, request: web.BaseRequest) -> web.Response:
        since = request.query.get("date_from", "")
        found = [token for token in self.tokens if token["last_updated"] >= since]
        offset = int(request.query.get("offset", 0))
        if self.breaks_at is not None and offset >= self.breaks_at:
            return _reply(None, status=self.breaks_with[0], code=self.breaks_with[1])
        headers = {"X-Total-Count": str(len(found))}
        if offset + self.page < len(found) or self.circles:
            query = f"offset={(offset + self.page) % 6 if self.circles else offset + self.page}" + (
                f"&date_from={since}" if since else ""
            )
            headers["Link"] = f'<{self.root}/2.2.1/tokens?{query}>; rel="next"'
        return _reply(found[offset : offset + self.page], headers=headers)


def _reply(data: Any, *, status: int = 200, code: int = 1000, headers: Mapping[str, str] | None = None) -> web.Response:
    envelope = {"status_code": code, "timestamp": "2026-03-02T00:00:00Z", **({} if data is None else {"data": data})}
    return web.json_response(envelope, status=status, headers=headers)


def a_token(uid: str = "04A1B2C3D4E580", **changes: Any) -> dict[str, Any]:
    token = {
        "country_code": "DE",
        "party_id": "MSP",
        "uid": uid,
        "type": "RFID",
        "contract_id": "DE8ACC12E46L89",
        "issuer": "Provider",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": "2026-03-02T00:00:00Z",
    }
    return token | changes


async def befriend(cpo: Cpo, emsp: Emsp, name: str = "msp") -> str:
    """Let the eMSP register with us as it should; returns the token that it calls us with from then on."""
    token_a = (await cpo.parts.desk.invite(name)).token
    emsp.accepted.add("TOKEN-B")
    got = await cpo.ask("POST", "/2.2.1/credentials", token_a, emsp.credentials("TOKEN-B"))
    assert (got.status, got.code) == (200, 1000), got.body
    token: str = got.data["token"]
    return token
