"""Questions to a unit, as bytes. Pure.

Modbus Application Protocol V1.1b3 (PDUs), Modbus over Serial Line V1.02 (CRC), Modbus Messaging on TCP/IP V1.0b (MBAP).
"""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from pymodbus.constants import DeviceInformation
from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu.bit_message import ReadCoilsRequest, WriteSingleCoilRequest
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.modbus.identification import MOST_BYTES, VENDOR

CRC_BYTES = 2
_KNOWN_REQUESTS = 1024  # polls repeat themselves: their requests are built once


class Function(IntEnum):
    """The function codes this house uses."""

    READ_COILS = 1
    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_COIL = 5
    WRITE_REGISTER = 6
    READ_IDENTIFICATION = 43


READS = frozenset({Function.READ_COILS, Function.READ_HOLDING, Function.READ_INPUT})
WRITES = frozenset({Function.WRITE_COIL, Function.WRITE_REGISTER})

Looks = tuple[int, int, int]
"""What an RTU reply looks like: unit, function (an exception's has its high bit set), bytes after the function code."""


def crc(frame: bytes) -> bytes:
    """Compute the two checksum bytes, in the order they travel."""
    return FramerRTU.compute_CRC(frame).to_bytes(CRC_BYTES, "big")


@dataclass(frozen=True, slots=True)
class Request:
    """A question to one unit. `body` is the PDU after the function code; `reply_bytes` is the length of the reply's.

    `reply_bytes` is 0 where only the reply tells its length: of a device's identification.

    The rest follows from these and is worked out once, for polls repeat their requests: `is_write` (answered with its
    own echo), `is_numbers` (answered with a byte count and numbers, which look like those of other questions), what the
    reply looks like, how it begins, its greatest length, and the frames.
    """

    unit: int
    function: Function
    body: bytes
    reply_bytes: int
    is_write: bool = field(init=False, compare=False)
    is_numbers: bool = field(init=False, compare=False)
    looks: Looks = field(init=False, compare=False)
    reply_head: bytes = field(init=False, compare=False)
    rtu_reply_bytes: int = field(init=False, compare=False)
    rtu_frame: bytes = field(init=False, compare=False)
    _tcp_tail: bytes = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what follows."""
        question = bytes((self.unit, self.function)) + self.body
        is_numbers = self.function in READS
        worked_out = {
            "is_write": self.function in WRITES,
            "is_numbers": is_numbers,
            "looks": (self.unit, int(self.function), self.reply_bytes),
            "reply_head": question[:2] + bytes((self.reply_bytes - 1,)) if is_numbers else question[:3],
            "rtu_reply_bytes": 2 + (self.reply_bytes or MOST_BYTES) + CRC_BYTES,
            "rtu_frame": question + crc(question),
            "_tcp_tail": b"\0\0" + len(question).to_bytes(2, "big") + question,
        }
        for name, value in worked_out.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        """Hash what tells requests apart: one on which Python keeps the result."""
        return hash(self.rtu_frame)

    def tcp_frame(self, transaction: int) -> bytes:
        """Frame the question for Modbus TCP."""
        return transaction.to_bytes(2, "big") + self._tcp_tail


@lru_cache(maxsize=_KNOWN_REQUESTS)
def read_registers_request(unit: int, function: int, address: int, count: int) -> Request:
    """Ask for 1..125 holding (3) or input (4) registers; ValueError outside what the protocol can say."""
    asked = ReadHoldingRegistersRequest if function == Function.READ_HOLDING else ReadInputRegistersRequest
    return Request(unit, Function(function), asked(address=address, count=count).encode(), 1 + 2 * count)


@lru_cache(maxsize=_KNOWN_REQUESTS)
def read_coils_request(unit: int, address: int, count: int) -> Request:
    """Ask for 1..2000 coils."""
    body = ReadCoilsRequest(address=address, count=count).encode()
    return Request(unit, Function.READ_COILS, body, 1 + (count + 7) // 8)


@lru_cache(maxsize=_KNOWN_REQUESTS)
def identification_request(unit: int) -> Request:
    """Ask for maker, product code and revision, all of them in one reply."""
    body = ReadDeviceInformationRequest(read_code=DeviceInformation.BASIC, object_id=VENDOR).encode()
    return Request(unit, Function.READ_IDENTIFICATION, body, 0)


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
