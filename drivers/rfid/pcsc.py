"""Cards through PC/SC: the only use of pyscard, and the one thread its blocking calls are given per reader."""

import asyncio
import importlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

from drivers.rfid import CardEvent
from drivers.rfid.apdu import STATUS_BYTES
from drivers.rfid.backoff import delays_s
from drivers.rfid.pcsc_status import CHANGED
from drivers.rfid.pcsc_watch import TORN, CardFaultError, ReaderGoneError, ServiceLostError, Watch
from drivers.rfid.uid import UidRefused

_STOP_PATIENCE_S = 2.0  # a call to a mute card cannot be interrupted; its thread then ends on its own
_CANCEL_AGAIN_S = 0.05  # SCardCancel is lost on a context that does not wait at that moment
_START = "start it with `systemctl enable --now pcscd.socket`"
_INSTALL = "install pcscd, and pyscard into the gateway's environment"
_ALLOW = "allow the service user org.debian.pcsc-lite.access_pcsc and .access_card by a polkit rule"

_SILENT = UidRefused("the card does not answer; hold it flat to the reader for a second, or use another card")
_BUSY = UidRefused("another program holds the card reader; stop it (gpg, opensc and browsers are known for it)")

__all__ = ["PcscReader", "ServiceLostError", "reader_names"]

_Post = Callable[[CardEvent | BaseException | None], None]
_AtRest = Callable[[], AbstractContextManager[None]]


def reader_names() -> list[str]:
    """Name every reader that pcscd knows; blocks as pcscd does, so for commands only. Raises ServiceLostError."""
    with _Context.established() as context:
        return context.readers()


