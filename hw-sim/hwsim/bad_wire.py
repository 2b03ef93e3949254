"""What a bad cable, converter or device does to a reply, switchable per unit, with a probability and a seed."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hwsim.modbus_server import Refusal, exception_reply

_LAST_UNIT = 247


class Mode(StrEnum):
    """How a reply goes wrong."""

    SILENCE = "silence"
    LATE = "late"  # after `delay_s`; what was asked meanwhile is answered after it, in order
    GARBAGE = "garbage"  # random bytes of the right length
    FLIPPED_CRC = "flipped_crc"  # one bit of the CRC; Modbus TCP has none: one bit of the transaction id
    BYTE_AT_A_TIME = "byte_at_a_time"  # `delay_s` before each byte
    WRONG_UNIT = "wrong_unit"  # intact frame from the next unit id
    TRUNCATED = "truncated"  # the first half
    ECHO = "echo"  # the request comes back before the reply, as from a converter that hears itself
    NOISE = "noise"  # a few stray bytes, a pause, then the reply
    DUPLICATED = "duplicated"  # the reply twice
    BUSY = "busy"  # exception 6
    OUT_OF_ORDER = "out_of_order"  # held back, and sent `delay_s` behind the unit's next reply
    SWAPPED = "swapped"  # a neighbour's next reply comes in its place, and it in the place of that one
    MERGED = "merged"  # held back, and sent in one piece with the unit's next reply, before it


SPOILT_REPLIES: Mapping[Mode, int] = {Mode.SWAPPED: 3}
"""How many replies one fault spoils, where it is not one alone.

A device answers when it is asked, so two replies cannot change places at once: the one goes astray, comes where the
neighbour's is due, and the neighbour's where the next one is.
"""


class ImpossibleFault(ValueError):
    """A fault lacks what it needs; the message says it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong: how often (0..1), at most how many `times`, and the delay in seconds where one applies.

    For LATE the delay runs from the end of the request to the first byte of the reply (so: the client's time-out
    plus what it shall be missed by); for BYTE_AT_A_TIME it stands before each byte.
    """

    mode: Mode
    probability: float = 1.0
    seed: int = 0
    times: int | None = None
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.mode is Mode.LATE and self.delay_s <= 0:
            raise ImpossibleFault(
                "a late reply needs to know by how much: delay_s is the client's time-out and then some"
            )


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave the device together, `pause_s` after what went before (the turnaround, for the first)."""

    data: bytes
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What would have been sent; `build` frames a unit and a PDU the way this wire does, `has_crc` as RTU does."""

    unit: int
    pdu: bytes
    request: bytes
    build: Callable[[int, bytes], bytes]
    has_crc: bool

    @property
    def frame(self) -> bytes:
        """The faultless frame."""
        return self.build(self.unit, self.pdu)


class BadWire:
    """The faults of one unit; the first that fires wins. `fired` counts them.

    A reply that is held back waits for the unit's next faultless one, or `astray` for a neighbour's.
    """

    def __init__(self, *faults: Fault) -> None:
        self.fired: Counter[Mode] = Counter()
        self._faults = [(fault, random.Random(fault.seed)) for fault in faults]
        self._left = [fault.times for fault in faults]
        self._held: tuple[Fault, bytes] | None = None
        self.astray: bytes | None = None

    def play(self, reply: Reply) -> list[Piece]:
        """Return what really goes on the wire instead of the reply; nothing is silence."""
        for i, (fault, dice) in enumerate(self._faults):
            left = self._left[i]
            if dice.random() >= fault.probability or left == 0:
                continue
            self._left[i] = None if left is None else left - 1
            self.fired[fault.mode] += 1
            if fault.mode is Mode.SWAPPED:
                self.astray = reply.frame
                return []
            if fault.mode in _HOLDS_BACK:
                self._held = (fault, reply.frame)
                return []
            return _SPOIL[fault.mode](reply, fault, dice)
        return self._with_what_was_held(reply.frame)

    def _with_what_was_held(self, frame: bytes) -> list[Piece]:
        if self._held is None:
            return [Piece(frame)]
        fault, held = self._held
        self._held = None
        if fault.mode is Mode.MERGED:
            return [Piece(held + frame)]
        return [Piece(frame), Piece(held, fault.delay_s)]


def _flip_check(reply: Reply, _: Fault, dice: random.Random) -> list[Piece]:
    spoilt = bytearray(reply.frame)
    spoilt[-1 if reply.has_crc else 1] ^= 1 << dice.randrange(8)
    return [Piece(bytes(spoilt))]


def _busy(reply: Reply) -> bytes:
    return reply.build(reply.unit, exception_reply(reply.pdu[0] & 0x7F, Refusal.DEVICE_BUSY))


_HOLDS_BACK = frozenset({Mode.OUT_OF_ORDER, Mode.MERGED})

_SPOIL: Mapping[Mode, Callable[[Reply, Fault, random.Random], list[Piece]]] = {
    Mode.SILENCE: lambda _reply, _fault, _dice: [],
    Mode.LATE: lambda reply, fault, _dice: [Piece(reply.frame, fault.delay_s)],
    Mode.GARBAGE: lambda reply, _fault, dice: [Piece(dice.randbytes(len(reply.frame)))],
    Mode.FLIPPED_CRC: _flip_check,
    Mode.BYTE_AT_A_TIME: lambda reply, fault, _dice: [Piece(bytes((byte,)), fault.delay_s) for byte in reply.frame],
    Mode.WRONG_UNIT: lambda reply, _fault, _dice: [Piece(reply.build(reply.unit % _LAST_UNIT + 1, reply.pdu))],
    Mode.TRUNCATED: lambda reply, _fault, _dice: [Piece(reply.frame[: len(reply.frame) // 2])],
    Mode.ECHO: lambda reply, fault, _dice: [Piece(reply.request), Piece(reply.frame, fault.delay_s)],
    Mode.NOISE: lambda reply, fault, dice: [Piece(dice.randbytes(3)), Piece(reply.frame, fault.delay_s)],
    Mode.DUPLICATED: lambda reply, fault, _dice: [Piece(reply.frame), Piece(reply.frame, fault.delay_s)],
    Mode.BUSY: lambda reply, _fault, _dice: [Piece(_busy(reply))],
}
