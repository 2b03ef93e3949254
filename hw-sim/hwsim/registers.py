"""How meters write a number into 16-bit words: float or integer, word order, resolution, and the 'not available' word.

Every value is an int in thousandths of its display unit (Wh of kWh, mW of W, mV, mA, mHz); None is not available.
Written from the datasheets' type descriptions; the gateway's decoder is another piece of work on purpose.
"""

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

_WORD = 0xFFFF
_HIGH_FIRST = "most significant word first"
_LOW_FIRST = "least significant word first"
# IEEE 754: all exponent bits and the highest mantissa bit make a quiet NaN, by number of words.
_QUIET_NAN = {2: (0x7FC0, 0x0000), 4: (0x7FF8, 0x0000, 0x0000, 0x0000)}
_IEEE_754 = {2: ">f", 4: ">d"}
# Decade floats are written with as many decimals as a display has, or fewer when 24 bits do not hold them.
_DECADE_DIGITS = -3


class Encoding(Enum):
    """How a number lies in registers: kind, word count, which word comes first."""

    U16 = ("unsigned", 1, _HIGH_FIRST)
    S16 = ("signed", 1, _HIGH_FIRST)
    U32 = ("unsigned", 2, _HIGH_FIRST)
    U32_LSW_FIRST = ("unsigned", 2, _LOW_FIRST)
    S32 = ("signed", 2, _HIGH_FIRST)
    S32_LSW_FIRST = ("signed", 2, _LOW_FIRST)
    U64 = ("unsigned", 4, _HIGH_FIRST)
    U64_LSW_FIRST = ("unsigned", 4, _LOW_FIRST)
    S64 = ("signed", 4, _HIGH_FIRST)
    S64_LSW_FIRST = ("signed", 4, _LOW_FIRST)
    F32 = ("float", 2, _HIGH_FIRST)
    F32_LSW_FIRST = ("float", 2, _LOW_FIRST)
    F64 = ("float", 4, _HIGH_FIRST)
    F64_LSW_FIRST = ("float", 4, _LOW_FIRST)
    T5 = ("unsigned decade float", 2, _HIGH_FIRST)
    T6 = ("signed decade float", 2, _HIGH_FIRST)
    ACC32 = ("accumulator", 2, _HIGH_FIRST)

    @property
    def kind(self) -> str:
        """Which kind of number it is."""
        return str(self.value[0])

    @property
    def words(self) -> int:
        """How many registers a value takes."""
        return self.value[1]

    @property
    def is_float(self) -> bool:
        """Whether it is an IEEE 754 number."""
        return self.kind == "float"

    @property
    def is_decade_float(self) -> bool:
        """Whether it is a power of ten in the high byte and 24 bits that it multiplies."""
        return self.kind.endswith("decade float")

    @property
    def is_signed(self) -> bool:
        """Whether negative numbers can be written."""
        return self.kind in {"signed", "float", "signed decade float"}

    def ordered(self, words: tuple[int, ...]) -> tuple[int, ...]:
        """Put words given most significant first into the order on the wire."""
        return words if self.value[2] == _HIGH_FIRST else words[::-1]


def all_of_it(thousandths: int) -> int:
    """Return the value as it is: what a register shows that holds a quantity alone."""
    return thousandths


@dataclass(frozen=True, slots=True)
class Register:
    """One value in a meter's map; `resolution` is the weight of one count in thousandths of the display unit.

    For floats `unit` says how many thousandths of the display unit 1.0 stands for. Where a quantity is spread over
    registers, `part` takes this one's share and `sign` tells whether the display adds it. A register that is not
    `shown` holds its value once more.
    """

    address: int
    quantity: str
    encoding: Encoding
    resolution: int | Fraction = 1
    unit: int | Fraction = 1000
    part: Callable[[int], int] = all_of_it
    sign: int = 1
    is_shown: bool = True

    def counts(self, thousandths: int) -> int:
        """Cut to the meter's resolution, towards zero as displays do."""
        own = self.part(thousandths)
        cut = int(abs(own) // self.resolution)
        return -cut if own < 0 else cut

    def shown(self, thousandths: int | None) -> Decimal | None:
        """Return the number on the display, in kWh, W, V, A or Hz."""
        if thousandths is None:
            return None
        if self.encoding.is_decade_float:
            mantissa, decades = self._decade_float(thousandths)
            number = Fraction(mantissa) * Fraction(10) ** decades * self.unit
        else:
            counts = self.counts(thousandths)
            if self.encoding is Encoding.ACC32 and counts == 0:
                return None
            number = Fraction(counts) * self.resolution
        return Decimal(number.numerator) / Decimal(number.denominator * 1000)

    def words(self, thousandths: int | None) -> tuple[int, ...]:
        """Return the register contents, big-endian inside each word."""
        if thousandths is None:
            return not_available(self.encoding)
        counts, size = self.counts(thousandths), 2 * self.encoding.words
        if self.encoding.is_float:
            raw = struct.pack(_IEEE_754[self.encoding.words], float(counts * self.resolution / Fraction(self.unit)))
        elif self.encoding.is_decade_float:
            mantissa, decades = self._decade_float(thousandths)
            raw = decades.to_bytes(1, "big", signed=True) + mantissa.to_bytes(3, "big", signed=self.encoding.is_signed)
        else:
            raw = counts.to_bytes(size, "big", signed=self.encoding.is_signed)
        return self.encoding.ordered(_to_words(raw))

    def _decade_float(self, thousandths: int) -> tuple[int, int]:
        """Return mantissa and power of ten, cut to what 24 bits hold."""
        room = 1 << (23 if self.encoding.is_signed else 24)
        own = self.part(thousandths)
        size, decades = int(abs(own) * 10**-_DECADE_DIGITS // self.unit), _DECADE_DIGITS
        while size >= room:
            size, decades = size // 10, decades + 1
        return (-size if own < 0 else size), decades


def not_available(encoding: Encoding) -> tuple[int, ...]:
    """NaN for floats, the largest number for signed integers, all ones for unsigned ones, nothing accumulated."""
    if encoding.is_float:
        return encoding.ordered(_QUIET_NAN[encoding.words])
    if encoding is Encoding.ACC32:
        return (0, 0)
    return encoding.ordered((0x7FFF if encoding.is_signed else _WORD,) + (_WORD,) * (encoding.words - 1))


def image(registers: Iterable[Register], values: Mapping[str, int | None], address: int, count: int) -> dict[int, int]:
    """Return the words of every register that touches this range, by address."""
    words: dict[int, int] = {}
    for register in registers:
        if register.address < address + count and address < register.address + register.encoding.words:
            encoded = register.words(values[register.quantity])
            words.update((register.address + i, word) for i, word in enumerate(encoded))
    return words


def text_words(text: str, count: int) -> tuple[int, ...]:
    """Two ASCII characters per word, padded with blanks."""
    return _to_words(text.encode("ascii").ljust(2 * count))


def _to_words(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2))