class PcscReader:
    """Watches the first PC/SC reader whose name contains `match`, without regard to case.

    SAM slots are passed over unless `match` asks for one. Any number of these may be watched side by side: each
    `events()` has a thread and a PC/SC context of its own.
    """

    def __init__(self, match: str, *, reversed_uid: bool) -> None:
        self._match = match
        self._reversed_uid = reversed_uid
        self._thread: _Thread | None = None

    def busy_s(self) -> float:
        """Tell for how long the thread has waited for anything but a card to come or go; 0 when it does not."""
        return self._thread.busy_s() if self._thread is not None else 0.0

    async def events(self) -> AsyncGenerator[CardEvent, None]:
        """See CardReader. Closing it wakes the thread and waits for its end."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[CardEvent | BaseException | None] = asyncio.Queue()

        def post(event: CardEvent | BaseException | None) -> None:
            with suppress(RuntimeError):  # the loop was closed before a stuck call came back
                loop.call_soon_threadsafe(queue.put_nowait, event)

        thread = self._thread = _Thread(self._match, post, reversed_uid=self._reversed_uid)
        threading.Thread(target=thread.run, name=f"pcsc {self._match}", daemon=True).start()
        try:
            while (event := await queue.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            # In a thread too, because a pcscd that hangs would hold up the loop.
            threading.Thread(target=thread.stop, name=f"pcsc stop {self._match}", daemon=True).start()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_PATIENCE_S):
                    while not thread.is_over and await queue.get() is not None:
                        pass


class _Thread:
    """What runs beside the loop; `post` hands events over, and None at the end."""

    def __init__(self, match: str, post: _Post, *, reversed_uid: bool) -> None:
        self._post = post
        self._watch = Watch(match, post, reversed_uid=reversed_uid)
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._context: _Context | None = None
        self._busy_since: float | None = None

    def busy_s(self) -> float:
        """Tell for how long this thread has not come to a wait."""
        since = self._busy_since
        return 0.0 if since is None or self.is_over else time.monotonic() - since

    @contextmanager
    def _at_rest(self) -> Iterator[None]:
        self._busy_since = None
        try:
            yield
        finally:
            self._busy_since = time.monotonic()

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
        self._busy_since = time.monotonic()
        try:
            while not self._stopping.is_set():
                try:
                    self._serve()
                except ServiceLostError as fault:
                    if not self._watch.is_lost:
                        delays = delays_s()
                    self._watch.lost(str(fault))
                    with self._at_rest():
                        self._stopping.wait(next(delays))
        except BaseException as bug:  # noqa: BLE001  it is raised where it can end the process: in events()
            self._post(bug)
        finally:
            self._over.set()
            self._post(None)

    def _serve(self) -> None:
        with _Context.established(self._at_rest) as context:
            self._context = context
            try:
                self._watch.serve(context, self._stopping.is_set)
            finally:
                self._context = None


class _Context:
    """One PC/SC context: every call typed, every return code an answer or one of pcsc_watch's three errors."""

    def __init__(self, scard: Any, handle: int, at_rest: _AtRest) -> None:
        self._scard = scard
        self._handle = handle
        self._at_rest = at_rest

    @classmethod
    @contextmanager
    def established(cls, at_rest: _AtRest = nullcontext) -> Iterator["_Context"]:
        """Hold a context, whose waits are spent inside `at_rest`.

        Imports pyscard here, so that sites without PC/SC need neither it nor pcscd.
        """
        try:
            scard = importlib.import_module("smartcard.scard")
        except ImportError as missing:
            raise ServiceLostError(f"pyscard cannot be loaded ({missing}); {_INSTALL}") from missing
        code, handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        context = cls(scard, handle, at_rest)
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
        with self._at_rest():
            code, states = self._scard.SCardGetStatusChange(self._handle, timeout_ms, [(name, seen)])
        if code in (self._scard.SCARD_E_TIMEOUT, self._scard.SCARD_E_CANCELLED):
            return seen
        self._check_reader(code)
        return int(states[0][1]) & ~CHANGED

    @contextmanager
    def card(self, name: str) -> Iterator[Callable[[bytes], bytes]]:
        """Connect to the card, lend a function that sends it a command and returns its answer, disconnect."""
        scard = self._scard
        code, card, protocol = scard.SCardConnect(
            self._handle, name, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        self._check_card(code)

        def transmit(command: bytes) -> bytes:
            code, answer = scard.SCardTransmit(card, protocol, list(command))
            self._check_card(code)
            if len(answer) < STATUS_BYTES:  # some drivers call a card that is taken away an empty answer
                raise CardFaultError(TORN)
            return bytes(answer)

        try:
            yield transmit
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _check(self, code: int) -> None:
        """Pass on success; else pcscd cannot be asked, and this is why."""
        scard = self._scard
        match code:
            case scard.SCARD_S_SUCCESS:
                return
            case scard.SCARD_W_SECURITY_VIOLATION:
                raise ServiceLostError(f"pcscd denies access; {_ALLOW}")
            case (
                scard.SCARD_E_NO_SERVICE
                | scard.SCARD_E_SERVICE_STOPPED
                | scard.SCARD_E_INVALID_HANDLE
                | scard.SCARD_F_COMM_ERROR  # the socket to pcscd broke
            ):
                raise ServiceLostError(f"pcscd does not run; {_START}")
        raise ServiceLostError(f"pcscd answers with {code:#010x} ({scard.SCardGetErrorMessage(code)}); restart it")

    def _check_reader(self, code: int) -> None:
        """Pass on success; else it may also be the reader that is gone."""
        if code in (self._scard.SCARD_E_UNKNOWN_READER, self._scard.SCARD_E_READER_UNAVAILABLE):
            raise ReaderGoneError
        self._check(code)

    def _check_card(self, code: int) -> None:
        """Pass on success; else it may also be the card that does not take part."""
        scard = self._scard
        match code:
            case scard.SCARD_E_SHARING_VIOLATION:
                raise CardFaultError(_BUSY)
            case scard.SCARD_E_NO_SMARTCARD | scard.SCARD_W_REMOVED_CARD:
                raise CardFaultError(TORN)
            case (
                scard.SCARD_W_UNRESPONSIVE_CARD
                | scard.SCARD_W_UNPOWERED_CARD
                | scard.SCARD_W_UNSUPPORTED_CARD
                | scard.SCARD_W_RESET_CARD
                | scard.SCARD_E_PROTO_MISMATCH
                | scard.SCARD_E_NOT_TRANSACTED
                | scard.SCARD_E_NOT_READY
            ):
                raise CardFaultError(_SILENT)
        self._check_reader(code)
