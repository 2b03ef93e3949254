"""How Modbus frames look on a serial line (RTU, with CRC) and in TCP (MBAP header), from the device's end.

Sources: MODBUS over Serial Line V1.02 (2.5.1), MODBUS Messaging on TCP/IP V1.0b (3.1.3).
"""

from dataclasses import dataclass

from hwsim.modbus_server import IDENTIFY, READ_COILS, WRITE_COILS, WRITE_REGISTER, WRITE_REGISTERS

MBAP_LENGTH = 7
SHORTEST_RTU = 4
_BYTE_COUNT_AT = 6


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xFFFF; on the wire the low byte comes first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """Put the unit before and the CRC behind."""
    body = bytes((unit,)) + pdu
    return body + crc16(body).to_bytes(2, "little")


def is_intact_rtu(frame: bytes) -> bool:
    """Whether the CRC at the end fits what stands before it."""
    return len(frame) >= SHORTEST_RTU and crc16(frame[:-2]).to_bytes(2, "little") == frame[-2:]


def rtu_request_length(received: bytes) -> int | None:
    """Length of the request that begins here; None while unknown, or for good when the function is not known."""
    if len(received) < 2:  # noqa: PLR2004 -- unit and function
        return None
    function = received[1]
    if READ_COILS <= function <= WRITE_REGISTER:
        return 8
    if function == IDENTIFY:
        return 7
    if function in (WRITE_COILS, WRITE_REGISTERS) and len(received) > _BYTE_COUNT_AT:
        return 9 + received[_BYTE_COUNT_AT]
    return None


@dataclass(frozen=True, slots=True)
class MbapHeader:
    """`length` counts the unit id and the PDU."""

    transaction: int
    protocol: int
    length: int
    unit: int


def parse_mbap(header: bytes) -> MbapHeader:
    """Take the seven bytes apart."""
    return MbapHeader(
        transaction=int.from_bytes(header[0:2], "big"),
        protocol=int.from_bytes(header[2:4], "big"),
        length=int.from_bytes(header[4:6], "big"),
        unit=header[6],
    )


def mbap_frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """Put the header before."""
    return transaction.to_bytes(2, "big") + bytes(2) + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,)) + pdu
