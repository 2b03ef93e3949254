"""Modbus TCP: the transaction id names every reply's question, so late replies are simply passed over."""

import asyncio
from collections import Counter

from drivers.modbus.frames import Direction, Onlookers
from drivers.modbus.framing import Misfit, Request, Unfinished, judge_tcp, mbap_frame_bytes, tcp_frame
from drivers.modbus.line import Exchanged, Framing, Outcome, Silence
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

    def is_unmistakable(self, request: Request) -> bool:  # noqa: ARG002 - every answer carries its question's number
        """Tell that every answer can be told from every other."""
        return True

    def rests_s(self, request: Request) -> float:  # noqa: ARG002 - no question has to rest where answers carry its number
        """Tell that every question may be asked at once."""
        return 0.0

    async def exchange(self, request: Request, timeout_s: float, longest_s: float) -> Exchanged:
        """Ask and wait for the reply that carries this transaction's id."""
        if await self._wire.open(longest_s):
            self._stream = b""
        self._transaction = self._transaction % 0xFFFF + 1
        self._stream += self._wire.inbox.take()
        loop = asyncio.get_running_loop()
        sent_s = loop.time()
        frame = tcp_frame(request, self._transaction)
        self._wire.send(frame)
        self._onlookers.tell(Direction.SENT, frame)
        while True:
            verdict, done = judge_tcp(request, self._transaction, self._stream)
            self._pass_on(self._stream[:done], is_reply=not isinstance(verdict, Unfinished))
            self._stream = self._stream[done:]
            if not isinstance(verdict, Unfinished):
                break
            if not await self._wire.inbox.more(sent_s + timeout_s):
                return _exchanged(Silence(), loop.time() - sent_s)
            self._stream += self._wire.inbox.take()
        if isinstance(verdict, Misfit) and not done:
            self.close()
        return _exchanged(verdict, loop.time() - sent_s)

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
