"""Modbus TCP: the transaction id names every reply's question, so late replies are simply passed over."""

import asyncio
from collections import Counter

from drivers.modbus.frames import Direction, Onlookers
from drivers.modbus.framing import UNFINISHED, Misfit, Unfinished, Verdict, judge_tcp, mbap_frame_bytes
from drivers.modbus.line import Exchanged, Framing, Outcome, Silence
from drivers.modbus.request import Request
from drivers.modbus.wire import Wire

_UNIT_AT = 6


class TcpLine:
    """One connection to a device or gateway."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._transaction = 0
        self._stream = b""
        self._onlookers = Onlookers()
        self._late: Counter[int] = Counter()

    @property
    def name(self) -> str:
        """Host and port."""
        return self._wire.name

    @property
    def framing(self) -> Framing:
        """MBAP header and PDU."""
        return Framing.TCP

    @property
    def onlookers(self) -> Onlookers:
        """Those who see every frame."""
        return self._onlookers

    def late_frames(self, unit: int) -> int:
        """Count replies to earlier transactions."""
        return self._late[unit]

    def delay_s(self, request: Request) -> float:  # noqa: ARG002 - every answer carries its question's number
        """Tell that every answer can be told from every other."""
        return 0.0

    def rests_s(self, request: Request) -> float:  # noqa: ARG002 - no question has to rest where answers carry its number
        """Tell that every question may be asked at once."""
        return 0.0

    @property
    def byte_s(self) -> float:
        """Next to nothing."""
        return 0.0

    async def exchange(self, request: Request, timeout_s: float, longest_s: float) -> Exchanged:
        """Ask and wait for the reply that carries this transaction's id."""
        wire, inbox = self._wire, self._wire.inbox
        if not wire.is_open:
            await wire.open(longest_s)
            self._stream = b""
        self._transaction = self._transaction % 0xFFFF + 1
        loop = asyncio.get_running_loop()
        sent_s = loop.time()
        frame = request.tcp_frame(self._transaction)
        wire.send(frame)
        self._onlookers.tell(Direction.SENT, frame)
        while await inbox.more(sent_s + timeout_s):
            verdict = self._judge(request, inbox.take())
            if not isinstance(verdict, Unfinished):
                return _exchanged(verdict, loop.time() - sent_s)
        return _exchanged(Silence(), loop.time() - sent_s)

    def _judge(self, request: Request, received: bytes) -> Verdict:
        """Say what has come, the rest of earlier replies included; a stream that has lost its frames is given up."""
        stream = self._stream + received if self._stream else received
        verdict, done = judge_tcp(request, self._transaction, stream)
        self._stream = stream[done:]
        if done:
            self._pass_on(stream[:done], is_reply=verdict is not UNFINISHED)
        elif isinstance(verdict, Misfit):
            self.close()
        return verdict

    def _pass_on(self, frames: bytes, *, is_reply: bool) -> None:
        """Show whole frames to the onlookers; all but the reply, which is the last, are late."""
        while frames:
            length = mbap_frame_bytes(frames)
            frame, frames = frames[:length], frames[length:]
            self._onlookers.tell(Direction.RECEIVED, frame)
            if frames or not is_reply:
                self._late[frame[_UNIT_AT]] += 1

    def close(self) -> None:
        """Drop the connection and what it left half said."""
        self._stream = b""
        self._wire.close()


def _exchanged(outcome: Outcome, took_s: float) -> Exchanged:
    return Exchanged(outcome, took_s, took_s)
