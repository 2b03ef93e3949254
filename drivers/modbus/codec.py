"""Register words into exact numbers, by declared type. Pure; a binary float is met here and nowhere else."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

# Wide enough for every finite double times any scale; the default context's 28 digits would trap on garbage floats.
_EXACT = Context(prec=400)


class WordOrder(StrEnum):
    """Which 16-bit word of a number stands at the lower address; bytes inside a word are always big-endian."""

    MSW_FIRST = "msw_first"
    LSW_FIRST = "lsw_first"


class NumberType(StrEnum):
    """How a number is stored in its registers."""

    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    S64 = "s64"
    F32 = "f32"
    F64 = "f64"
    T5 = "t5"
    """Iskra: high byte a signed decade exponent, then 24 bits unsigned."""
    T6 = "t6"
    """Iskra: high byte a signed decade exponent, then 24 bits signed."""
    ACC32 = "acc32"
    """SunSpec accumulator: 32 bits unsigned, 0 where nothing is accumulated."""


@dataclass(frozen=True, slots=True)
class _Form:
    registers: int
    signed: bool = False
    binary_float: bool = False
    decade_float: bool = False
    starts_at_one: bool = False


_FORMS: Mapping[NumberType, _Form] = {
    NumberType.U16: _Form(1),
    NumberType.S16: _Form(1, signed=True),
    NumberType.U32: _Form(2),
    NumberType.S32: _Form(2, signed=True),
    NumberType.U64: _Form(4),
    NumberType.S64: _Form(4, signed=True),
    NumberType.F32: _Form(2, binary_float=True),
    NumberType.F64: _Form(4, binary_float=True),
    NumberType.T5: _Form(2, decade_float=True),
    NumberType.T6: _Form(2, signed=True, decade_float=True),
    NumberType.ACC32: _Form(2, starts_at_one=True),
}
# What a meter measures lies well within; a larger exponent is a pattern that is no number.
_MOST_DECADES = 10
_F32_BYTES = 4
# Six digits survive decimal → f32 → decimal, nine survive f32 → decimal → f32: the shortest form lies between.
_F32_DIGITS = range(6, 10)


def registers_of(number_type: NumberType) -> int:
    """How many registers a number of this type fills."""
    return _FORMS[number_type].registers


def decode(words: Sequence[int], number_type: NumberType, word_order: WordOrder) -> Decimal | None:
    """Return the number in these words as the device meant it; None where the pattern says "not available".

    Not available: NaN and infinities; all ones (unsigned); 0x7FFF… and 0x8000… (signed); 0 of an accumulator;
    decade exponents beyond ±10.
    """
    form = _FORMS[number_type]
    if len(words) != form.registers:
        raise ValueError(f"{number_type} fills {form.registers} registers, got {len(words)}")
    ordered = words if word_order is WordOrder.MSW_FIRST else tuple(reversed(words))
    raw = b"".join(word.to_bytes(2, "big") for word in ordered)
    if form.binary_float:
        return _float_as_decimal(raw)
    if form.decade_float:
        return _decade_float(raw, signed=form.signed)
    if form.starts_at_one:
        return Decimal(int.from_bytes(raw, "big")) if any(raw) else None
    return _integer(raw, signed=form.signed)


def power_of_ten(exponent: Decimal | None) -> Decimal | None:
    """Return the scale that an exponent register stands for; None where it is not available or no exponent."""
    if exponent is None or abs(exponent) > _MOST_DECADES:
        return None
    return Decimal(1).scaleb(int(exponent))


def scaled(number: Decimal, scale: Decimal) -> Decimal:
    """Bring the number into the quantity's unit, without rounding."""
    product = _EXACT.add(_EXACT.multiply(number, scale), Decimal(0))  # adding 0 makes -0 a plain 0
    return _EXACT.quantize(product, Decimal(1)) if product == product.to_integral_value() else _EXACT.normalize(product)


def whole(number: Decimal) -> Decimal:
    """Round half up (away from zero) to a whole number: energy is counted in whole Wh."""
    return number.quantize(Decimal(1), ROUND_HALF_UP, _EXACT)


def _integer(raw: bytes, *, signed: bool) -> Decimal | None:
    number = int.from_bytes(raw, "big", signed=signed)
    bits = 8 * len(raw)
    unavailable = {(1 << (bits - 1)) - 1, -(1 << (bits - 1))} if signed else {(1 << bits) - 1}
    return None if number in unavailable else Decimal(number)


def _decade_float(raw: bytes, *, signed: bool) -> Decimal | None:
    scale = power_of_ten(Decimal(int.from_bytes(raw[:1], "big", signed=True)))
    if scale is None or (not signed and raw == b"\xff" * len(raw)):
        return None
    return Decimal(int.from_bytes(raw[1:], "big", signed=signed)) * scale


def _float_as_decimal(raw: bytes) -> Decimal | None:
    """Find the shortest decimal that stands for exactly this binary float: 1234.5, not 1234.4999."""
    if len(raw) != _F32_BYTES:
        number = struct.unpack(">d", raw)[0]
        return Decimal(repr(number)) if math.isfinite(number) else None
    number = struct.unpack(">f", raw)[0]
    if not math.isfinite(number):
        return None
    texts = (f"{number:.{digits}g}" for digits in _F32_DIGITS)
    return Decimal(next(text for text in texts if _is_f32(text, raw)))


def _is_f32(text: str, raw: bytes) -> bool:
    try:
        return struct.pack(">f", float(text)) == raw
    except OverflowError:  # the largest floats, rounded up to fewer digits, lie beyond the type
        return False
