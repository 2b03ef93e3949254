"""One card reader's loop: what the reader tells becomes observations in the inbox."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Final, Protocol, assert_never, runtime_checkable

import structlog

from drivers.rfid import CardArrived, CardEvent, CardLeft, CardReader, CardUnreadable, ReaderFound, ReaderLost
from gateway.clock import Clock
from gateway.core.identifiers import ReaderName, TokenUid
from gateway.core.instant import Instant, elapsed
from gateway.core.minute_bound import MinuteBound
from gateway.core.observations import CardPresented, CardUnusable
from gateway.core.telemetry import ReaderSnapshot

log = structlog.get_logger()

# People do not hold up two a second; each is a fact in the journal, and may be a session that backends hear of.
CARDS_PER_MINUTE: Final = 120
_MINUTE: Final = timedelta(minutes=1)
_FLOODS: Final = (
    f"it tells of more than {CARDS_PER_MINUTE} cards a minute, and those beyond are not heeded; "
    "check its cable, its line speed and what lies on it"
)


class CardInbox(Protocol):
    """Where cards are handed in; none is dropped there, so `put` may wait."""

    async def put(self, observation: CardPresented | CardUnusable, /) -> None:
        """Hand one observation to the site."""
        ...


@runtime_checkable
class Threaded(Protocol):
    """A reader with a thread of its own."""

    def busy_s(self) -> float:
        """Tell for how long the thread has waited for anything but a card to come or go."""
        ...


class ReaderLoop:
    """Watches one reader until it is cancelled; holds what the technician is shown of it."""

    def __init__(self, name: ReaderName, reader: CardReader, clock: Clock, inbox: CardInbox) -> None:
        self._name = name
        self._reader = reader
        self._clock = clock
        self._inbox = inbox
        self._device: str | None = None
        self._trouble: str | None = "not looked for yet"
        self._bound = MinuteBound(CARDS_PER_MINUTE)
        self._flooded_at: Instant | None = None

    def busy_s(self) -> float:
        """Tell for how long the reader's thread has been at the same piece of work; 0 where there is none."""
        return self._reader.busy_s() if isinstance(self._reader, Threaded) else 0.0

    def snapshot(self) -> ReaderSnapshot:
        """Show the reader as it stands; `device` is what the system called it last."""
        return ReaderSnapshot(
            name=self._name,
            present=self._trouble is None,
            device=self._device,
            trouble=_FLOODS if self._trouble is None and self._floods(self._clock.now()) else self._trouble,
        )

    async def run(self) -> None:
        """Turn cards into observations; a fault of the reader is a log line and a snapshot, never an exception."""
        async with aclosing(self._reader.events()) as events:
            async for event in events:
                await self._take(event)

    async def _take(self, event: CardEvent) -> None:
        match event:
            case CardArrived(uid, lay_there=True):
                # Who put it there, and for which vehicle, nobody knows: lifting it and tapping again is a tap.
                log.info("card_lay_there", reader=self._name, uid=str(TokenUid(uid.hex)))
            case CardArrived(uid):
                card = CardPresented(reader=self._name, at=self._clock.now(), uid=TokenUid(uid.hex))
                if await self._heeds(card.at):
                    log.info("card_presented", reader=self._name, uid=str(card.uid))
                    await self._inbox.put(card)
            case CardUnreadable(reason):
                unusable = CardUnusable(reader=self._name, at=self._clock.now(), reason=reason)
                if await self._heeds(unusable.at):
                    log.warning("card_unusable", reader=self._name, reason=reason)
                    await self._inbox.put(unusable)
            case CardLeft():
                pass  # the next card counts again; the driver sees to that
            case ReaderFound(device):
                self._device, self._trouble = device, None
                log.info("reader_found", reader=self._name, device=device)
            case ReaderLost(reason):
                self._trouble = reason
                log.warning("reader_lost", reader=self._name, reason=reason)
            case _:
                assert_never(event)

    async def _heeds(self, now: Instant) -> bool:
        """Whether a card is one that people may have shown; a reader that tells of more is told of once a minute."""
        if self._bound.admits(self._name, now):
            return True
        if not self._floods(now):
            self._flooded_at = now
            log.warning("reader_floods", reader=self._name, reason=_FLOODS)
        await asyncio.sleep(0)  # nothing else here waits, and there may be no end to what the reader tells
        return False

    def _floods(self, now: Instant) -> bool:
        return self._flooded_at is not None and elapsed(self._flooded_at, now) < _MINUTE
