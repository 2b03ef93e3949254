"""Exact JSON numbers: OCPI's `number` is a Decimal on this side and plain digits on the wire, never a float."""

from decimal import ROUND_HALF_UP, Context, Decimal

import msgspec

# OCPI 2.2.1 part 16 (types): a number has four decimals unless a field says otherwise.
_PLACES = Decimal("0.0001")
# The caller's decimal context must not decide what stands on a bill. 60 digits hold any amount, volume or register.
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


def number(value: Decimal) -> msgspec.Raw:
    """Write an OCPI number: half up to four decimals, no exponent, no trailing zeros, no negative zero.

    NaN and infinity have no JSON form: ValueError, a bug of the caller.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is no OCPI number")
    digits = f"{value.quantize(_PLACES, context=_CONTEXT):f}"
    plain = digits.rstrip("0").rstrip(".")
    return msgspec.Raw(b"0" if plain == "-0" else plain.encode("ascii"))


def number_or_none(value: Decimal | None) -> msgspec.Raw | None:
    """Write an OCPI number that may be unknown."""
    return None if value is None else number(value)
