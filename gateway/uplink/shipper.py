"""Drains one backend's outbox through its uplink: nothing lost, nothing skipped, no object in another one's way."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from gateway.core.delivery import Delivery
from gateway.core.identifiers import BackendName
from gateway.uplink.backoff import Backoff
from gateway.uplink.lanes import Lane, Tries, object_key, plan
from gateway.uplink.ports import Link, LinkDown, Outbox, Uplink
from gateway.uplink.wave import Source, Wave

_log = structlog.get_logger()

_WINDOW = 8  # lanes in flight at once: hides a slow line's round trips, and bounds what a backend must hold of ours
# When a broker comes back, so do all its sites: they spread over this time, and over each later wait.
_RECONNECT = Backoff(base_s=4.0, cap_s=60.0, spread_s=15.0)
_PAGE = 512  # rows looked at together: some 1 MB, whatever the backlog


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether the backend takes deliveries, and the newest trouble in words: with it, or with some object."""

    connected: bool
    trouble: str | None


class Shipper:
    """One backend's drain; `run` for as long as the daemon lives, `state` for those who look."""

    def __init__(  # noqa: PLR0913 - the last two let tests hold the clock
        self,
        backend: BackendName,
        uplink: Uplink,
        outbox: Outbox,
        *,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._backend = backend
        self._uplink = uplink
        self._outbox = outbox
        self._backoff = backoff or Backoff()
        self._reconnect = backoff or _RECONNECT
        self._sleep = sleep
        self._chance = chance
        self._failures = 0
        self._tries: Tries = {}
        self._beyond: Delivery | None = None
        self._state = LinkState(connected=False, trouble=None)

    @property
    def state(self) -> LinkState:
        """The backend as of the last exchange with it."""
        return self._state

    async def run(self) -> None:
        """Connect, drain, and again; returns never. Faults of the line are waited out, anything else is raised."""
        while True:
            was_up = False
            try:
                async with self._uplink.session() as link:
                    was_up = True
                    await self._drain(link)
            except LinkDown as fault:
                self._note(LinkState(connected=False, trouble=str(fault)))
                await self._sleep(self._return_s(fault, was_up=was_up))

    async def _drain(self, link: Link) -> None:
        # What is owed when the line is up is the backlog; what changes from then on goes before it.
        live_after = await self._outbox.horizon(self._backend)
        while not link.lost.done():
            due = await self._look(live_after)
            self._tries = {key: n for row in due if (n := self._tries.get(key := object_key(row), 0))}
            lanes = plan(due, self._tries, _PAGE)
            if lanes:
                await self._ship(link, lanes, due, live_after)
            else:
                self._note(LinkState(connected=True, trouble=None))
                async with _until(link.lost):
                    await self._outbox.wait(self._backend)
                self._failures = 0
        raise LinkDown(link.lost.result())

    async def _look(self, live_after: int) -> Sequence[Delivery]:
        """Return what is to go next; where all the oldest are in trouble, those behind them get their turn."""
        due = await self._outbox.due(self._backend, _PAGE, live_after=live_after, beyond=self._beyond)
        if not due and self._beyond is not None:
            self._beyond = None
            due = await self._outbox.due(self._backend, _PAGE, live_after=live_after)
        return due

    async def _ship(self, link: Link, lanes: Sequence[Lane], due: Sequence[Delivery], live_after: int) -> None:
        """Ship a wave; one that moved nothing, or was told to wait, is followed by a pause."""
        fetched = due[-1]
        # What was live stands at the backlog's new end too, until its verdict is booked.
        known = {object_key(row): row.up_to_seq for row in due}

        def fresh(rows: Sequence[Delivery]) -> list[Delivery]:
            return [row for row in rows if known.get(object_key(row), 0) < row.up_to_seq]

        async def more() -> Sequence[Lane]:
            nonlocal fetched
            if wave.has_moved:  # a wave may last for hours
                self._note(LinkState(connected=True, trouble=self._state.trouble if self._tries else None))
            while rows := await self._outbox.backlog(self._backend, _PAGE, beyond=fetched):
                fetched = rows[-1]
                if lanes := plan(fresh(rows), {}, _PAGE):
                    return lanes
            return ()

        async def live() -> Sequence[Lane]:
            rows = fresh(await self._outbox.live(self._backend, _PAGE, live_after=live_after))
            known.update({object_key(row): row.up_to_seq for row in rows})
            return plan(rows, {}, _PAGE)

        wave = Wave(link, self._outbox, self._tries)
        await wave.ship(lanes, Source(more, live, lambda: self._outbox.has_news(self._backend)), _WINDOW)
        deferred = wave.deferred
        # Objects that stumble while others pass are trouble too, without the backend being gone.
        trouble = deferred[0].reason if deferred else self._state.trouble if self._tries else None
        self._note(LinkState(connected=wave.has_moved, trouble=trouble))
        if wave.has_moved:
            self._failures = 0
        elif len(self._tries) >= len(lanes):
            self._beyond = due[-1]  # each of them was tried and none went
        retry_after_s = max((it.retry_after_s for it in deferred if it.retry_after_s is not None), default=None)
        if not wave.has_moved or retry_after_s is not None:
            async with _until(link.lost):
                await self._sleep(self._wait_s(self._backoff, retry_after_s))

    def _return_s(self, fault: LinkDown, *, was_up: bool) -> float:
        """Return how long to wait before connecting anew; a line that was up is lost by all sites at once."""
        if was_up and fault.retry_after_s is None:
            self._failures += 1
            return self._reconnect.spread_s * self._chance()
        return self._wait_s(self._reconnect, fault.retry_after_s)

    def _wait_s(self, backoff: Backoff, retry_after_s: int | None) -> float:
        self._failures += 1
        return backoff.wait_s(self._failures, self._chance(), retry_after_s)

    def _note(self, state: LinkState) -> None:
        """Log a change once; the same trouble again is only counted."""
        before, self._state = self._state, state
        if state.trouble is None and state != before:
            _log.info("uplink_well", backend=self._backend, failures=self._failures)
        elif state.trouble is not None and state.trouble != before.trouble:
            _log.warning("uplink_in_trouble", backend=self._backend, reason=state.trouble, failures=self._failures)


@asynccontextmanager
async def _until(lost: asyncio.Future[str]) -> AsyncIterator[None]:
    """Let the block run until `lost` is done, then end it with LinkDown; whatever it waited for is cancelled."""
    try:
        async with asyncio.timeout(None) as scope:
            is_inside = True

            def cut(_: asyncio.Future[str]) -> None:
                if is_inside:
                    scope.reschedule(asyncio.get_running_loop().time())

            lost.add_done_callback(cut)
            try:
                yield
            finally:
                is_inside = False
                lost.remove_done_callback(cut)
    except TimeoutError:
        if not lost.done():
            raise
        raise LinkDown(lost.result()) from None
