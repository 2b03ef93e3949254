"""Ships a number of lanes through a window that slides, and has the verdicts booked in batches while it does.

Law: nothing counts as shipped before its verdict is on disk; the wave ends only when all of them are.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.core.delivery import Deferred, Delivery, Receipt, Rejected, Verdict
from gateway.core.identifiers import SessionId
from gateway.uplink.lanes import Lane, Tries, object_key
from gateway.uplink.ports import Link, LinkDown, Outbox

_log = structlog.get_logger()

_PATIENCE: Final = 3  # tries a session's PUT gets before its CDR stops waiting for it
_FETCHED_AHEAD: Final = 160  # lanes that wait in memory when more are fetched
# A commit costs about the same for one verdict and for many: they wait for each other, but not for long.
_GATHERED: Final = 128
_GATHERED_WITHIN_S: Final = 0.1
_MOST_UNBOOKED: Final = 256  # verdicts that wait for the disk: so many may be sent once more after a power cut

# Fetches what comes next; nothing says that there is no more.
Fetch = Callable[[], Awaitable[Sequence[Lane]]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a wave's lanes come from: `more` of the backlog, and `live` ones whenever there `has_news`."""

    more: Fetch
    live: Fetch
    has_news: Callable[[], bool]


class Wave:
    """One wave. `has_moved` and `deferred` tell how it went; `tries` is the shipper's own, and is kept up."""

    def __init__(self, link: Link, outbox: Outbox, tries: Tries) -> None:
        self.has_moved = False
        self.deferred: list[Deferred] = []
        self._link = link
        self._outbox = outbox
        self._tries = tries
        self._lanes: deque[Lane] = deque()
        self._busy = set[SessionId]()
        self._verdicts: list[Verdict] = []
        self._at_work = 0
        self._is_ending = False
        self._is_complete = False
        self._can_book = True
        self._progress = asyncio.Event()
        self._filled = asyncio.Event()
        self._to_book = asyncio.Event()
        self._is_enough = asyncio.Event()
        self._booked = asyncio.Event()

    async def ship(self, lanes: Sequence[Lane], source: Source, window: int) -> None:
        """Ship lanes, so many at once, until there are no more, one is deferred, or the line is lost.

        What went out is booked in any case; what somebody raised is raised after that.
        """
        self._add(lanes)
        self._at_work = window
        workers = (self._work() for _ in range(window))
        ends = await asyncio.gather(self._fill(source), self._book(), *workers, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _fill(self, source: Source) -> None:
        """Fetch ahead, so that the window never runs dry, and put what is live in front of all that waits."""
        is_exhausted = False
        try:
            while not self._is_ending and (self._lanes or not is_exhausted):
                if source.has_news():
                    await self._put_in_front(await source.live())
                elif is_exhausted or len(self._lanes) > _FETCHED_AHEAD:
                    await self._next_progress()
                else:
                    lanes = await source.more()
                    is_exhausted = not lanes
                    while not self._is_ending and any(lane[0].session_id in self._busy for lane in lanes):
                        await self._next_progress()
                    self._add(lanes)
        finally:
            self._is_complete = True
            self._filled.set()

    async def _put_in_front(self, lanes: Sequence[Lane]) -> None:
        """Let live lanes go next; one of a session that is under way waits for that, so that no state is overtaken."""
        for lane in lanes:
            session = lane[0].session_id
            waiting = next((one for one in self._lanes if one[0].session_id == session), None)
            if waiting is not None:
                self._lanes.remove(waiting)
                self._busy.discard(session)
            while not self._is_ending and session in self._busy:
                await self._next_progress()
            self._lanes.appendleft(lane)
            self._busy.add(session)
            self._filled.set()

    async def _next_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    def _add(self, lanes: Sequence[Lane]) -> None:
        self._lanes.extend(lanes)
        self._busy.update(lane[0].session_id for lane in lanes)
        self._filled.set()

    async def _work(self) -> None:
        try:
            while not self._is_ending:
                if self._lanes:
                    lane = self._lanes.popleft()
                    await self._ship_lane(lane)
                    self._busy.discard(lane[0].session_id)
                    self._is_ending = self._is_ending or bool(self.deferred) or self._link.lost.done()
                    self._progress.set()
                elif self._is_complete:
                    return
                else:
                    self._is_enough.set()
                    self._filled.clear()
                    await self._filled.wait()
        except BaseException:
            self._is_ending = True
            raise
        finally:
            self._at_work -= 1
            if self._is_ending:
                self._progress.set()
                self._filled.set()
            self._to_book.set()
            self._is_enough.set()

    async def _ship_lane(self, lane: Lane) -> None:
        """Ship one session's objects in their order; a CDR waits for its session, but not for ever."""
        for delivery in lane:
            receipt = await self._attempt(delivery)
            key = object_key(delivery)
            if isinstance(receipt, Deferred):
                self.deferred.append(receipt)
                self._tries[key] = self._tries.get(key, 0) + 1
                if self._tries[key] < _PATIENCE:
                    return
                continue
            self._tries.pop(key, None)
            self.has_moved = True
            self._verdicts.append((delivery, receipt))
            self._to_book.set()
            if len(self._verdicts) >= _GATHERED or isinstance(receipt, Rejected):
                self._is_enough.set()
            while self._can_book and len(self._verdicts) >= _MOST_UNBOOKED:
                self._booked.clear()
                await self._booked.wait()

    async def _attempt(self, delivery: Delivery) -> Receipt:
        try:
            return await self._link.deliver(delivery)
        except (LinkDown, OSError) as fault:  # OSError: TimeoutError and ssl.SSLError are kinds of it
            return Deferred(str(fault) or type(fault).__name__)

    async def _book(self) -> None:
        """Have verdicts written as they come, many at once."""
        while self._at_work or self._verdicts:
            await self._to_book.wait()
            self._to_book.clear()
            await self._gather()
            batch, self._verdicts = self._verdicts, []
            try:
                await self._outbox.report(batch)
            except BaseException:
                self._is_ending, self._can_book = True, False
                self._progress.set()
                self._filled.set()
                raise
            finally:
                self._booked.set()
            for delivery, receipt in batch:
                if isinstance(receipt, Rejected):
                    _tell_parked(delivery, receipt)

    async def _gather(self) -> None:
        """Let verdicts come together while many are on their way."""
        if self._lanes and not self._is_ending:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GATHERED_WITHIN_S):
                    await self._is_enough.wait()
        self._is_enough.clear()


def _tell_parked(delivery: Delivery, receipt: Rejected) -> None:
    _log.warning(
        "delivery_parked",
        backend=delivery.backend,
        object=delivery.kind.value,
        object_id=delivery.object_id,
        reason=receipt.reason,
    )
