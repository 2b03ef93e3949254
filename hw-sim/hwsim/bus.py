"""One cable with several units: takes requests in order, lets the devices answer, paces the bytes, plays the faults."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hwsim.bad_wire import BadWire, Fault, Piece, Reply
from hwsim.framing import is_intact_rtu, rtu_frame, rtu_request_length
from hwsim.line import Line, PreciseTimer
from hwsim.modbus_server import WRITE_COIL, WRITE_COILS, WRITE_REGISTER, WRITE_REGISTERS, ModbusDevice, answer

_BROADCAST = 0
_WRITES = frozenset((WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS))
# Bytes are handed over no more often than this: faster lines deliver a few at once, as real adapters do.
_TICK_S = 0.001
# A request that stays a fragment for this long is forgotten. A device waits 3.5 characters; a pty shows us when
# the client's write arrives, not when its last byte leaves, so a little more is fair.
_FRAGMENT_S = 0.02


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it reached the wire; `arrived` is loop time, `build` frames a reply, `deliver` hands bytes back."""

    unit: int
    pdu: bytes
    raw: bytes
    arrived: float
    build: Callable[[int, bytes], bytes]
    has_crc: bool
    deliver: Callable[[bytes], None]


class Seen(StrEnum):
    """What a tap on the cable tells bytes to be."""

    REQUEST = "request"
    BROKEN = "broken"
    SENT = "sent"


@dataclass(slots=True)
class BusCounters:
    """What the cable has seen. `busy_s` is the time bytes were crossing; early requests broke the line's silence."""

    requests: int = 0
    replies: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    busy_s: float = 0.0
    early_requests: int = 0
    broken_requests: int = 0


class Bus:
    """The part every kind of cable shares; `line` None means that bytes take no time (Ethernet).

    Requests are answered strictly in order, one at a time: what is asked while a late reply is pending waits, as
    converters and buffering bridges do. Every tap is called with what was seen, its bytes, and loop time; for SENT
    that is the time of the last byte.
    """

    def __init__(self, name: str, units: Mapping[int, ModbusDevice], line: Line | None) -> None:
        self.name = name
        self.line = line
        self.counters = BusCounters()
        self.taps: list[Callable[[Seen, bytes, float], None]] = []
        self._units = dict(units)
        self._wires = {unit: BadWire() for unit in self._units}
        self._instead: dict[int, list[Piece]] = {}
        self._queue: asyncio.Queue[Request] = asyncio.Queue()
        self._wire_free = 0.0
        self._quiet_from = 0.0
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Put the cable in place and answer from now on."""
        await self.come_back()
        self._worker = asyncio.create_task(self._answer_in_order(), name=f"hwsim bus {self.name}")
        self._worker.add_done_callback(_shout)

    async def stop(self) -> None:
        """Take everything away; raises what went wrong inside the simulator, if anything did."""
        await self.vanish()
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
            self._worker = None

    async def come_back(self) -> None:
        """Open the port."""
        raise TypeError(f"{type(self).__name__} has no port of its own")

    async def vanish(self) -> None:
        """Unplug the port: whoever has it open sees an error, whoever opens it finds nothing."""
        raise TypeError(f"{type(self).__name__} has no port of its own")

    def break_unit(self, unit: int, *faults: Fault) -> BadWire:
        """From now on these faults, and only these, spoil the unit's replies; the result counts what fired."""
        if unit not in self._units:
            raise LookupError(f"no unit {unit} on bus {self.name}")
        self._wires[unit] = BadWire(*faults)
        return self._wires[unit]

    def mend(self, unit: int) -> None:
        """Reply faultlessly again."""
        self.break_unit(unit)

    def take_request(self, request: Request) -> None:
        """Note a request that has arrived and put it in the queue."""
        self.counters.requests += 1
        if request.arrived < self._quiet_from:
            self.counters.early_requests += 1
        self._tell(Seen.REQUEST, request.raw, request.arrived)
        self._queue.put_nowait(request)

    def take_broken(self, data: bytes) -> None:
        """Note bytes that no device understands."""
        self.counters.broken_requests += 1
        self._tell(Seen.BROKEN, data, asyncio.get_running_loop().time())

    def _tell(self, seen: Seen, data: bytes, at: float) -> None:
        for tap in self.taps:
            tap(seen, data, at)

    async def _answer_in_order(self) -> None:
        with PreciseTimer() as timer:
            while True:
                await self._answer(await self._queue.get(), timer)

    async def _answer(self, request: Request, timer: PreciseTimer) -> None:
        self.counters.bytes_received += len(request.raw)
        crossing_s = self._crossing_s(len(request.raw))
        self.counters.busy_s += crossing_s
        crossed = max(request.arrived, self._wire_free) + crossing_s
        self._wire_free = crossed
        await timer.until(crossed)
        if request.unit == _BROADCAST and request.pdu[0] in _WRITES:
            for listener in self._units.values():
                answer(listener, request.pdu)
        device = self._units.get(request.unit)
        if device is None:
            return
        pdu = answer(device, request.pdu)
        reply = Reply(request.unit, pdu, request.raw, request.build, request.has_crc)
        pieces = self._swapped(request.unit, self._wires[request.unit].play(reply))
        silence_s = 0.0 if self.line is None else self.line.silence_s
        begin = crossed + max(device.turnaround_s, silence_s, pieces[0].pause_s if pieces else 0.0)
        for i, piece in enumerate(pieces):
            begin = await self._send(piece, request.deliver, begin + (piece.pause_s if i else 0.0), timer)
        self.counters.replies += bool(pieces)

    def _swapped(self, unit: int, pieces: list[Piece]) -> list[Piece]:
        """Send a reply that went astray in the place of this one, and this one in the place of that unit's next."""
        for other, wire in self._wires.items():
            if other != unit and wire.astray is not None and pieces:
                stray, wire.astray = wire.astray, None
                self._instead[other] = pieces
                return [Piece(stray)]
        return self._instead.pop(unit, pieces) if pieces else pieces

    async def _send(self, piece: Piece, deliver: Callable[[bytes], None], begin: float, timer: PreciseTimer) -> float:
        """Hand the bytes over as they would arrive; return when the last one has."""
        end = begin + self._crossing_s(len(piece.data))
        if self.line is not None:
            self._quiet_from = end + self.line.silence_s
        step = len(piece.data) if self.line is None else max(1, math.ceil(_TICK_S / self.line.char_s))
        for sent in range(0, len(piece.data), step):
            chunk = piece.data[sent : sent + step]
            await timer.until(begin + self._crossing_s(sent + len(chunk)))
            deliver(chunk)
        self._wire_free = end
        self.counters.bytes_sent += len(piece.data)
        self.counters.busy_s += end - begin
        self._tell(Seen.SENT, piece.data, asyncio.get_running_loop().time())
        return end

    def _crossing_s(self, count: int) -> float:
        return 0.0 if self.line is None else count * self.line.char_s


