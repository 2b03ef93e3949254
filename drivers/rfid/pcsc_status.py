"""What PC/SC's reader list and status words mean. Pure; numbers from PC/SC part 5, clause 3.1.3 and pcsclite.h."""

from collections.abc import Sequence
from enum import Enum, auto

UNAWARE = 0
CHANGED = 0x0002
_UNKNOWN = 0x0004
_UNAVAILABLE = 0x0008
_PRESENT = 0x0020
_COUNTER_SHIFT = 16  # the high word counts how often cards came and went


class Change(Enum):
    """What one status word says after another."""

    GONE = auto()  # the reader itself
    EMPTY = auto()
    ARRIVED = auto()
    SWAPPED = auto()  # a card before, a card now, and it left between: another one, or the same one again
    RESTS = auto()


def compare(before: int, now: int) -> Change:
    """Tell what happened between two status words of one PC/SC context; `before` is UNAWARE at the first."""
    if now & (_UNKNOWN | _UNAVAILABLE):
        return Change.GONE
    if not now & _PRESENT:
        return Change.EMPTY
    if not before & _PRESENT:
        return Change.ARRIVED
    if before >> _COUNTER_SHIFT != now >> _COUNTER_SHIFT:
        return Change.SWAPPED
    return Change.RESTS


def choose_reader(names: Sequence[str], match: str) -> str | None:
    """Return the first name that contains `match` in any case; a SAM slot (its card never leaves) only if asked for."""
    wanted = match.casefold()
    for name in names:
        found = name.casefold()
        if wanted in found and ("sam" in wanted or " sam" not in found):
            return name
    return None
