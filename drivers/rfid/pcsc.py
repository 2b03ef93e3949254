"""Cards through PC/SC: the only use of pyscard, and the one thread its blocking calls are given per reader."""

import asyncio
import importlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from drivers.rfid import CardEvent, ReaderFound, ReaderLost
from drivers.rfid.apdu import GET_UID, STATUS_BYTES, read_uid_answer
from drivers.rfid.backoff import delays_s
from drivers.rfid.pcsc_status import CHANGED, UNAWARE, Change, choose_reader, compare
from drivers.rfid.uid import UidRefused
from drivers.rfid.visit import Resting, edges

_STOP_PATIENCE_S = 2.0  # a call to a mute card cannot be interrupted; its thread then ends on its own
_CANCEL_AGAIN_S = 0.05  # SCardCancel is lost on a context that does not wait at that moment
_NEW_READERS = "\\\\?PnP?\\Notification"  # PC/SC's pseudo reader, which changes when readers come and go
_AT_ONCE = 0
_ENDLESS_MS = 600_000
# pcsc-lite does not announce a reader that appears between our listing and our waiting; look again this often.
_LIST_AGAIN_MS = 10_000
# A reader that was lost with a card on it may call itself empty until its field is up again; believe it after this.
_DOUBT_MS = 1_500
_READ_WITHIN_S = 2.0  # a card that cannot be read at once is given this long
_RETRY_MS, _LONGEST_RETRY_MS = 20, 400

_START = "start it with `systemctl enable --now pcscd.socket`"
_INSTALL = "install pcscd, and pyscard into the gateway's environment"
_ALLOW = "allow the service user org.debian.pcsc-lite.access_pcsc and .access_card by a polkit rule"

_TORN = UidRefused("the card was taken away before it was read; hold it to the reader for a second")
_SILENT = UidRefused("the card does not answer; hold it flat to the reader for a second, or use another card")
_BUSY = UidRefused("another program holds the card reader; stop it (gpg, opensc and browsers are known for it)")

_Post = Callable[[CardEvent | BaseException | None], None]


