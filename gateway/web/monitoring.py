"""/metrics and /health, for those who watch many sites: in the technician's window, and at a TCP port of their own."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from aiohttp import web

from gateway.core.telemetry import JournalVitals
from gateway.settings import MonitoringSettings
from gateway.web.bus_api import LineView
from gateway.web.door import Door
from gateway.web.health import judge
from gateway.web.shapes import encode
from gateway.web.site_view import SiteView


class MonitoringUnusable(Exception):
    """The port cannot be listened at; the message ends with the remedy."""


class Vital(Protocol):
    """The journal, as far as its own health goes."""

    async def vitals(self) -> JournalVitals:
        """Look at it."""
        ...


class Monitoring:
    """The handlers. `faults` are what `journal` may raise for a fault in the field: then its figures are absent."""

    def __init__(
        self,
        view: SiteView,
        journal: Vital,
        lines: Sequence[LineView],
        *,
        version: str,
        faults: tuple[type[Exception], ...] = (),
    ) -> None:
        self._view = view
        self._journal = journal
        self._lines = lines
        self._version = version
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to an application."""
        return [web.get("/health", self._health), web.get("/metrics", self._metrics)]

    def serve(self, settings: MonitoringSettings) -> Coroutine[Any, Any, None]:
        """Listen at once, MonitoringUnusable if that cannot be; the coroutine answers until cancelled."""
        try:
            door = Door(settings.host, settings.port)
        except (OSError, OverflowError) as fault:
            raise MonitoringUnusable(
                f"cannot listen at {settings.host} port {settings.port}: {fault}; change [monitoring] host or port"
            ) from None
        return self._answer_at(door)

    async def _answer_at(self, door: Door) -> None:
        application = web.Application()
        application.router.add_routes(self.routes())
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        try:
            await runner.setup()
            await web.SockSite(runner, door).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
            door.close()

    async def _health(self, _request: web.Request) -> web.Response:
        health = judge(self._view, self._version)
        return web.Response(body=encode(health), status=health.http_status, content_type="application/json")

    async def _metrics(self, _request: web.Request) -> web.Response:
        from gateway.web import metrics  # noqa: PLC0415 - a site that nobody scrapes need not hold it in memory

        look = metrics.Look(
            version=self._version,
            view=self._view,
            lines=tuple(line.snapshot() for line in self._lines),
            journal=await self._vitals(),
        )
        return web.Response(body=metrics.render(look), headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _vitals(self) -> JournalVitals | None:
        try:
            return await self._journal.vitals()
        except self._faults:
            return None
