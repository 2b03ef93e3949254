"""What can be said of a meter model: where its numbers are, how they are stored, how the device is recognised. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from drivers.modbus.codec import NumberType, WordOrder, decode, power_of_ten, registers_of, scaled
from drivers.modbus.identification import printable
from drivers.modbus.read_plan import PlanLimits, Span
from drivers.modbus.request import Function
from drivers.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Term:
    """One number of a quantity: its first word, counted from the start of the span; sign -1 where it is taken away."""

    offset: int
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Register:
    """Where one quantity stands and how to read it: value = sum of the terms x scale, in the quantity's unit.

    The span holds everything the value is made of, so that it always comes in one reply. `exponent_offset` is the
    word (s16) in it that holds a power of ten. `otherwise` is where other versions of the device keep it.
    """

    span: Span
    type: NumberType
    word_order: WordOrder
    scale: Decimal
    terms: tuple[Term, ...] = (Term(0),)
    exponent_offset: int | None = None
    otherwise: "Register | None" = None


@dataclass(frozen=True, slots=True)
class InRanges:
    """The registers as one whole number, most significant word first, lie in one of the inclusive ranges."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BeginsWith:
    """The registers as ASCII begin with one of these; NULs do not count, some firmware puts one beside each letter."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The number in the registers lies between these bounds, both included."""

    type: NumberType
    word_order: WordOrder
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Probe:
    """A harmless read, and what it gives on this model; the span of a text the device says of itself is `self_said`.

    `elsewhere`: other places where the same may stand instead.
    """

    span: Span
    expected: InRanges | BeginsWith | Within
    elsewhere: tuple[Span, ...] = ()

    @property
    def places(self) -> tuple[Span, ...]:
        """Every place where it may stand, the likeliest first."""
        return (self.span, *self.elsewhere)

    @property
    def is_self_said(self) -> bool:
        """Whether it needs function 43: not every device has it, nor does every gateway pass it on."""
        return self.span.function == Function.READ_IDENTIFICATION


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How the device leaves the factory."""

    baud: int
    parity: str
    stop_bits: int
    unit: int


@dataclass(frozen=True, slots=True)
class SunSpecBlock:
    """A block of a SunSpec map, by the ids it may have; addresses in `registers` count from the block's id word."""

    ids: tuple[int, ...]
    registers: Mapping[Quantity, Register]


@dataclass(frozen=True, slots=True)
class SunSpecMap:
    """Where the word 'SunS' may stand, and the blocks that a meter may be."""

    bases: tuple[int, ...]
    blocks: tuple[SunSpecBlock, ...]


@dataclass(frozen=True, slots=True)
class MeterModel:
    """One model as its file describes it; `gap_s` is the rest it wants between two requests to it.

    All of `identity` must match for the device to be this model. `registers` is empty where the map has to be found
    on the device: then `sunspec` says how. `shadows` tells that a user's file stands in for one of ours. `rollover_wh`
    is where the import counter begins at 0 again, None where nobody has said.
    """

    name: str
    title: str
    manufacturer: str
    source: tuple[str, ...]
    notes: str
    line: LineSettings
    limits: PlanLimits
    timeout_s: float
    gap_s: float
    identity: tuple[Probe, ...]
    registers: Mapping[Quantity, Register]
    sunspec: SunSpecMap | None = None
    file: Path | None = None
    shadows: bool = False
    rollover_wh: int | None = None


def self_said(number: int) -> Span:
    """Stand for an identification object (function 43/14) among the reads; it has no registers to count."""
    return Span(Function.READ_IDENTIFICATION, number, 0)


def text_as_words(text: str) -> tuple[int, ...]:
    """Return a text as registers would hold it."""
    raw = text.encode("ascii", "replace") + b"\0" * (len(text) % 2)
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))


def words_as_text(words: Sequence[int]) -> str:
    """Return the text in registers as it may be shown, without NULs and padding."""
    raw = b"".join(word.to_bytes(2, "big") for word in words).replace(b"\0", b"")
    return printable(raw.strip())


def value_of(register: Register, words: Sequence[int]) -> Decimal | None:
    """Work the value out from the words of the register's span; None when any part of it is not available."""
    size = registers_of(register.type)
    total = Decimal(0)
    for term in register.terms:
        number = decode(words[term.offset : term.offset + size], register.type, register.word_order)
        if number is None:
            return None
        total += term.sign * number
    if register.exponent_offset is None:
        return scaled(total, register.scale)
    word = words[register.exponent_offset : register.exponent_offset + 1]
    power = power_of_ten(decode(word, NumberType.S16, WordOrder.MSW_FIRST))
    return None if power is None else scaled(total, register.scale * power)


def matches(probe: Probe, words: Sequence[int]) -> bool:
    """Whether the words that came back are what this model would have sent."""
    raw = b"".join(word.to_bytes(2, "big") for word in words)
    match probe.expected:
        case InRanges(ranges):
            return any(low <= int.from_bytes(raw, "big") <= high for low, high in ranges)
        case BeginsWith(texts):
            return raw.replace(b"\0", b"").startswith(tuple(text.encode("ascii") for text in texts))
        case Within(number_type, word_order, low, high):
            number = decode(words, number_type, word_order)
            return number is not None and low <= number <= high