def _shout(worker: asyncio.Task[None]) -> None:
    """Say at once that the simulator itself is broken; `stop` raises it too."""
    if not worker.cancelled() and (bug := worker.exception()) is not None:
        about = {"message": f"{worker.get_name()} is broken", "exception": bug, "task": worker}
        worker.get_loop().call_exception_handler(about)


class RtuReceiver:
    """Cuts one client's byte stream into RTU requests for a bus, and forgets fragments and broken frames."""

    def __init__(self, bus: Bus, deliver: Callable[[bytes], None]) -> None:
        self._bus = bus
        self._deliver = deliver
        self._received = bytearray()
        self._forget: asyncio.TimerHandle | None = None

    def feed(self, data: bytes) -> None:
        """Take the bytes that have just arrived."""
        self.close()
        self._received += data
        while (length := rtu_request_length(bytes(self._received))) is not None and length <= len(self._received):
            frame = bytes(self._received[:length])
            if not is_intact_rtu(frame):
                break
            del self._received[:length]
            self._hand_on(frame)
        if self._received:
            self._forget = asyncio.get_running_loop().call_later(_FRAGMENT_S, self._end_of_frame)

    def close(self) -> None:
        """Stop waiting for the rest of a fragment."""
        if self._forget is not None:
            self._forget.cancel()
            self._forget = None

    def _end_of_frame(self) -> None:
        frame = bytes(self._received)
        self._received.clear()
        if is_intact_rtu(frame):  # a function we do not know: only the silence says where it ends
            self._hand_on(frame)
        else:
            self._bus.take_broken(frame)

    def _hand_on(self, frame: bytes) -> None:
        self._bus.take_request(
            Request(
                unit=frame[0],
                pdu=frame[1:-2],
                raw=frame,
                arrived=asyncio.get_running_loop().time(),
                build=rtu_frame,
                has_crc=True,
                deliver=self._deliver,
            )
        )
