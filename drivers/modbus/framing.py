"""Requests as bytes, and the judgement whether bytes are the answer to one. Pure.

Modbus Application Protocol V1.1b3 (PDUs), Modbus over Serial Line V1.02 (RTU, CRC), Modbus Messaging on TCP/IP V1.0b.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu.bit_message import ReadCoilsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteSingleRegisterRequest,
)

_EXCEPTION_BIT = 0x80
_CRC_BYTES = 2
EXCEPTION_FRAME_BYTES = 5  # unit, function with the high bit set, code, CRC
_WRITE_FRAME_BYTES = 8  # unit, function, address, value, CRC
_MBAP_BYTES = 7  # transaction, protocol, length (2 each), unit
_MBAP_UNTIL_LENGTH = 6
_MBAP_MIN_LENGTH = 3  # unit, function, one byte: an exception reply
_MBAP_MAX_LENGTH = 254  # unit and a PDU of at most 253 bytes
_KNOWN_REQUESTS = 1024  # polls repeat themselves: their requests are built once
_SHOWN_BYTES = 12  # enough of a stray frame to recognise it in a message


class Function(IntEnum):
    """The function codes this house uses."""

    READ_COILS = 1
    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_COIL = 5
    WRITE_REGISTER = 6


_READS = frozenset({Function.READ_COILS, Function.READ_HOLDING, Function.READ_INPUT})
_WRITES = frozenset(Function) - _READS


@dataclass(frozen=True, slots=True)
class Request:
    """A question to one unit. `body` is the PDU after the function code; `reply_bytes` is the length of the reply's."""

    unit: int
    function: Function
    body: bytes
    reply_bytes: int

    @property
    def is_read(self) -> bool:
        """A read is answered with a byte count and data, a write with its own echo."""
        return self.function in _READS

    @property
    def rtu_reply_bytes(self) -> int:
        """Length of the whole RTU reply frame, CRC included."""
        return 2 + self.reply_bytes + _CRC_BYTES


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to this request; `data` is what follows the byte count (reads) or the echo (writes)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """An exception reply."""

    code: int


@dataclass(frozen=True, slots=True)
class Misfit:
    """Bytes that cannot be the reply, and what to do. `garbled` says they looked like it in all but the checksum."""

    seen: str
    garbled: bool = False
    remedy: str = "if it recurs, check polarity, termination, parity and for two devices with one unit id"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """So far a prefix of a reply; more bytes must come."""


Verdict = Answer | Refusal | Misfit | Unfinished


@lru_cache(maxsize=_KNOWN_REQUESTS)
def read_registers_request(unit: int, function: Function, address: int, count: int) -> Request:
    """Ask for 1..125 holding (3) or input (4) registers; ValueError outside what the protocol can say."""
    asked = ReadHoldingRegistersRequest if function is Function.READ_HOLDING else ReadInputRegistersRequest
    return Request(unit, function, asked(address=address, count=count).encode(), 1 + 2 * count)


