"""OCPI Hours: when a site is open, from a text that is written as OpenStreetMap writes it.

Which is "24/7", or "Mo-Fr 06:00-22:00; Sa,Su 08:00-12:00,13:00-20:00".
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import msgspec

_ALWAYS: Final = "24/7"
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")  # OCPI counts them from 1
_DAY: Final = f"(?:{'|'.join(_DAYS)})"
_TIME: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SOME_DAYS: Final = f"{_DAY}(?:-{_DAY})?"
_PERIOD: Final = f"{_TIME}-{_TIME}"
_RULE: Final = re.compile(f"({_SOME_DAYS}(?:, ?{_SOME_DAYS})*) ({_PERIOD}(?:, ?{_PERIOD})*)")


class RegularHoursWire(msgspec.Struct, frozen=True, order=True):
    """OCPI RegularHours, in the site's own time."""

    weekday: int
    period_begin: str
    period_end: str


class HoursWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI Hours; exceptions from them are not known here."""

    twentyfourseven: bool
    regular_hours: tuple[RegularHoursWire, ...] = ()


def read_hours(text: str) -> HoursWire:
    """Return the opening times that a text says; ValueError tells what is wrong."""
    if text == _ALWAYS:
        return HoursWire(twentyfourseven=True)
    periods = sorted(period for rule in text.split(";") for period in _periods(rule.strip()))
    for one, next_ in pairwise(periods):
        if one.weekday == next_.weekday and next_.period_begin < one.period_end:
            raise ValueError(f"two of its periods on {_DAYS[one.weekday - 1]} overlap; write one")
    return HoursWire(twentyfourseven=False, regular_hours=tuple(periods))


def _periods(rule: str) -> Iterator[RegularHoursWire]:
    match = _RULE.fullmatch(rule)
    if match is None:
        raise ValueError('must be "24/7", or days and times such as "Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00"')
    for times in match[2].split(","):
        begin, end = times.strip().split("-")
        if end <= begin:
            raise ValueError("has a period that ends before it begins; write one that goes over midnight as two")
        for days in match[1].split(","):
            yield from (RegularHoursWire(weekday, begin, end) for weekday in _weekdays(days.strip()))


def _weekdays(days: str) -> Iterator[int]:
    """Yield the days from one to the other; Sa-Mo are three."""
    first, _, last = days.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    yield from ((begin + step) % len(_DAYS) + 1 for step in range((end - begin) % len(_DAYS) + 1))
