"""How meters write a number into 16-bit words: float or integer, word order, resolution, and the 'not available' word.

Every value is an int in thousandths of its display unit (Wh of kWh, mW of W, mV, mA, mHz); None is not available.
Written from the datasheets' type descriptions; the gateway's decoder is another piece of work on purpose.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

_WORD = 0xFFFF
_QUIET_NAN = (0x7FC0, 0x0000)


class Encoding(Enum):
    """How a number lies in registers: kind, word count, which word comes first."""

    U16 = ("unsigned", 1, "most significant word first")
    S16 = ("signed", 1, "most significant word first")
    U32 = ("unsigned", 2, "most significant word first")
    S32 = ("signed", 2, "most significant word first")
    S32_LSW_FIRST = ("signed", 2, "least significant word first")
    U64 = ("unsigned", 4, "most significant word first")
    F32 = ("float", 2, "most significant word first")

    @property
    def words(self) -> int:
        """How many registers a value takes."""
        return self.value[1]

    @property
    def is_signed(self) -> bool:
        """Whether negative numbers can be written."""
        return self.value[0] != "unsigned"

    def ordered(self, words: tuple[int, ...]) -> tuple[int, ...]:
        """Put words given most significant first into the order on the wire."""
        return words if self.value[2].startswith("most") else words[::-1]


@dataclass(frozen=True, slots=True)
class Register:
    """One value in a meter's map; `resolution` is the weight of one count in thousandths of the display unit."""

    address: int
    quantity: str
    encoding: Encoding
    resolution: int = 1

    def counts(self, thousandths: int) -> int:
        """Cut to the meter's resolution, towards zero as displays do."""
        cut = abs(thousandths) // self.resolution
        return -cut if thousandths < 0 else cut

    def shown(self, thousandths: int | None) -> Decimal | None:
        """Return the number on the display, in kWh, W, V, A or Hz."""
        if thousandths is None:
            return None
        return Decimal(self.counts(thousandths) * self.resolution) / 1000

    def words(self, thousandths: int | None) -> tuple[int, ...]:
        """Return the register contents, big-endian inside each word."""
        if thousandths is None:
            return not_available(self.encoding)
        counts = self.counts(thousandths)
        if self.encoding is Encoding.F32:
            raw = struct.pack(">f", counts * self.resolution / 1000)
        else:
            raw = counts.to_bytes(2 * self.encoding.words, "big", signed=self.encoding.is_signed)
        return self.encoding.ordered(_to_words(raw))


def not_available(encoding: Encoding) -> tuple[int, ...]:
    """NaN for floats, the largest number for signed integers, all ones for unsigned ones."""
    if encoding is Encoding.F32:
        return _QUIET_NAN
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
