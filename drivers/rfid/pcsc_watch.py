"""How PC/SC is watched: find the reader, follow its cards, find it again. Blocks, but holds no thread itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from drivers.rfid import CardArrived, CardEvent, ReaderFound, ReaderLost
from drivers.rfid.apdu import GET_UID, read_uid_answer
from drivers.rfid.pcsc_status import UNAWARE, Change, choose_reader, compare
from drivers.rfid.uid import UidRefused
from drivers.rfid.visit import Resting, edges

_NEW_READERS = "\\\\?PnP?\\Notification"  # PC/SC's pseudo reader, which changes when readers come and go
_AT_ONCE = 0
_ENDLESS_MS = 600_000
# pcsc-lite does not announce a reader that appears between our listing and our waiting; look again this often.
_LIST_AGAIN_MS = 10_000
# A reader that was lost with a card on it may call itself empty until its field is up again; believe it after this.
_DOUBT_MS = 1_500
_READ_WITHIN_S = 2.0  # a card that cannot be read at once is given this long
_RETRY_MS, _LONGEST_RETRY_MS = 20, 400

TORN = UidRefused("the card was taken away before it was read; hold it to the reader for a second")


class ServiceLostError(Exception):
    """pcscd cannot be asked; the message ends with the remedy."""


class ReaderGoneError(Exception):
    """pcscd no longer knows this reader."""


class CardFaultError(Exception):
    """The card could not be read this time; `refusal` is what to say if it stays so."""

    def __init__(self, refusal: UidRefused) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class Context(Protocol):
    """One connection to pcscd. Every call may raise ServiceLostError."""

    def readers(self) -> list[str]:
        """Name the readers that are there."""
        ...

    def wait(self, name: str, seen: int, timeout_ms: int) -> int:
        """Return the status word as soon as it differs from `seen`; `seen` itself after the timeout or a stop."""
        ...

    def card(self, name: str) -> AbstractContextManager[Callable[[bytes], bytes]]:
        """Connect, and lend a function that sends a command and returns the answer; raises CardFaultError."""
        ...


class Watch:
    """What is known of one reader and its card, over any number of contexts; `post` is told what happens."""

    def __init__(self, match: str, post: Callable[[CardEvent], None], *, reversed_uid: bool) -> None:
        self._match = match
        self._post = post
        self._reversed_uid = reversed_uid
        self._resting: Resting = None
        self._has_looked = False
        self._trouble: str | None = None

    @property
    def is_lost(self) -> bool:
        """The last word was that the reader cannot be watched."""
        return self._trouble is not None

    def lost(self, reason: str) -> None:
        """Say why the reader cannot be watched, once for each reason."""
        if reason != self._trouble:
            self._post(ReaderLost(reason))
        self._trouble = reason

    def serve(self, context: Context, is_stopping: Callable[[], bool]) -> None:
        """Watch through this context until stopped."""
        while not is_stopping():
            names = context.readers()
            name = choose_reader(names, self._match)
            if name is None:
                self.lost(self._no_reader(names))
                context.wait(_NEW_READERS, UNAWARE, _LIST_AGAIN_MS)
                continue
            self._trouble = None
            self._post(ReaderFound(name))
            try:
                self._follow(context, name, is_stopping)
            except ReaderGoneError:
                self.lost(f"{name} is gone; plug it in again, or power-cycle its USB port")

    def _follow(self, context: Context, name: str, is_stopping: Callable[[], bool]) -> None:
        """Follow the cards of one reader until it is gone."""
        seen, wait_ms = UNAWARE, _ENDLESS_MS
        retries: Iterator[int] | None = None  # while a card is there that could not be read yet
        while not is_stopping():
            before, seen = seen, context.wait(name, seen, wait_ms)
            change = compare(before, seen)
            if change is Change.GONE:
                raise ReaderGoneError
            if change is Change.EMPTY and before == UNAWARE and self._resting is not None:
                wait_ms = _DOUBT_MS
                continue
            if change is Change.EMPTY:
                if retries is not None and self._resting is None:
                    self._settle(TORN)
                self._settle(None)
                retries = None
            if change is Change.SWAPPED and wait_ms != _AT_ONCE:
                self._settle(None)  # after a reading it stands: a swap meanwhile leaves open which card was read
            if change in (Change.ARRIVED, Change.SWAPPED):
                retries = _retries_ms()
            wait_ms = _ENDLESS_MS if retries is None else self._read(context, name, retries)
            if wait_ms in (_AT_ONCE, _ENDLESS_MS):
                retries = None

    def _read(self, context: Context, name: str, retries: Iterator[int]) -> int:
        """Try to read the card; return how long to wait for the next change, _ENDLESS_MS if it stays unread."""
        try:
            with context.card(name) as transmit:
                self._settle(read_uid_answer(transmit(GET_UID), reversed_uid=self._reversed_uid))
        except CardFaultError as fault:
            if (wait_ms := next(retries, None)) is not None:
                return wait_ms
            self._settle(fault.refusal)
            return _ENDLESS_MS
        return _AT_ONCE

    def _settle(self, now: Resting) -> None:
        for event in edges(self._resting, now):
            if isinstance(event, CardArrived) and not self._has_looked:
                # A card that lies there at the very first look was not seen coming.
                self._post(replace(event, lay_there=True))
            else:
                self._post(event)
        self._resting, self._has_looked = now, True

    def _no_reader(self, names: list[str]) -> str:
        there = ", ".join(names) if names else "none at all"
        return (
            f"no card reader whose name contains {self._match!r} (pcscd sees: {there}); "
            "plug it in, or correct `match` in the configuration"
        )


def _retries_ms() -> Iterator[int]:
    """Yield how long to wait before each further attempt, as long as there is time for one."""
    deadline, wait_ms = time.monotonic() + _READ_WITHIN_S, _RETRY_MS
    while time.monotonic() < deadline:
        yield wait_ms
        wait_ms = min(2 * wait_ms, _LONGEST_RETRY_MS)
