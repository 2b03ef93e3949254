"""The judgement whether bytes are the answer to a question. Pure.

Modbus Application Protocol V1.1b3 (PDUs), Modbus over Serial Line V1.02 (RTU, CRC), Modbus Messaging on TCP/IP V1.0b.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.modbus import identification
from drivers.modbus.request import CRC_BYTES, READS, WRITES, Function, Looks, Request, crc

_EXCEPTION_BIT = 0x80
EXCEPTION_FRAME_BYTES = 5  # unit, function with the high bit set, code, CRC
_EXCEPTION_PDU_AND_UNIT_BYTES = 3
_WRITE_FRAME_BYTES = 8  # unit, function, address, value, CRC
_MBAP = struct.Struct(">HHH")  # transaction, protocol, length of unit and PDU
_MBAP_BYTES = 7  # those and the unit
_MBAP_UNTIL_LENGTH = 6
_MBAP_MIN_LENGTH = 3  # unit, function, one byte: an exception reply
_MBAP_MAX_LENGTH = 254  # unit and a PDU of at most 253 bytes
_SHOWN_BYTES = 12  # enough of a stray frame to recognise it in a message


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to this request; `data` is what follows the byte count (numbers) or the function code (all else)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """An exception reply."""

    code: int


@dataclass(frozen=True, slots=True)
class Misfit:
    """Bytes that cannot be the reply, and what to do. `garbled` says they looked like it in all but the checksum.

    `is_strange`: already its first bytes are another frame's, or none's.
    `gave_bytes`: a whole reply of that unit and function, with so many data bytes, which are fewer than asked for.
    """

    seen: str
    garbled: bool = False
    is_strange: bool = False
    gave_bytes: int | None = None
    remedy: str = "if it recurs, check polarity, termination, parity and for two devices with one unit id"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """So far a prefix of a reply; more bytes must come."""


Verdict = Answer | Refusal | Misfit | Unfinished
UNFINISHED = Unfinished()


def in_hex(data: bytes) -> str:
    """Bytes for a message: the first few, and how many there were when more."""
    shown = data[:_SHOWN_BYTES].hex(" ")
    return shown if len(data) <= _SHOWN_BYTES else f"{shown} … ({len(data)} bytes)"


def judge_rtu(request: Request, received: bytes) -> Verdict:
    """Say what everything received since the request is; the answer is an answer only if nothing follows it."""
    stray = _stray_head(request, received[:3])
    if stray is not None:
        return Misfit(f"{stray}: {in_hex(received)}", is_strange=True)
    expected = _rtu_reply_bytes(request, received)
    if expected is None or len(received) < expected:
        return UNFINISHED
    if len(received) > expected:
        return Misfit(f"{len(received) - expected} bytes more than the reply has: {in_hex(received)}")
    if crc(received[:-CRC_BYTES]) != received[-CRC_BYTES:]:
        return Misfit(f"checksum does not match: {in_hex(received)}", garbled=True)
    return _judge_content(request, received[1:-CRC_BYTES])


def _rtu_reply_bytes(request: Request, received: bytes) -> int | None:
    """Length of the reply that begins so; None while it has not told."""
    if len(received) > 1 and received[1] & _EXCEPTION_BIT:
        return EXCEPTION_FRAME_BYTES
    if request.reply_bytes:
        return request.rtu_reply_bytes
    told = identification.length_of(received[2:])
    return None if told is None else 2 + told + CRC_BYTES


def find_rtu(request: Request, received: bytes, *, has_echo: bool = False) -> Verdict:
    """Find the answer in everything received since the request; nothing may follow it, but much may stand before.

    An adapter that hears itself puts the question there (`has_echo`: it does so with writes too, whose answer looks the
    same), neighbours put frames of theirs, the cable puts noise. A Misfit that is not `garbled` may yet be followed by
    the answer.
    """
    question = request.rtu_frame
    if not request.is_write or has_echo:
        if received.startswith(question):
            received = received[len(question) :]
        elif question.startswith(received):
            return UNFINISHED
    verdict = judge_rtu(request, received)
    if isinstance(verdict, Misfit):
        for start in range(1, len(received) - EXCEPTION_FRAME_BYTES + 1):
            inner = judge_rtu(request, received[start:]) if received[start] == request.unit else verdict
            if isinstance(inner, Answer | Refusal):
                return inner
    return verdict


def begins_with_echo(request: Request, received: bytes) -> bool:
    """Whether the line gave the question back before anything else."""
    return received.startswith(request.rtu_frame)


def whole_frames(heard: bytes) -> Iterator[tuple[int, int, int]]:
    """Find the intact RTU replies in what was heard: unit, function and bytes after the function code of each."""
    start = 0
    while start + EXCEPTION_FRAME_BYTES <= len(heard):
        frame = heard[start : start + _reply_bytes_by_head(heard[start:])]
        if len(frame) >= EXCEPTION_FRAME_BYTES and crc(frame[:-CRC_BYTES]) == frame[-CRC_BYTES:]:
            yield frame[0], frame[1], len(frame) - 2 - CRC_BYTES
            start += len(frame)
        else:
            start += 1


def given_less(request: Request, looks: Looks) -> int | None:
    """Tell how many data bytes a reply gave that is like the one asked for, only shorter; None where it is not."""
    unit, function, length = looks
    is_shorter = request.is_numbers and (unit, function) == request.looks[:2] and 1 < length < request.reply_bytes
    return length - 1 if is_shorter else None


def _reply_bytes_by_head(head: bytes) -> int:
    """Length of the RTU reply that begins so; 0 where none of ours does."""
    if head[1] & _EXCEPTION_BIT:
        return EXCEPTION_FRAME_BYTES
    if head[1] in READS:
        return EXCEPTION_FRAME_BYTES + head[2]
    if head[1] == Function.READ_IDENTIFICATION:
        return 2 + (identification.length_of(head[2:]) or 0) + CRC_BYTES
    return _WRITE_FRAME_BYTES if head[1] in WRITES else 0


def mbap_frame_bytes(frame: bytes) -> int:
    """Length of the Modbus TCP frame that begins here, by its header."""
    return _MBAP_UNTIL_LENGTH + int.from_bytes(frame[4:6], "big")


def judge_tcp(request: Request, transaction: int, received: bytes) -> tuple[Verdict, int]:
    """Find the reply in a TCP stream: the verdict, and how many bytes of the stream are done with.

    Replies to earlier transactions are passed over. A Misfit with 0 bytes done means the stream has lost its frames.
    """
    done = 0
    while len(received) - done >= _MBAP_BYTES:
        number, protocol, length = _MBAP.unpack_from(received, done)
        if protocol or not _MBAP_MIN_LENGTH <= length <= _MBAP_MAX_LENGTH:
            seen = f"this is not Modbus TCP: {in_hex(received[done:])}"
            return Misfit(seen, remedy="correct the bus's `kind` or `port`"), 0
        begin = done + _MBAP_UNTIL_LENGTH
        if len(received) < begin + length:
            break
        done = begin + length
        if number == transaction:
            return _judge_tcp_reply(request, received[begin:done]), done
    return UNFINISHED, done


def _judge_tcp_reply(request: Request, reply: bytes) -> Verdict:
    if request.is_numbers and reply.startswith(request.reply_head) and len(reply) == 2 + request.reply_bytes:
        return Answer(reply[3:])
    stray = _stray_head(request, reply[:3])
    if stray is not None:
        looks = (reply[0], reply[1], len(reply) - 2)
        return Misfit(f"{stray}: {in_hex(reply)}", gave_bytes=given_less(request, looks))
    expected = _tcp_reply_bytes(request, reply)
    if len(reply) != expected:
        wanted = expected or "more"
        return Misfit(f"{len(reply)} bytes where the reply has {wanted}: {in_hex(reply)}")
    return _judge_content(request, reply[1:])


def _tcp_reply_bytes(request: Request, reply: bytes) -> int | None:
    if reply[1] & _EXCEPTION_BIT:
        return _EXCEPTION_PDU_AND_UNIT_BYTES
    if request.reply_bytes:
        return 2 + request.reply_bytes
    told = identification.length_of(reply[2:])
    return None if told is None else 2 + told


def _stray_head(request: Request, head: bytes) -> str | None:
    """Say what is wrong with the first bytes, as far as they are there: unit, function, byte count."""
    if head and head[0] != request.unit:
        return f"unit {head[0]} spoke"
    if len(head) > 1 and head[1] not in {request.function, request.function | _EXCEPTION_BIT}:
        return f"function {head[1]} instead of {int(request.function)}"
    if len(head) > 2 and head[1] == request.function and not request.is_write and head[2] != request.reply_head[2]:  # noqa: PLR2004 - the third byte
        if request.is_numbers:
            return f"{head[2]} data bytes instead of {request.reply_head[2]}"
        return f"MEI type {head[2]} instead of {request.reply_head[2]}"
    return None


def _judge_content(request: Request, pdu: bytes) -> Verdict:
    """Say what a reply whose unit, function, length and checksum are right tells."""
    if pdu[0] & _EXCEPTION_BIT:
        return Refusal(pdu[1])
    if request.is_numbers:
        return Answer(pdu[2:])
    if request.is_write and pdu[1:] != request.body:
        return Misfit(f"the echo of the write differs: {in_hex(pdu)}")
    return Answer(pdu[1:])
