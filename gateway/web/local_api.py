"""The daemon's window for the technician on the same machine: JSON over HTTP on a Unix socket (see shapes)."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.core.facts import Fact
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.metering import count_on
from gateway.core.observations import DeliveryRetried, FaultCleared, MeterReplaced
from gateway.core.rows import CdrRow, SessionRow
from gateway.core.telemetry import EvseSnapshot
from gateway.web.bus_api import BusApi, LineView
from gateway.web.health import is_good
from gateway.web.lines import OwedRow, cdr_line, outbox_line, session_lines
from gateway.web.shapes import Apology, Done, Meters, Status, encode
from gateway.web.site_view import SiteView
from gateway.web.story import background_of, complete_id, tell_story
from gateway.web.unix_socket import leave, listen_at

_DEFAULT_LIMIT = 20
_HIGHEST_LIMIT = 1_000
_MOST_DIGITS = 12  # a thousand GWh; a counter that was noted higher would be so for good


class Records(Protocol):
    """What is written down."""

    async def sessions(self, limit: int) -> Sequence[SessionRow]:
        """Return sessions, the one that changed last first."""
        ...

    async def cdrs(self, limit: int) -> Sequence[CdrRow]:
        """Return CDRs, newest first."""
        ...

    async def outbox(
        self, *, parked_only: bool = False, session_id: SessionId | None = None, limit: int = -1
    ) -> Sequence[OwedRow]:
        """Return what backends do not have yet: all of it, what waits for a human, or what is of one session."""
        ...

    async def lack_cdr(self, rows: Iterable[SessionRow], /) -> Collection[SessionId]:
        """Return the sessions among these that are over and whose CDR is not sealed yet."""
        ...

    async def facts_of_time(self, session: Sequence[Fact], /) -> Sequence[Fact]:
        """Return what is known of the time of a session's facts: the boot they begin in, and what came after."""
        ...

    async def facts_of(self, session_id: SessionId) -> Sequence[Fact]:
        """Return every fact of one session in order."""
        ...

    def facts(self, from_seq: int) -> AsyncIterator[Fact]:
        """Read facts in order."""
        ...


class Commands(Protocol):
    """Where a technician's word goes."""

    async def put_and_wait(self, observation: FaultCleared | MeterReplaced | DeliveryRetried) -> None:
        """Return once what follows from it is on disk."""
        ...


def serve(  # noqa: PLR0913 - the composition root names each part
    socket_path: Path,
    view: SiteView,
    records: Records,
    commands: Commands,
    lines: Sequence[LineView] = (),
    *,
    version: str,
    faults: tuple[type[Exception], ...] = (),
    routes: Iterable[web.AbstractRouteDef] = (),
) -> Coroutine[Any, Any, None]:
    """Listen at once, SocketUnusable if that cannot be; the coroutine answers until cancelled and removes the socket.

    So whoever says READY after calling this speaks the truth: a client that connects is answered.
    `faults` are what `records` may raise for a fault in the field; they are answered with 503 and their message.
    """
    api = _LocalApi(view, records, commands, version, faults)
    application, buses = api.application(), BusApi(lines, view.now)
    application.router.add_routes([*buses.routes(), *routes])
    application.on_shutdown.append(buses.end_traces)
    return _answer_at(listen_at(socket_path), socket_path, application)


