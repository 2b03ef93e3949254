"""JSON that somebody else wrote: numbers exact, and what is wrong with it in one line that begins with its path."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import UnionType
from typing import Any, Final, TypeVar, overload

import msgspec

from gateway.ocpi.nesting import is_too_deep

_Shape = TypeVar("_Shape")

# No amount, volume or limit of a charge comes near these; a number beyond them would only cost memory.
_LARGEST: Final = Decimal(10) ** 12
_SMALLEST_EXPONENT: Final = -30
_UNMEASURED: Final = "Is a number that nothing is measured in, check it"
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")


def _fraction(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent of twenty digits
        raise ValueError(_UNMEASURED) from None


_DECODER: Final = msgspec.json.Decoder(float_hook=_fraction)


class Number(Decimal):
    """A JSON number with the digits it was written with; a text of digits is none."""

    __slots__ = ()


class Malformed(ValueError):
    """JSON that does not mean what it should; the message begins with the path of the place, like $.tariffs[0].id."""


def decode(data: bytes) -> Any:
    """Return any JSON value, fractions as Decimal; Malformed if it is no JSON."""
    return _decoded(data, _DECODER.decode)


@overload
def read(data: bytes, shape: type[_Shape]) -> _Shape: ...


@overload
def read(data: bytes, shape: UnionType) -> Any: ...


def read(data: bytes, shape: Any) -> Any:
    """Return a JSON text in this shape, unknown fields left out; Malformed names the first place that does not fit."""
    return _decoded(data, _decoder(shape).decode)


@lru_cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _decoded(data: bytes, decode: Callable[[bytes], _Shape]) -> _Shape:
    if is_too_deep(data):
        raise Malformed("$: is nested too deeply for anything OCPI knows")
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise Malformed(f"$: is not UTF-8 text (byte {error.start}), save it as UTF-8") from None
    except msgspec.ValidationError as error:
        raise Malformed(_finding("$", str(error))) from None
    except msgspec.DecodeError as error:
        raise Malformed(f"$: is not JSON: {_lower_first(str(error).removeprefix('JSON is malformed: '))}") from None


def shaped(path: str, value: Any, shape: type[_Shape]) -> _Shape:
    """Return a decoded value in this shape; Malformed names the first place that does not fit."""
    try:
        return msgspec.convert(value, shape, dec_hook=_custom)
    except msgspec.ValidationError as error:
        raise Malformed(_finding(path, str(error))) from None


def without_nulls(value: Any) -> Any:
    """Leave out every field that is null, as OCPI does: null and absent say the same."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def _custom(kind: type, value: Any) -> Any:
    if kind is not Number:
        raise TypeError(f"no JSON value is a {kind}")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"Expected a number, got {_KINDS.get(type(value), 'something else')}")
    number = Number(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.copy_abs() >= _LARGEST or exponent < _SMALLEST_EXPONENT:
        raise ValueError(_UNMEASURED)
    return number


_KINDS: Final = {str: "a text", bool: "true or false", type(None): "null", list: "a list", dict: "an object"}


def _finding(path: str, message: str) -> str:
    """Turn "Expected `int`, got `str` - at `$.elements[0]`" into a line that begins with the path."""
    problem, _, inner = message.partition(" - at `$")
    where = f"{path}{inner.removesuffix('`')}"
    missing = _MISSING.fullmatch(problem)
    if missing is not None:
        return f"{where}.{missing[1]}: is missing"
    return f"{where}: {_lower_first(problem)}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
