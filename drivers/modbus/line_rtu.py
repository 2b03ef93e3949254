"""Modbus RTU: replies carry no mark of their question, so their looks and their order have to tell whose they are.

Law: a reply that an earlier question could have caused is never taken for the present one's; replies_in_play says how.
After a misfit or a surplus byte the line is heard out to silence before the next question.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from drivers.modbus.frames import Direction, Onlookers
from drivers.modbus.framing import (
    EXCEPTION_FRAME_BYTES,
    Answer,
    Misfit,
    Refusal,
    Unfinished,
    begins_with_echo,
    find_rtu,
    given_less,
    in_hex,
    whole_frames,
)
from drivers.modbus.line import Exchanged, Framing, LeftAlone, Outcome, Silence
from drivers.modbus.replies_in_play import RepliesInPlay
from drivers.modbus.request import Looks, Request
from drivers.modbus.wire import Wire

# USB adapters hand on bytes in chunks up to 16 ms apart (FTDI latency timer): after a fault, silence is twice that.
_QUIET_S = 0.032
# A process that comes so much too late was held up itself: what others did meanwhile shows only from now on.
_HELD_UP_S = 0.016
# A line that babbles longer than this after a fault will not become silent by waiting.
_BABBLE_BOUND_S = 0.5

_AROUND_DATA_BYTES = 4  # unit, function, CRC
_ANSWERED = (Answer, Refusal)
_BABBLE = Misfit("the line does not fall silent", remedy="look for a second master or a babbling device")
_BABBLED = Exchanged(_BABBLE, 0.0, 0.0)
_LEFT_ALONE = Exchanged(LeftAlone(), 0.0, 0.0)
_DOUBTFUL = Misfit(
    "an exception came that an earlier question may have caused", remedy="if it recurs, raise `timeout_s`"
)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was heard after a question: the judgement, all bytes, and when the first of them came."""

    outcome: Outcome
    received: bytes
    began_s: float


