"""Whether a backend holds our object: the same values, however it writes them down."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gateway.ocpi.reading import Malformed, decode
from gateway.ocpi.v2_2_1.rules import parse_moment


def holds_same(ours: bytes, theirs: bytes) -> bool:
    """Whether `theirs`, an object or a list of one, says everything that `ours` says.

    Fields the backend adds, key order, number notation (1.50, 1.5) and DateTime notation do not count; a
    field of ours that is missing or different does.
    """
    try:
        stored = decode(theirs)
    except Malformed:
        return False
    if isinstance(stored, list) and len(stored) == 1:
        stored = stored[0]
    return _agrees(decode(ours), stored)


def _agrees(ours: Any, theirs: Any) -> bool:
    match ours:
        case Mapping():
            return isinstance(theirs, Mapping) and all(_agrees(value, theirs.get(key)) for key, value in ours.items())
        case str():
            return isinstance(theirs, str) and (ours == theirs or _same_moment(ours, theirs))
        case bool() | None:
            return ours is theirs
        case int() | Decimal():
            return isinstance(theirs, int | Decimal) and not isinstance(theirs, bool) and ours == theirs
        case Sequence():
            return (
                isinstance(theirs, Sequence)
                and len(ours) == len(theirs)
                and all(_agrees(mine, their) for mine, their in zip(ours, theirs, strict=True))
            )
        case _:
            return False


def _same_moment(ours: str, theirs: str) -> bool:
    try:
        return parse_moment(ours) == parse_moment(theirs)
    except ValueError:
        return False