@lru_cache(maxsize=_KNOWN_REQUESTS)
def read_coils_request(unit: int, address: int, count: int) -> Request:
    """Ask for 1..2000 coils."""
    body = ReadCoilsRequest(address=address, count=count).encode()
    return Request(unit, Function.READ_COILS, body, 1 + (count + 7) // 8)


def write_coil_request(unit: int, address: int, *, value: bool) -> Request:
    """Switch one coil; the reply echoes the request."""
    body = WriteSingleCoilRequest(address=address, bits=[value]).encode()
    return Request(unit, Function.WRITE_COIL, body, len(body))


def write_register_request(unit: int, address: int, value: int) -> Request:
    """Write one holding register, 0..65535; the reply echoes the request."""
    if not 0 <= value <= 0xFFFF:  # noqa: PLR2004 - the width of a register
        raise ValueError(f"a register holds 0..65535, not {value}")
    body = WriteSingleRegisterRequest(address=address, registers=[value]).encode()
    return Request(unit, Function.WRITE_REGISTER, body, len(body))


def crc(frame: bytes) -> bytes:
    """Compute the two checksum bytes, in the order they travel."""
    return FramerRTU.compute_CRC(frame).to_bytes(_CRC_BYTES, "big")


@lru_cache(maxsize=_KNOWN_REQUESTS)
def rtu_frame(request: Request) -> bytes:
    """Frame the request for a serial line."""
    frame = bytes((request.unit, request.function)) + request.body
    return frame + crc(frame)


def tcp_frame(request: Request, transaction: int) -> bytes:
    """Frame the request for Modbus TCP."""
    pdu = bytes((request.function,)) + request.body
    header = transaction.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big")
    return header + bytes((request.unit,)) + pdu


def in_hex(data: bytes) -> str:
    """Bytes for a message: the first few, and how many there were when more."""
    shown = data[:_SHOWN_BYTES].hex(" ")
    return shown if len(data) <= _SHOWN_BYTES else f"{shown} … ({len(data)} bytes)"


def judge_rtu(request: Request, received: bytes) -> Verdict:
    """Say what everything received since the request is; the answer is an answer only if nothing follows it."""
    stray = _stray_head(request, received[:3])
    if stray is not None:
        return Misfit(f"{stray}: {in_hex(received)}")
    expected = request.rtu_reply_bytes
    if len(received) > 1 and received[1] & _EXCEPTION_BIT:
        expected = EXCEPTION_FRAME_BYTES
    if len(received) < expected:
        return Unfinished()
    if len(received) > expected:
        return Misfit(f"{len(received) - expected} bytes more than the reply has: {in_hex(received)}")
    if crc(received[:-_CRC_BYTES]) != received[-_CRC_BYTES:]:
        return Misfit(f"checksum does not match: {in_hex(received)}", garbled=True)
    return _judge_content(request, received[1:-_CRC_BYTES])


def find_rtu(request: Request, received: bytes, *, has_echo: bool = False) -> Verdict:
    """Find the answer in everything received since the request; nothing may follow it, but much may stand before.

    An adapter that hears itself puts the question there (`has_echo`: it does so with writes too, whose answer looks the
    same), neighbours put frames of theirs, the cable puts noise. A Misfit that is not `garbled` may yet be followed by
    the answer.
    """
    question = rtu_frame(request)
    if request.is_read or has_echo:
        if received.startswith(question):
            received = received[len(question) :]
        elif question.startswith(received):
            return Unfinished()
    verdict = judge_rtu(request, received)
    if isinstance(verdict, Misfit):
        for start in range(1, len(received) - EXCEPTION_FRAME_BYTES + 1):
            inner = judge_rtu(request, received[start:]) if received[start] == request.unit else verdict
            if isinstance(inner, Answer | Refusal):
                return inner
    return verdict


def begins_with_echo(request: Request, received: bytes) -> bool:
    """Whether the line gave the question back before anything else."""
    return received.startswith(rtu_frame(request))


def whole_frames(heard: bytes) -> Iterator[tuple[int, int, int]]:
    """Find the intact RTU replies in what was heard: unit, function and bytes after the function code of each."""
    start = 0
    while start + EXCEPTION_FRAME_BYTES <= len(heard):
        frame = heard[start : start + _reply_bytes_by_head(heard[start : start + 3])]
        if len(frame) >= EXCEPTION_FRAME_BYTES and crc(frame[:-_CRC_BYTES]) == frame[-_CRC_BYTES:]:
            yield frame[0], frame[1], len(frame) - 2 - _CRC_BYTES
            start += len(frame)
        else:
            start += 1


def _reply_bytes_by_head(head: bytes) -> int:
    """Length of the RTU reply that begins so; 0 where none of ours does."""
    if head[1] & _EXCEPTION_BIT:
        return EXCEPTION_FRAME_BYTES
    if head[1] in _READS:
        return EXCEPTION_FRAME_BYTES + head[2]
    return _WRITE_FRAME_BYTES if head[1] in _WRITES else 0


def mbap_frame_bytes(frame: bytes) -> int:
    """Length of the Modbus TCP frame that begins here, by its header."""
    return _MBAP_UNTIL_LENGTH + int.from_bytes(frame[4:6], "big")


def judge_tcp(request: Request, transaction: int, received: bytes) -> tuple[Verdict, int]:
    """Find the reply in a TCP stream: the verdict, and how many bytes of the stream are done with.

    Replies to earlier transactions are passed over. A Misfit with 0 bytes done means the stream has lost its frames.
    """
    done = 0
    while len(received) - done >= _MBAP_BYTES:
        head = received[done:]
        length = int.from_bytes(head[4:6], "big")
        if head[2:4] != b"\0\0" or not _MBAP_MIN_LENGTH <= length <= _MBAP_MAX_LENGTH:
            return Misfit(f"this is not Modbus TCP: {in_hex(head)}", remedy="correct the bus's `kind` or `port`"), 0
        if len(head) < _MBAP_UNTIL_LENGTH + length:
            break
        frame = head[: _MBAP_UNTIL_LENGTH + length]
        done += len(frame)
        if int.from_bytes(frame[:2], "big") == transaction:
            return _judge_tcp_reply(request, frame[6:]), done
    return Unfinished(), done


def _judge_tcp_reply(request: Request, reply: bytes) -> Verdict:
    stray = _stray_head(request, reply[:3])
    if stray is not None:
        return Misfit(f"{stray}: {in_hex(reply)}")
    expected = 3 if reply[1] & _EXCEPTION_BIT else 2 + request.reply_bytes
    if len(reply) != expected:
        return Misfit(f"{len(reply)} bytes where the reply has {expected}: {in_hex(reply)}")
    return _judge_content(request, reply[1:])


def _stray_head(request: Request, head: bytes) -> str | None:
    """Say what is wrong with the first bytes, as far as they are there: unit, function, byte count."""
    if head and head[0] != request.unit:
        return f"unit {head[0]} spoke"
    if len(head) > 1 and head[1] not in {request.function, request.function | _EXCEPTION_BIT}:
        return f"function {head[1]} instead of {int(request.function)}"
    if len(head) > 2 and head[1] == request.function and request.is_read and head[2] != request.reply_bytes - 1:  # noqa: PLR2004 - the third byte
        return f"{head[2]} data bytes instead of {request.reply_bytes - 1}"
    return None


def _judge_content(request: Request, pdu: bytes) -> Verdict:
    """Say what a reply whose unit, function, length and checksum are right tells."""
    if pdu[0] & _EXCEPTION_BIT:
        return Refusal(pdu[1])
    if request.is_read:
        return Answer(pdu[2:])
    if pdu[1:] != request.body:
        return Misfit(f"the echo of the write differs: {in_hex(pdu)}")
    return Answer(pdu[1:])