class RtuLine:
    """One RS-485 line, by serial port or through a converter that passes the frames over TCP."""

    def __init__(self, wire: Wire, *, byte_s: float, gap_s: float) -> None:
        """Take the wire; `byte_s` is a byte's time on it, `gap_s` the silence between frames."""
        self._wire = wire
        self._byte_s = byte_s
        self._gap_s = gap_s
        self._sent_until_s = 0.0
        self._is_disturbed = False
        self._has_echo = False
        self._in_play = RepliesInPlay()
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
        """Count whole frames of a unit that came when nobody waited for them any more."""
        return self._late[unit]

    def delay_s(self, request: Request) -> float:
        """Tell about how long questions in between, rests and listening would take."""
        listening_s = _QUIET_S if self._in_play.is_to_be_listened_for(request) else 0.0
        return listening_s + self._in_play.delay_s(request, asyncio.get_running_loop().time())

    def rests_s(self, request: Request) -> float:
        """Tell for how long a read of these looks must rest."""
        now_s = asyncio.get_running_loop().time()
        return max(0.0, self._in_play.rests_until(request, now_s) - now_s) if request.is_numbers else 0.0

    @property
    def byte_s(self) -> float:
        """Start bit, data, parity if any, stop bits."""
        return self._byte_s

    async def exchange(self, request: Request, timeout_s: float, longest_s: float) -> Exchanged:
        """Ask and judge; what must be heard before, so that the reply can be told from others, is seen to first."""
        if not self._wire.is_open:
            await self._wire.open(longest_s)
        if not await self._is_silent(0.0):
            return _BABBLED
        if request.is_numbers:
            hindrance = await self._clear_the_way(request, timeout_s, longest_s)
            if hindrance is not None:
                return hindrance
        return await self._transact(request, timeout_s, longest_s)

    def close(self) -> None:
        """Let go of the port; what is still owed stays owed, for a converter may hold it back."""
        self._wire.close()

    async def _clear_the_way(self, request: Request, timeout_s: float, longest_s: float) -> Exchanged | None:
        """See to it that no reply can come that looks like this question's but is not; None when that is done."""
        now_s = asyncio.get_running_loop().time()
        if self._in_play.needs_another(request, now_s):
            other = self._in_play.other_question(request, now_s)
            if other is None or self._in_play.rests_until(request, now_s) > now_s:
                return _LEFT_ALONE
            answered = await self._transact(other, timeout_s, longest_s)
            verdict = answered.outcome if isinstance(answered.outcome, Answer | Refusal) else None
            if not self._in_play.heeded(other, verdict):
                return answered if verdict is None else _LEFT_ALONE
        until_s = self._in_play.rests_until(request, now_s)
        if self._in_play.is_to_be_listened_for(request):
            until_s = max(until_s, asyncio.get_running_loop().time() + _QUIET_S)
        if not await self._is_silent(until_s):
            return _BABBLED
        self._in_play.listened_for(request.unit)
        return None

    async def _transact(self, request: Request, timeout_s: float, longest_s: float) -> Exchanged:
        loop = asyncio.get_running_loop()
        frame = request.rtu_frame
        asked_s = loop.time()
        self._wire.send(frame)
        self._onlookers.tell(Direction.SENT, frame)
        sent_s = self._sent_until_s = asked_s + len(frame) * self._byte_s
        self._in_play.asked(request, sent_s, longest_s)
        heard = await self._receive(request, sent_s, timeout_s)
        now_s = loop.time()
        return Exchanged(self._book(request, heard, now_s), now_s - asked_s, max(0.0, heard.began_s - sent_s))

    async def _receive(self, request: Request, sent_s: float, timeout_s: float) -> _Heard:
        inbox = self._wire.inbox
        begins_by_s = sent_s + timeout_s
        ends_by_s = begins_by_s + request.rtu_reply_bytes * self._byte_s
        received, verdict, began_s = b"", None, begins_by_s
        while await inbox.more(ends_by_s if received else begins_by_s):
            began_s = began_s if received else inbox.last_fed_s
            received += inbox.take()
            verdict = find_rtu(request, received, has_echo=self._has_echo)
            if isinstance(verdict, _ANSWERED) or (isinstance(verdict, Misfit) and verdict.garbled):
                break
        match verdict:
            case None:
                return _Heard(Silence(), received, began_s)
            case Unfinished():
                return _Heard(Misfit(f"the reply broke off after {len(received)} bytes"), received, began_s)
        return _Heard(verdict, received, began_s)

    def _book(self, request: Request, heard: _Heard, now_s: float) -> Outcome:
        """Write down what was heard, and return what it means for the one who asked."""
        outcome, received = heard.outcome, heard.received
        if not request.is_write and received:
            self._has_echo = begins_with_echo(request, received)
        if isinstance(outcome, Refusal) and self._in_play.is_doubtful(request, outcome, now_s):
            outcome = _DOUBTFUL
        match outcome:
            case Answer() | Refusal():
                begins_at = len(received) - _reply_bytes(request, outcome)
                self._overhear(received[:begins_at].removeprefix(request.rtu_frame))
                self._onlookers.tell(Direction.RECEIVED, received[begins_at:])
                if request.reply_bytes:  # a late identification is as good as a new one, so it proves no order
                    self._in_play.answered(request, outcome, now_s)
            case Misfit(garbled=garbled, is_strange=is_strange):
                self._is_disturbed = True
                frames = self._overhear(received)
                if garbled:
                    self._in_play.spent(request.looks)
                elif is_strange and not frames:  # nobody said what its first bytes seem to say
                    outcome = replace(outcome, seen=f"no frame is whole in what came: {in_hex(received)}")
                elif len(frames) == 1:
                    outcome = replace(outcome, gave_bytes=given_less(request, frames[0]))
            case Silence():
                pass
        return outcome

    async def _is_silent(self, until_s: float) -> bool:
        """Hear the line until `until_s`, and to the silence between frames; what comes in it belongs to nobody."""
        inbox = self._wire.inbox
        loop = asyncio.get_running_loop()
        bound_s = max(until_s, loop.time()) + _BABBLE_BOUND_S
        stray = b""
        while True:
            quiet_s = max(self._gap_s, _QUIET_S) if self._is_disturbed else self._gap_s
            began_s = loop.time()
            deadline_s = max(until_s, self._sent_until_s + self._gap_s, inbox.last_fed_s + quiet_s)
            if not await inbox.more(deadline_s):
                if began_s < deadline_s < loop.time() - _HELD_UP_S:
                    until_s = loop.time() + _QUIET_S
                    continue
                break
            stray += inbox.take()
            self._is_disturbed = True
            if loop.time() > bound_s:
                break
        self._overhear(stray)
        self._is_disturbed = loop.time() > bound_s
        return not self._is_disturbed

    def _overhear(self, heard: bytes) -> Sequence[Looks]:
        """Count the frames that come too late for anybody; their questions are answered now."""
        self._onlookers.tell(Direction.RECEIVED, heard)
        frames = tuple(whole_frames(heard))
        for looks in frames:
            self._in_play.spent(looks)
            self._late[looks[0]] += 1
        return frames


def _reply_bytes(request: Request, outcome: Answer | Refusal) -> int:
    if isinstance(outcome, Refusal):
        return EXCEPTION_FRAME_BYTES
    return request.rtu_reply_bytes if request.reply_bytes else len(outcome.data) + _AROUND_DATA_BYTES
