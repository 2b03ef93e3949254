"""Drains one backend's outbox through its uplink: nothing lost, nothing skipped, no object in another one's way."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog

from gateway.core.delivery import Accepted, Deferred, Delivery, ObjectKind, Receipt, Rejected
from gateway.core.identifiers import BackendName
from gateway.uplink.backoff import Backoff
from gateway.uplink.lanes import Lane, object_key, plan

_log = structlog.get_logger()

_WINDOW = 4  # lanes in flight at once: hides a slow line's round trips, and bounds what a backend must hold of ours
_MOST_LOOKED_AT = 256  # rows fetched at once, however many are in trouble
_PATIENCE = 3  # tries a session's PUT gets before its CDR stops waiting for it


class LinkDown(Exception):
    """The backend cannot be reached at all; the message is one line that ends with the remedy."""

    def __init__(self, reason: str, retry_after_s: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Outbox(Protocol):
    """What every backend is still owed."""

    async def due(self, backend: BackendName, limit: int) -> Sequence[Delivery]:
        """Return what is owed, oldest `up_to_seq` first, a session before its CDR of the same seq, no parked rows."""
        ...

    async def report(self, delivery: Delivery, receipt: Accepted | Rejected) -> None:
        """Take a backend's verdict; returns once it is on disk, so that `due` no longer returns that state."""
        ...

    async def wait(self, backend: BackendName) -> None:
        """Return when something may have become due since the last call of `due`, at once if it has already.

        May be cancelled while it waits.
        """
        ...


class Link(Protocol):
    """An uplink while it is connected. `lost` is done, with the reason, as soon as the connection is gone."""

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done when the connection is gone; never done where there is no standing connection."""
        ...

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Hand one object over within an absolute deadline.

        Accepted only when the backend has acknowledged it; a fault of the line is Deferred, never an exception.
        Several may be under way at once.
        """
        ...


class Uplink(Protocol):
    """A way to one backend."""

    def session(self) -> AbstractAsyncContextManager[Link]:
        """Connect, and disconnect on leaving; LinkDown if the backend cannot be reached or will not have us."""
        ...


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
        self._sleep = sleep
        self._chance = chance
        self._failures = 0
        self._tries: dict[tuple[ObjectKind, str], int] = {}
        self._state = LinkState(connected=False, trouble=None)

    @property
    def state(self) -> LinkState:
        """The backend as of the last exchange with it."""
        return self._state

    async def run(self) -> None:
        """Connect, drain, and again; returns never. Faults of the line are waited out, anything else is raised."""
        while True:
            try:
                async with self._uplink.session() as link:
                    await self._drain(link)
            except LinkDown as fault:
                self._note(LinkState(connected=False, trouble=str(fault)))
                await self._sleep(self._wait_s(fault.retry_after_s))

    async def _drain(self, link: Link) -> None:
        while not link.lost.done():
            limit = min(_MOST_LOOKED_AT, 2 * _WINDOW + len(self._tries))
            due = await self._outbox.due(self._backend, limit)
            self._tries = {key: n for row in due if (n := self._tries.get(key := object_key(row), 0))}
            lanes = plan(due, self._tries, _WINDOW)
            if lanes:
                await self._ship(link, lanes)
            else:
                self._note(LinkState(connected=True, trouble=None))
                async with _until(link.lost):
                    await self._outbox.wait(self._backend)
                self._failures = 0
        raise LinkDown(link.lost.result())

    async def _ship(self, link: Link, lanes: Sequence[Lane]) -> None:
        """Ship lanes side by side; a wave that moved nothing, or was told to wait, is followed by a pause."""
        results = await asyncio.gather(*(self._ship_lane(link, lane) for lane in lanes), return_exceptions=True)
        moved = False
        deferred: list[Deferred] = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            moved = moved or result.moved
            deferred.extend(result.deferred)
        # Objects that stumble while others pass are trouble too, without the backend being gone.
        trouble = deferred[0].reason if deferred else self._state.trouble if self._tries else None
        self._note(LinkState(connected=moved, trouble=trouble))
        if moved:
            self._failures = 0
        retry_after_s = max((it.retry_after_s for it in deferred if it.retry_after_s is not None), default=None)
        if not moved or retry_after_s is not None:
            async with _until(link.lost):
                await self._sleep(self._wait_s(retry_after_s))

    async def _ship_lane(self, link: Link, lane: Lane) -> "_LaneResult":
        """Ship one session's objects in their order; a CDR waits for its session, but not for ever."""
        deferred: list[Deferred] = []
        moved = False
        for delivery in lane:
            receipt = await self._attempt(link, delivery)
            key = object_key(delivery)
            if not isinstance(receipt, Deferred):
                await self._report(delivery, receipt)
                self._tries.pop(key, None)
                moved = True
                continue
            deferred.append(receipt)
            self._tries[key] = self._tries.get(key, 0) + 1
            if self._tries[key] < _PATIENCE:
                break
        return _LaneResult(moved=moved, deferred=tuple(deferred))

    async def _attempt(self, link: Link, delivery: Delivery) -> Receipt:
        try:
            return await link.deliver(delivery)
        except (LinkDown, OSError) as fault:  # OSError: TimeoutError and ssl.SSLError are kinds of it
            return Deferred(str(fault) or type(fault).__name__)

    async def _report(self, delivery: Delivery, receipt: Accepted | Rejected) -> None:
        await self._outbox.report(delivery, receipt)
        if isinstance(receipt, Rejected):
            _log.warning(
                "delivery_parked",
                backend=self._backend,
                object=delivery.kind.value,
                object_id=delivery.object_id,
                reason=receipt.reason,
            )

    def _wait_s(self, retry_after_s: int | None) -> float:
        self._failures += 1
        return self._backoff.wait_s(self._failures, self._chance(), retry_after_s)

    def _note(self, state: LinkState) -> None:
        """Log a change once; the same trouble again is only counted."""
        before, self._state = self._state, state
        if state.trouble is None and state != before:
            _log.info("uplink_well", backend=self._backend, failures=self._failures)
        elif state.trouble is not None and state.trouble != before.trouble:
            _log.warning("uplink_in_trouble", backend=self._backend, reason=state.trouble, failures=self._failures)


@dataclass(frozen=True, slots=True)
class _LaneResult:
    """Whether anything of a lane was settled, and what was not."""

    moved: bool
    deferred: tuple[Deferred, ...]


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
