"""The buses in the technician's window: statistics, hints, and a live trace of their frames (see bus_shapes)."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from gateway.core.instant import Instant
from gateway.core.line_telemetry import LineSnapshot, PassingFrame
from gateway.web.bus_shapes import BusLines, TracedFrame, TraceEnd
from gateway.web.shapes import encode

# Some seconds of several full lines; beyond that the reader is too slow, and what it missed is counted.
_MOST_WAITING = 5_000
_LONGEST_S = 86_400
_NS_PER_US = 1_000

Ear = Callable[[PassingFrame], None]


class LineView(Protocol):
    """One bus; answers at once and from memory."""

    def snapshot(self) -> LineSnapshot:
        """Return what is known of it."""
        ...

    def listen(self, ear: Ear) -> None:
        """Tell `ear` every frame from now on."""
        ...

    def ignore(self, ear: Ear) -> None:
        """Stop telling `ear`."""
        ...


class BusApi:
    """The handlers; holds the lines they answer from and asks `now` what time it is."""

    def __init__(self, lines: Sequence[LineView], now: Callable[[], Instant]) -> None:
        self._lines = lines
        self._now = now
        self._hearings: set[_Hearing] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [web.get("/bus", self._buses), web.get("/bus/trace", self._trace)]

    async def end_traces(self, _application: web.Application) -> None:
        """Let every trace end, so that none holds up the daemon's stop."""
        for hearing in self._hearings:
            hearing.end()

    async def _buses(self, _request: web.Request) -> web.Response:
        body = encode(BusLines(self._now(), tuple(line.snapshot() for line in self._lines)))
        return web.Response(body=body, content_type="application/json")

    async def _trace(self, request: web.Request) -> web.StreamResponse:
        lines, seconds = self._asked_lines(request), _seconds(request)
        hearing = _Hearing()
        response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
        await response.prepare(request)
        wall, mono_ns = self._now().utc, time.monotonic_ns()
        self._hearings.add(hearing)
        for line in lines:
            line.listen(hearing.hear)
        try:
            async with asyncio.timeout(seconds):
                while (frame := await hearing.next()) is not None:
                    at = wall + timedelta(microseconds=(frame.at_ns - mono_ns) // _NS_PER_US)
                    await response.write(encode(_traced(frame, at)) + b"\n")
        except TimeoutError:
            await response.write(encode(TraceEnd(hearing.lost)) + b"\n")
        except ConnectionError:
            pass  # the client has seen enough
        finally:
            self._hearings.discard(hearing)
            for line in lines:
                line.ignore(hearing.hear)
        return response

    def _asked_lines(self, request: web.Request) -> Sequence[LineView]:
        name = request.query.get("bus")
        if name is None:
            return self._lines
        known = {line.snapshot().name: line for line in self._lines}
        if name not in known:
            raise web.HTTPNotFound(text=f"there is no bus {name}; known buses: {', '.join(known) or 'none'}")
        return (known[name],)


class _Hearing:
    """Frames that wait to be written; the line itself never waits."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[PassingFrame | None] = asyncio.Queue()
        self.lost = 0

    def hear(self, frame: PassingFrame) -> None:
        if self._frames.qsize() < _MOST_WAITING:
            self._frames.put_nowait(frame)
        else:
            self.lost += 1

    def end(self) -> None:
        self._frames.put_nowait(None)

    async def next(self) -> PassingFrame | None:
        return await self._frames.get()


def _traced(frame: PassingFrame, at: datetime) -> TracedFrame:
    return TracedFrame(frame.bus, frame.is_tcp, frame.is_sent, at, frame.data.hex())


def _seconds(request: web.Request) -> float:
    text = request.query.get("seconds", str(_LONGEST_S))
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise web.HTTPBadRequest(text=f"seconds must be a number above 0 and at most {_LONGEST_S}")
    return seconds
