"""Modbus RTU: replies carry no mark of their question, so nothing is asked while an old reply may be under way.

Law: after every time-out, misfit or surplus byte the line is heard out to silence before the next question, and a
reply that an earlier question could have caused is never taken for the present one's.
"""

import asyncio
from collections import Counter

from drivers.modbus.frames import Direction, Onlookers
from drivers.modbus.framing import Answer, Misfit, Refusal, Request, Unfinished, judge_rtu, rtu_frame
from drivers.modbus.line import Exchanged, Framing, Outcome, Silence
from drivers.modbus.owed_replies import Owed, OwedReplies, rivals
from drivers.modbus.wire import Wire

# USB adapters hand on bytes in chunks up to 16 ms apart (FTDI latency timer): after a fault, silence is twice that.
_QUIET_S = 0.032
# A line that babbles longer than this after a fault will not become silent by waiting.
_BABBLE_BOUND_S = 0.5
# The longest RTU frame; what was heard before it cannot be part of one.
_FRAME_BYTES = 256

_BABBLE = Misfit("the line does not fall silent", remedy="look for a second master or a babbling device")


class RtuLine:
    """One RS-485 line, by serial port or through a converter that passes the frames over TCP."""

    def __init__(self, wire: Wire, *, byte_s: float, gap_s: float) -> None:
        """Take the wire; `byte_s` is a byte's time on it (0: unknown), `gap_s` the silence between frames."""
        self._wire = wire
        self._byte_s = byte_s
        self._gap_s = gap_s
        self._busy_until_s = 0.0
        self._owed = OwedReplies()
        self._answering: set[int] = set()
        self._onlookers = Onlookers()
        self._late: Counter[int] = Counter()

    @property
    def name(self) -> str:
        """The port's path, or host and port."""
        return self._wire.name

    @property
    def framing(self) -> Framing:
        """Unit, PDU, checksum."""
        return Framing.RTU

    @property
    def onlookers(self) -> Onlookers:
        """Those who see every frame."""
        return self._onlookers

    def late_frames(self, unit: int) -> int:
        """Count the frames that paid an old debt."""
        return self._late[unit]

    async def exchange(self, request: Request, timeout_s: float) -> Exchanged:
        """Ask, judge, and hear the line out when anything but the one clean reply came."""
        await self._wire.open(timeout_s)
        loop = asyncio.get_running_loop()
        if not await self._is_silent():
            return Exchanged(_BABBLE, 0)
        frame = rtu_frame(request)
        earlier = self._owed.outstanding(request.unit, loop.time())
        asked_s = loop.time()
        self._wire.send(frame)
        self._onlookers.tell(Direction.SENT, frame)
        sent_s = self._busy_until_s = asked_s + len(frame) * self._byte_s
        self._owed.note(request, sent_s, timeout_s)
        done_by_s = sent_s + timeout_s + request.rtu_reply_bytes * self._byte_s
        verdict, received = await self._receive(request, sent_s + timeout_s, done_by_s)
        took_s = loop.time() - asked_s
        self._onlookers.tell(Direction.RECEIVED, received)
        match verdict:
            case Answer() | Refusal():
                rivalry = rivals(earlier, request, verdict)
                if rivalry:
                    return Exchanged(await self._doubt(request, received, rivalry), took_s)
                self._owed.settle(request.unit)
                self._answering.add(request.unit)
                return Exchanged(verdict, took_s)
            case Misfit():
                await self._hear_out_misfit(request, verdict, received, done_by_s, is_alone=not earlier)
                return Exchanged(verdict, took_s)
        await self._hear_out_silence(request.unit, timeout_s)
        return Exchanged(verdict, took_s)

    def close(self) -> None:
        """Let go of the port; what is still owed stays owed, for a converter may hold it back."""
        self._wire.close()

    async def _is_silent(self) -> bool:
        """Wait out the silence between frames; what arrives in it belongs to nobody and is heard out."""
        loop = asyncio.get_running_loop()
        bound_s = loop.time() + _BABBLE_BOUND_S
        quiet_s = self._gap_s
        while await self._wire.inbox.more(self._busy_until_s + quiet_s):
            self._take()
            quiet_s = max(self._gap_s, _QUIET_S)
            if loop.time() > bound_s:
                return False
        return True

    async def _receive(self, request: Request, begins_by_s: float, ends_by_s: float) -> tuple[Outcome, bytes]:
        received = b""
        while await self._wire.inbox.more(ends_by_s if received else begins_by_s):
            received += self._take()
            verdict = judge_rtu(request, received)
            if not isinstance(verdict, Unfinished):
                return verdict, received
        return (Misfit(f"the reply broke off after {len(received)} bytes") if received else Silence()), received

    async def _doubt(self, request: Request, received: bytes, rivalry: tuple[Owed, ...]) -> Misfit:
        """Discard a reply that may be an earlier question's, and wait as long again for the one that would follow."""
        self._owed.pay(request.unit, received)
        now_s = asyncio.get_running_loop().time()
        lag_s = now_s - rivalry[0].sent_s
        await self._hear_out(request.unit, now_s + lag_s + _QUIET_S)
        self._owed.settle(request.unit)
        self._answering.add(request.unit)
        return Misfit("a reply came that an earlier question may have caused", remedy="if it recurs, raise `timeout_s`")

    async def _hear_out_misfit(
        self, request: Request, misfit: Misfit, received: bytes, done_by_s: float, *, is_alone: bool
    ) -> None:
        """Wait for the reply that may still follow; after one that only its checksum spoilt, nothing does."""
        speaker = received[0] if received else request.unit
        if self._owed.outstanding(speaker, asyncio.get_running_loop().time()):
            self._answering.add(speaker)
        if misfit.garbled and is_alone:
            self._owed.settle(request.unit)
        await self._hear_out(request.unit, done_by_s, received)

    async def _hear_out_silence(self, unit: int, timeout_s: float) -> None:
        """Give a unit that has been answering as long again; one that has not costs its neighbours no more."""
        loop = asyncio.get_running_loop()
        patience_s = timeout_s if unit in self._answering else 0.0
        if not await self._hear_out(unit, loop.time() + patience_s):
            self._answering.discard(unit)

    async def _hear_out(self, unit: int, until_s: float, heard: bytes = b"") -> bool:
        """Take in all until the unit owes nothing or `until_s` has come, then to silence; True if a reply came."""
        loop = asyncio.get_running_loop()
        bound_s = max(until_s, loop.time()) + _BABBLE_BOUND_S
        has_paid = self._owed.pay(unit, heard)
        run = b"" if has_paid else heard
        while True:
            silent_s = self._busy_until_s + _QUIET_S if run or has_paid else 0.0
            is_owing = bool(self._owed.outstanding(unit, loop.time()))
            wait_s = max(until_s, silent_s) if is_owing else silent_s
            if loop.time() >= bound_s or not await self._wire.inbox.more(min(wait_s, bound_s)):
                return has_paid
            run = (run + self._take())[-_FRAME_BYTES:]
            if self._owed.pay(unit, run):
                has_paid, run = True, b""

    def _take(self) -> bytes:
        self._busy_until_s = asyncio.get_running_loop().time()
        return self._wire.inbox.take()
