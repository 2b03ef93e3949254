"""What a Modbus device does with a request: functions 1-6, 15, 16 and 43/14 over a register and coil interface.

Source: MODBUS Application Protocol Specification V1.1b3, chapters 6 and 7. Nothing here knows how frames travel.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum

READ_COILS = 1
READ_INPUTS = 2
READ_HOLDING = 3
READ_INPUT_REGISTERS = 4
WRITE_COIL = 5
WRITE_REGISTER = 6
WRITE_COILS = 15
WRITE_REGISTERS = 16
IDENTIFY = 43

COIL_ON = 0xFF00
COIL_OFF = 0x0000

# The standard's own ceilings; a device may allow less.
MAX_REGISTERS_READ = 125
MAX_REGISTERS_WRITTEN = 123
MAX_BITS_READ = 2000
MAX_BITS_WRITTEN = 1968

# Read Device Identification, 6.21: MEI type; basic objects as a stream, or one object; what a device has of both.
_MEI_TYPE = 14
_BASIC, _ONE = 1, 4
_HAS_BASIC_BOTH_WAYS = 0x81
_NOTHING_FOLLOWS = bytes(2)


class Refusal(IntEnum):
    """Exception codes of chapter 7."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    DEVICE_BUSY = 6


class Refused(Exception):
    """The device answers with an exception reply carrying `code`; `asked` is what it would not do."""

    def __init__(self, code: Refusal, *asked: object) -> None:
        super().__init__(code.name.lower(), *asked)
        self.code = code


class ModbusDevice:
    """One unit on a bus; a device overrides the functions it has, the rest is refused with exception 1.

    Addresses are 0-based as on the wire. `turnaround_s` is the time from the end of a request to the first byte
    of the reply; a bus never goes below the line's own silence.
    """

    turnaround_s: float = 0.0
    max_registers: int = MAX_REGISTERS_READ

    def read_coils(self, address: int, count: int) -> Sequence[bool]:
        """Answer function 1."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, count)

    def read_inputs(self, address: int, count: int) -> Sequence[bool]:
        """Answer function 2."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, count)

    def read_holding(self, address: int, count: int) -> Sequence[int]:
        """Answer function 3; words of 16 bits."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, count)

    def read_input_registers(self, address: int, count: int) -> Sequence[int]:
        """Answer function 4; words of 16 bits."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, count)

    def identification(self) -> Mapping[int, str]:
        """Answer function 43/14: texts by object id; maker 0, product code 1, revision 2."""
        raise Refused(Refusal.ILLEGAL_FUNCTION)

    def write_coil(self, address: int, word: int) -> None:
        """Answer function 5; `word` as sent, because some boards know more words than on and off."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, word)

    def write_coils(self, address: int, values: Sequence[bool]) -> None:
        """Answer function 15."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, values)

    def write_register(self, address: int, word: int) -> None:
        """Answer function 6."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, word)

    def write_registers(self, address: int, words: Sequence[int]) -> None:
        """Answer function 16."""
        raise Refused(Refusal.ILLEGAL_FUNCTION, address, words)


def answer(device: ModbusDevice, pdu: bytes) -> bytes:
    """Return the reply PDU to a request PDU, an exception reply included; never raises for what a client may send."""
    try:
        return _carry_out(device, pdu)
    except Refused as refused:
        return exception_reply(pdu[0], refused.code)


def exception_reply(function: int, code: Refusal) -> bytes:
    """Build an exception PDU: function with the top bit set, then the code."""
    return bytes((function | 0x80, code))


def _carry_out(device: ModbusDevice, pdu: bytes) -> bytes:
    function = pdu[0]
    if function in (READ_COILS, READ_INPUTS):
        return _read_bits(device, pdu)
    if function in (READ_HOLDING, READ_INPUT_REGISTERS):
        return _read_registers(device, pdu)
    if function in (WRITE_COIL, WRITE_REGISTER):
        address, word = _two_words(pdu, exactly=5)
        if function == WRITE_COIL:
            device.write_coil(address, word)
        else:
            device.write_register(address, word)
        return pdu
    if function == WRITE_COILS:
        return _write_coils(device, pdu)
    if function == WRITE_REGISTERS:
        return _write_registers(device, pdu)
    if function == IDENTIFY:
        return _identify(device, pdu)
    raise Refused(Refusal.ILLEGAL_FUNCTION)


def _identify(device: ModbusDevice, pdu: bytes) -> bytes:
    texts = device.identification()
    if len(pdu) != 4 or pdu[1] != _MEI_TYPE or pdu[2] not in (_BASIC, _ONE):  # noqa: PLR2004 -- function, type, code, object
        raise Refused(Refusal.ILLEGAL_VALUE)
    if pdu[3] not in texts:
        raise Refused(Refusal.ILLEGAL_ADDRESS)
    told = [number for number in sorted(texts) if (number >= pdu[3] if pdu[2] == _BASIC else number == pdu[3])]
    objects = b"".join(bytes((number, len(texts[number]))) + texts[number].encode("ascii") for number in told)
    return pdu[:3] + bytes((_HAS_BASIC_BOTH_WAYS,)) + _NOTHING_FOLLOWS + bytes((len(told),)) + objects


def _read_bits(device: ModbusDevice, pdu: bytes) -> bytes:
    address, count = _two_words(pdu, exactly=5)
    _check_range(address, count, MAX_BITS_READ)
    read = device.read_coils if pdu[0] == READ_COILS else device.read_inputs
    packed = _pack_bits(read(address, count))
    return bytes((pdu[0], len(packed))) + packed


def _read_registers(device: ModbusDevice, pdu: bytes) -> bytes:
    address, count = _two_words(pdu, exactly=5)
    _check_range(address, count, min(device.max_registers, MAX_REGISTERS_READ))
    read = device.read_holding if pdu[0] == READ_HOLDING else device.read_input_registers
    words = read(address, count)
    return bytes((pdu[0], 2 * len(words))) + b"".join(word.to_bytes(2, "big") for word in words)


def _write_coils(device: ModbusDevice, pdu: bytes) -> bytes:
    address, count = _two_words(pdu, at_least=6)
    _check_range(address, count, MAX_BITS_WRITTEN)
    body = _counted_body(pdu, (count + 7) // 8)
    device.write_coils(address, [bool(body[i // 8] >> (i % 8) & 1) for i in range(count)])
    return pdu[:5]


def _write_registers(device: ModbusDevice, pdu: bytes) -> bytes:
    address, count = _two_words(pdu, at_least=6)
    _check_range(address, count, MAX_REGISTERS_WRITTEN)
    body = _counted_body(pdu, 2 * count)
    device.write_registers(address, [int.from_bytes(body[i : i + 2], "big") for i in range(0, 2 * count, 2)])
    return pdu[:5]


def _two_words(pdu: bytes, *, exactly: int | None = None, at_least: int = 5) -> tuple[int, int]:
    if len(pdu) != exactly if exactly is not None else len(pdu) < at_least:
        raise Refused(Refusal.ILLEGAL_VALUE)
    return int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")


def _counted_body(pdu: bytes, length: int) -> bytes:
    body = pdu[6:]
    if pdu[5] != length or len(body) != length:
        raise Refused(Refusal.ILLEGAL_VALUE)
    return body


def _check_range(address: int, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise Refused(Refusal.ILLEGAL_VALUE)
    if address + count > 0x10000:  # noqa: PLR2004 -- the address space of the standard
        raise Refused(Refusal.ILLEGAL_ADDRESS)


def _pack_bits(bits: Sequence[bool]) -> bytes:
    packed = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << (i % 8)
    return bytes(packed)
