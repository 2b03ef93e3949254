"""Our whole side for tests of orders: the real site over files, its OCPI server on a socket, its EVSE's hardware."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from plant import EVSE, Outlet, policy, site
from roaming import Cpo, Emsp, befriend, free_port
from scenarios.box import Backend, Box, TurnedClock

from gateway.core.observations import Started
from gateway.core.rules import SessionRules
from gateway.core.tariff import Tariff
from gateway.core.token import Token
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import open_journal
from gateway.orders import OrderDesk
from gateway.projection import project
from gateway.registry.registry import open_registry
from gateway.settings import ControllerKind, ControllerSettings, EvseSettings, OcpiServerSettings, Settings
from gateway.site import Site
from gateway.wiring_location import LocationShelf, make_locations
from gateway.wiring_ocpi import make_ocpi


@dataclass
class Provider(Emsp):
    """An eMSP that is asked about cards and told what came of its orders; `mode` is how it answers about cards."""

    receivers: tuple[str, ...] = ("sessions", "cdrs")
    mode: str = "accept"
    authorization: dict[str, Any] = field(default_factory=dict)
    questions: list[tuple[str, Any]] = field(default_factory=list)
    results: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    result_status: list[int] = field(default_factory=list)
    hangs_on_results: bool = False
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    _got_result: asyncio.Event = field(default_factory=asyncio.Event)

    async def told(self, count: int = 1) -> list[Any]:
        """Wait until so many results have come, and return what they say."""
        async with asyncio.timeout(10):
            while len(self.results) < count:
                self._got_result.clear()
                await self._got_result.wait()
        return [body for _, _, body in self.results]

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        match request.path.strip("/").split("/"):
            case ["2.2.1", "tokens", uid, "authorize"]:
                self.questions.append((uid, json.loads(body)))
                return await self._allow(request)
            case ["results", *_]:
                self.results.append((request.path_qs, dict(request.headers), json.loads(body)))
                self._got_result.set()
                if self.hangs_on_results:
                    await self.let_go.wait()
                status = self.result_status.pop(0) if self.result_status else 200
                return _envelope(None, status=status, code=1000 if status == 200 else 3000)
            case _:
                return await super()._answer(request)

    async def _allow(self, request: web.BaseRequest) -> web.Response:
        match self.mode:
            case "down" if request.transport is not None:
                request.transport.abort()
            case "slow":
                await self.let_go.wait()
            case "unknown":
                return _envelope(None, status=404, code=2004)
        return _envelope(self.authorization)


def _envelope(data: Any, *, status: int = 200, code: int = 1000) -> web.Response:
    envelope = {"status_code": code, "timestamp": "2026-03-02T00:00:00Z", **({} if data is None else {"data": data})}
    return web.json_response(envelope, status=status)


@dataclass
class Live:
    """Both sides: `token` is what the provider calls us with."""

    cpo: Cpo
    box: Box
    emsp: Provider
    token: str
    desk: OrderDesk

    async def order(self, name: str, body: dict[str, Any], **more: Any) -> Any:
        """Send a command with a response_url of the provider's own."""
        whole = {"response_url": f"{self.emsp.root}/results/{name}?n=1", **body}
        return await self.cpo.ask("POST", f"/2.2.1/commands/{name}", self.token, whole, **more)

    async def asked(self) -> None:
        """Wait until nobody is being asked about a card, while the clock stands still."""
        changed = asyncio.Event()
        self.box.site.on_outputs(changed.set)
        async with asyncio.timeout(10):
            while self.box.site.written.inquiries:
                changed.clear()
                await changed.wait()

    @property
    def session(self) -> Any:
        """The newest session of the EVSE."""
        return self.box.site.written.evse(EVSE).session


@asynccontextmanager
async def live(  # noqa: PLR0913 - a bench is put together from its parts
    folder: Path,
    *,
    tokens: Sequence[Token] = (),
    tariffs: tuple[Tariff, ...] = (),
    rules: SessionRules | None = None,
    limitable: bool = False,
    emsp: Provider | None = None,
    befriended: bool = True,
    change: Callable[[Settings], Settings] = lambda settings: settings,
    **ocpi: Any,
) -> AsyncIterator[Live]:
    """Run both sides; the provider is registered at ours, and results may go to this machine."""
    clock, port = TurnedClock(), await free_port()
    tariff_id = tariffs[0].id if tariffs else None
    place = site(tariff_id=tariff_id)
    kind = ControllerKind.EVSE_DIN if limitable else ControllerKind.RELAY_BOARD
    settings = change(
        Settings(
            place,
            folder / "tokens.json",
            folder / "meters",
            (),
            (),
            (ControllerSettings("c", "bus", 1, kind),),
            (),
            (EvseSettings(EVSE, "m", "c", ("front",), 22_000, 32),),
            tariffs,
            (),
            rules or SessionRules(),
            state_dir=folder,
        )
    )
    server = OcpiServerSettings(
        **{
            "public_url": f"http://127.0.0.1:{port}/ocpi",
            "business_name": "Garage",
            "port": port,
            "allow_http": True,
            "private_response_urls": True,
            **ocpi,
        }
    )
    settings = replace(settings, ocpi_server=server)
    async with (
        (emsp or Provider()).up() as provider,
        open_journal(folder / "journal.sqlite", project) as journal,
        open_registry(folder / "registry.sqlite", journal) as registry,
        aiohttp.ClientSession(auto_decompress=False) as http,
    ):
        held = replace(policy(rules=settings.rules, tariff_id=tariff_id, can_limit=limitable), asks=True)
        writer = Site(held, registry.cards(tokens), journal, clock, (JournalUnwritable,))
        await writer.start(Started(clock.now(), "0.0.0", place, tariffs, ()))
        locations = make_locations(lambda: settings, LocationShelf(writer, clock), writer, clock)
        desk = OrderDesk(writer, clock, server.orders_per_minute)
        parts = make_ocpi(lambda: settings, server, registry, locations, clock, desk=desk)
        running = [asyncio.create_task(work) for _, work in (("site", writer.run()), *parts.tasks())]
        cpo = Cpo(http, registry, journal, None, clock, writer, parts, settings)  # type: ignore[arg-type]
        assert isinstance(provider, Provider)
        try:
            token = await befriend(cpo, provider) if befriended else ""
            box = Box(writer, journal, clock, Outlet(), Backend())
            await box.wait(2)
            yield Live(cpo, box, provider, token, desk)
        finally:
            provider.let_go.set()
            for task in running:
                task.cancel()
            ends = await asyncio.gather(*running, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