async def _answer_at(listener: socket.socket, path: Path, application: web.Application) -> None:
    try:
        runner = web.AppRunner(application, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
    finally:
        leave(listener, path)


class _LocalApi:
    """The handlers; holds what they answer from."""

    def __init__(
        self,
        view: SiteView,
        records: Records,
        commands: Commands,
        version: str,
        faults: tuple[type[Exception], ...],
    ) -> None:
        self._view = view
        self._records = records
        self._commands = commands
        self._version = version
        self._faults = faults

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._apologise])
        application.router.add_get("/status", self._status)
        application.router.add_get("/meters", self._meters)
        application.router.add_get("/sessions", self._sessions)
        application.router.add_get("/sessions/{session_id}", self._story)
        application.router.add_get("/cdrs", self._cdrs)
        application.router.add_get("/outbox", self._outbox)
        application.router.add_post("/faults/{evse_uid}/clear", self._clear)
        application.router.add_post("/meters/{evse_uid}/exchanged", self._exchanged)
        application.router.add_post("/outbox/{object_id}/retry", self._retry)
        return application

    @web.middleware
    async def _apologise(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refusal:
            return _answer(Apology(refusal.text or refusal.reason), refusal.status)
        except self._faults as fault:
            return _answer(Apology(str(fault)), web.HTTPServiceUnavailable.status_code)

    async def _status(self, _request: web.Request) -> web.Response:
        meters = self._view.meters()
        return _answer(
            Status(
                version=self._version,
                pid=os.getpid(),
                now=self._view.now(),
                evses=tuple(self._view.evses()),
                readers=tuple(self._view.readers()),
                backends=tuple(self._view.backends()),
                meters_good=sum(is_good(meter) for meter in meters),
                meters_total=len(meters),
                storage=self._view.storage(),
            )
        )

    async def _meters(self, _request: web.Request) -> web.Response:
        return _answer(Meters(self._view.now(), tuple(self._view.meters())))

    async def _sessions(self, request: web.Request) -> web.Response:
        rows = await self._records.sessions(_limit(request))
        return _answer(session_lines(rows, await self._records.lack_cdr(rows)))

    async def _cdrs(self, request: web.Request) -> web.Response:
        return _answer(tuple(cdr_line(row) for row in await self._records.cdrs(_limit(request))))

    async def _outbox(self, request: web.Request) -> web.Response:
        # After weeks offline there may be tens of thousands: the oldest show what is the matter.
        rows = await self._records.outbox(parked_only="parked" in request.query, limit=_HIGHEST_LIMIT)
        return _answer(tuple(outbox_line(row) for row in rows))

    async def _story(self, request: web.Request) -> web.Response:
        session_id = SessionId(request.match_info["session_id"])
        facts = await self._records.facts_of(session_id)
        if not facts:
            session_id = await self._complete(session_id)
            facts = await self._records.facts_of(session_id)
        adopted, of_time = await background_of(self._records, facts)
        owed = [row.delivery for row in await self._records.outbox(session_id=session_id)]
        return _answer(tell_story(facts, adopted, owed, of_time))

    async def _complete(self, beginning: str) -> SessionId:
        try:
            return complete_id(beginning, await self._records.sessions(_HIGHEST_LIMIT))
        except LookupError as problem:
            raise web.HTTPNotFound(text=str(problem)) from None

    def _known_evse(self, uid: EvseUid) -> EvseSnapshot:
        known = {evse.uid: evse for evse in self._view.evses()}
        if uid not in known:
            listed = ", ".join(known) or "none"
            raise web.HTTPNotFound(text=f"there is no EVSE {uid}; known EVSEs: {listed}")
        return known[uid]

    async def _clear(self, request: web.Request) -> web.Response:
        uid = EvseUid(request.match_info["evse_uid"])
        known = self._known_evse(uid)
        if not known.faults and not known.unattributed_alarm:
            return _answer(Done(f"EVSE {uid}: there is no fault"))
        await self._commands.put_and_wait(FaultCleared(uid, self._view.now()))
        return _answer(Done(f"EVSE {uid}: faults cleared; ocpi-gateway status shows whether they return"))

    async def _exchanged(self, request: web.Request) -> web.Response:
        uid = EvseUid(request.match_info["evse_uid"])
        evse = self._known_evse(uid)
        if evse.session_id is not None:
            raise web.HTTPConflict(text=f"EVSE {uid} has a session; end it first, its bill needs the old meter")
        old_wh, new_wh = (_whole_number(request.query.get(name, "")) for name in ("old_wh", "new_wh"))
        if old_wh is None or new_wh is None:
            raise web.HTTPBadRequest(text="old_wh and new_wh are needed, in whole Wh")
        counted_wh = count_on(evse.counter_wh, old_wh, evse.rollover_wh)
        if evse.counter_wh is not None and counted_wh < evse.counter_wh:
            problem = f"the old meter of EVSE {uid} had reached {evse.counter_wh} Wh already; look at its display again"
            raise web.HTTPConflict(text=problem)
        await self._commands.put_and_wait(MeterReplaced(uid, self._view.now(), old_wh, new_wh))
        return _answer(Done(f"EVSE {uid}: from {old_wh} Wh on the old meter to {new_wh} Wh on the new one"))

    async def _retry(self, request: web.Request) -> web.Response:
        object_id = request.match_info["object_id"]
        parked = [row.delivery for row in await self._records.outbox(parked_only=True)]
        wanted = [delivery for delivery in parked if delivery.object_id == object_id]
        if not wanted:
            raise web.HTTPNotFound(text=f"nothing of {object_id} is parked; ocpi-gateway outbox --parked shows what is")
        for delivery in wanted:
            await self._commands.put_and_wait(DeliveryRetried(delivery, self._view.now()))
        what = ", ".join(f"{delivery.kind.value} to {delivery.backend}" for delivery in wanted)
        return _answer(Done(f"{object_id}: {what} will be sent again"))


def _limit(request: web.Request) -> int:
    limit = _whole_number(request.query.get("limit", str(_DEFAULT_LIMIT)))
    if limit is None or not 1 <= limit <= _HIGHEST_LIMIT:
        raise web.HTTPBadRequest(text=f"limit must be a whole number from 1 to {_HIGHEST_LIMIT}")
    return limit


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _answer(shape: object, status: int = 200) -> web.Response:
    return web.Response(body=encode(shape), status=status, content_type="application/json")