class PcscReader:
    """Watches the first PC/SC reader whose name contains `match`, without regard to case.

    SAM slots are passed over unless `match` asks for one. Any number of these may be watched side by side: each
    `events()` has a thread and a PC/SC context of its own.
    """

    def __init__(self, match: str, *, reversed_uid: bool) -> None:
        self._match = match
        self._reversed_uid = reversed_uid

    async def events(self) -> AsyncGenerator[CardEvent, None]:
        """See CardReader. Closing it wakes the thread and waits for its end."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[CardEvent | BaseException | None] = asyncio.Queue()

        def post(event: CardEvent | BaseException | None) -> None:
            with suppress(RuntimeError):  # the loop was closed before a stuck call came back
                loop.call_soon_threadsafe(queue.put_nowait, event)

        watch = _Watch(self._match, post, reversed_uid=self._reversed_uid)
        threading.Thread(target=watch.run, name=f"pcsc {self._match}", daemon=True).start()
        try:
            while (event := await queue.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            # In a thread too, because a pcscd that hangs would hold up the loop.
            threading.Thread(target=watch.stop, name=f"pcsc stop {self._match}", daemon=True).start()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_PATIENCE_S):
                    while not watch.is_over and await queue.get() is not None:
                        pass


class _Watch:
    """What runs in the thread; `post` hands events to the loop."""

    def __init__(self, match: str, post: _Post, *, reversed_uid: bool) -> None:
        self._match = match
        self._post = post
        self._reversed_uid = reversed_uid
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._context: _Context | None = None
        self._resting: Resting = None
        self._trouble: str | None = None

    @property
    def is_over(self) -> bool:
        """The thread has said its last word."""
        return self._over.is_set()

    def stop(self) -> None:
        """Wake the thread wherever it waits, until it has ended."""
        self._stopping.set()
        while not self._over.wait(_CANCEL_AGAIN_S):
            if (context := self._context) is not None:
                context.cancel()

    def run(self) -> None:
        """Serve until stopped; pcscd may come and go."""
        delays = delays_s()
        try:
            while not self._stopping.is_set():
                try:
                    self._serve()
                except _ServiceLostError as fault:
                    if self._trouble is None:
                        delays = delays_s()
                    self._lost(str(fault))
                    self._stopping.wait(next(delays))
        except BaseException as bug:  # noqa: BLE001  it is raised where it can end the process: in events()
            self._post(bug)
        finally:
            self._over.set()
            self._post(None)

    def _serve(self) -> None:
        """Hold one context: find the reader, watch it, find it again."""
        with _Context.established() as context:
            self._context = context
            try:
                while not self._stopping.is_set():
                    names = context.readers()
                    name = choose_reader(names, self._match)
                    if name is None:
                        self._lost(self._no_reader(names))
                        context.wait(_NEW_READERS, UNAWARE, _LIST_AGAIN_MS)
                        continue
                    self._trouble = None
                    self._post(ReaderFound(name))
                    try:
                        self._follow(context, name)
                    except _ReaderGoneError:
                        self._lost(f"{name} is gone; plug it in again, or power-cycle its USB port")
            finally:
                self._context = None

    def _follow(self, context: "_Context", name: str) -> None:
        """Follow the cards of one reader until it is gone."""
        seen, wait_ms = UNAWARE, _ENDLESS_MS
        retries: Iterator[int] | None = None  # while a card is there that could not be read yet
        while not self._stopping.is_set():
            before, seen = seen, context.wait(name, seen, wait_ms)
            change = compare(before, seen)
            if change is Change.GONE:
                raise _ReaderGoneError
            if change is Change.EMPTY and before == UNAWARE and self._resting is not None:
                wait_ms = _DOUBT_MS
                continue
            if change is Change.EMPTY:
                if retries is not None and self._resting is None:
                    self._settle(_TORN)
                self._settle(None)
                retries = None
            if change is Change.SWAPPED and wait_ms != _AT_ONCE:
                self._settle(None)  # after a reading it stands: a swap meanwhile leaves open which card was read
            if change in (Change.ARRIVED, Change.SWAPPED):
                retries = _retries_ms()
            wait_ms = _ENDLESS_MS if retries is None else self._read(context, name, retries)
            if wait_ms in (_AT_ONCE, _ENDLESS_MS):
                retries = None

    def _read(self, context: "_Context", name: str, retries: Iterator[int]) -> int:
        """Try to read the card; return how long to wait for the next change, _ENDLESS_MS if it stays unread."""
        try:
            with context.card(name) as transmit:
                self._settle(read_uid_answer(transmit(GET_UID), reversed_uid=self._reversed_uid))
        except _CardFaultError as fault:
            if (wait_ms := next(retries, None)) is not None:
                return wait_ms
            self._settle(fault.refusal)
            return _ENDLESS_MS
        return _AT_ONCE

    def _settle(self, now: Resting) -> None:
        for event in edges(self._resting, now):
            self._post(event)
        self._resting = now

    def _lost(self, reason: str) -> None:
        if reason != self._trouble:
            self._post(ReaderLost(reason))
        self._trouble = reason

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


class _ServiceLostError(Exception):
    """pcscd cannot be asked; the message ends with the remedy."""


class _ReaderGoneError(Exception):
    """pcscd no longer knows this reader."""


class _CardFaultError(Exception):
    """The card could not be read this time; `refusal` is what to say if it stays so."""

    def __init__(self, refusal: UidRefused) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class _Context:
    """One PC/SC context: every call typed, every return code an answer or one of the three errors above."""

    def __init__(self, scard: Any, handle: int) -> None:
        self._scard = scard
        self._handle = handle

    @classmethod
    @contextmanager
    def established(cls) -> Iterator["_Context"]:
        """Hold a context; imports pyscard here, so that sites without PC/SC need neither it nor pcscd."""
        try:
            scard = importlib.import_module("smartcard.scard")
        except ImportError as missing:
            raise _ServiceLostError(f"pyscard cannot be loaded ({missing}); {_INSTALL}") from missing
        code, handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        context = cls(scard, handle)
        context._check(code)
        try:
            yield context
        finally:
            scard.SCardReleaseContext(handle)

    def cancel(self) -> None:
        """End a `wait` that runs in another thread; without effect when none does."""
        self._scard.SCardCancel(self._handle)

    def readers(self) -> list[str]:
        """Name the readers that are there."""
        code, names = self._scard.SCardListReaders(self._handle, [])
        if code == self._scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        self._check(code)
        return list(names)

    def wait(self, name: str, seen: int, timeout_ms: int) -> int:
        """Return the status word as soon as it differs from `seen`; `seen` itself after the timeout or `cancel`."""
        code, states = self._scard.SCardGetStatusChange(self._handle, timeout_ms, [(name, seen)])
        if code in (self._scard.SCARD_E_TIMEOUT, self._scard.SCARD_E_CANCELLED):
            return seen
        self._check(code)
        return int(states[0][1]) & ~CHANGED

    @contextmanager
    def card(self, name: str) -> Iterator[Callable[[bytes], bytes]]:
        """Connect to the card, lend a function that sends it a command and returns its answer, disconnect."""
        scard = self._scard
        code, card, protocol = scard.SCardConnect(
            self._handle, name, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        self._check(code)

        def transmit(command: bytes) -> bytes:
            code, answer = scard.SCardTransmit(card, protocol, list(command))
            self._check(code)
            if len(answer) < STATUS_BYTES:  # some drivers call a card that is taken away an empty answer
                raise _CardFaultError(_TORN)
            return bytes(answer)

        try:
            yield transmit
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _check(self, code: int) -> None:
        """Pass on success; else raise what the code means to the caller."""
        scard = self._scard
        match code:
            case scard.SCARD_S_SUCCESS:
                return
            case scard.SCARD_W_SECURITY_VIOLATION:
                raise _ServiceLostError(f"pcscd denies access; {_ALLOW}")
            case (
                scard.SCARD_E_NO_SERVICE
                | scard.SCARD_E_SERVICE_STOPPED
                | scard.SCARD_E_INVALID_HANDLE
                | scard.SCARD_F_COMM_ERROR  # the socket to pcscd broke
            ):
                raise _ServiceLostError(f"pcscd does not run; {_START}")
            case scard.SCARD_E_UNKNOWN_READER | scard.SCARD_E_READER_UNAVAILABLE:
                raise _ReaderGoneError
            case scard.SCARD_E_SHARING_VIOLATION:
                raise _CardFaultError(_BUSY)
            case scard.SCARD_E_NO_SMARTCARD | scard.SCARD_W_REMOVED_CARD:
                raise _CardFaultError(_TORN)
            case (
                scard.SCARD_W_UNRESPONSIVE_CARD
                | scard.SCARD_W_UNPOWERED_CARD
                | scard.SCARD_W_UNSUPPORTED_CARD
                | scard.SCARD_W_RESET_CARD
                | scard.SCARD_E_PROTO_MISMATCH
                | scard.SCARD_E_NOT_TRANSACTED
                | scard.SCARD_E_NOT_READY
            ):
                raise _CardFaultError(_SILENT)
        raise _ServiceLostError(f"pcscd answers with {code:#010x} ({scard.SCardGetErrorMessage(code)}); restart it")
