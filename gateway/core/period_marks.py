"""Where the charging periods of a session begin: at each turn between charging and parking, and at each new price.

Marks are set as the counter values come in and never move again, so that a period that was reported stays as it was. A
price that changed between two values on record divides the energy between them evenly over the time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from gateway.core.price_changes import Thresholds, clock_changes, thresholds_of
from gateway.core.tariff import ComponentType, PriceComponent, Tariff
from gateway.core.tariff_rules import Circumstances, active_price

_SECOND: Final = timedelta(seconds=1)
_FOUR_DECIMALS: Final = Decimal("0.0001")
_SECONDS_PER_HOUR: Final = 3600
_PER_KILO: Final = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """What the counter showed: a whole second on the session's own time line, and Wh since its start."""

    at: datetime
    energy_wh: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A period begins here; `power_kw` is the highest power sampled in the period so far, None before the first."""

    at: datetime
    energy_wh: int
    charging: bool
    power_kw: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a session is priced by; `phase_voltage_v` turns power into the sum of currents, None where nothing can."""

    tariff: Tariff
    thresholds: Thresholds
    zone: ZoneInfo
    phase_voltage_v: int | None


@dataclass(frozen=True, slots=True)
class Course:
    """How a session went so far: where its periods begin, and the newest point; at most one mark per price change."""

    terms: Terms | None
    marks: tuple[Mark, ...]
    reached: Point


def begin(at: datetime, tariff: Tariff | None, zone: ZoneInfo, phase_voltage_v: int | None) -> Course:
    """Begin the first period; without restrictions in the tariff no price will change."""
    thresholds = thresholds_of(tariff) if tariff is not None else None
    terms = None
    if tariff is not None and thresholds is not None and thresholds.are_any:
        terms = Terms(tariff, thresholds, zone, phase_voltage_v)
    return Course(terms, (Mark(at, 0, charging=True),), Point(at, 0))


def sample(course: Course, point: Point, power_w: int | None) -> Course:
    """Go on to a newer counter value; a meter that shows no power is taken to have seen the mean since the last one."""
    terms, before = course.terms, course.reached
    power_kw = None
    if terms is not None and (terms.thresholds.power or terms.thresholds.current):
        power_kw = _mean_power(before, point) if power_w is None else _four_decimals(Decimal(power_w) / _PER_KILO)
        if power_kw is not None:
            course = replace(course, marks=_with_power(terms, course.marks, before, power_kw))
    return _scan(course, before, _not_back(course, point), power_kw=power_kw)


def close(course: Course, point: Point, end: datetime) -> Course:
    """Go on to the last counter value; `end` is where the session ended, no period may begin there or later."""
    return _scan(course, course.reached, _not_back(course, point), end=end)


def turn(course: Course, point: Point, *, charging: bool) -> Course:
    """Begin a period of the other kind.

    A turn is known some time after it happened. It takes effect where it happened, but not before a price change that
    is on record already.
    """
    if point.at > course.reached.at:
        course = _scan(course, course.reached, _not_back(course, point))
    last = course.marks[-1]
    at = max(point.at, last.at)
    energy_wh = min(max(point.energy_wh, last.energy_wh), course.reached.energy_wh)
    if at == last.at:
        # Too short for a period of its own: what came after takes it over, with its energy.
        turned = (*course.marks[:-1], replace(last, charging=charging, power_kw=None))
    else:
        turned = (*course.marks, Mark(at, energy_wh, charging=charging))
    mark = turned[-1]
    return _scan(replace(course, marks=turned), Point(mark.at, mark.energy_wh), course.reached)


def current_of(power_kw: Decimal, phase_voltage_v: int) -> Decimal:
    """Return A, summed over the phases, of a load without reactive power at nominal voltage."""
    return _four_decimals(power_kw * _PER_KILO / phase_voltage_v)


def _not_back(course: Course, point: Point) -> Point:
    return Point(max(point.at, course.reached.at), max(point.energy_wh, course.reached.energy_wh))


def _scan(
    course: Course, before: Point, after: Point, *, power_kw: Decimal | None = None, end: datetime | None = None
) -> Course:
    """Set a mark wherever the price changes between two points."""
    reached = after if after.at >= course.reached.at else course.reached
    terms, marks = course.terms, list(course.marks)
    if terms is None:
        return replace(course, reached=reached)
    start = marks[0].at
    for point in _candidates(terms, start, before, after):
        last = marks[-1]
        at = max(point.at, last.at + _SECOND)
        if end is not None and at >= end:
            at = end - _SECOND
        strength = last.power_kw if power_kw is None else power_kw
        mark = Mark(at, max(point.energy_wh, last.energy_wh), last.charging, strength)
        if at > last.at and _prices(terms, start, mark) != _prices(terms, start, last):
            marks.append(mark)
    return Course(terms, tuple(marks), reached)


def _with_power(terms: Terms, marks: tuple[Mark, ...], before: Point, power_kw: Decimal) -> tuple[Mark, ...]:
    """Let the last period have this power too, or begin one where another power means another price."""
    start, last = marks[0].at, marks[-1]
    if last.power_kw is None:
        return (*marks[:-1], replace(last, power_kw=power_kw))
    begun = Mark(max(before.at, last.at + _SECOND), max(before.energy_wh, last.energy_wh), last.charging, power_kw)
    stronger = replace(last, power_kw=max(last.power_kw, power_kw))
    known = _prices(terms, start, last)
    if _prices(terms, start, stronger) == known and _prices(terms, start, begun) == known:
        return (*marks[:-1], stronger)
    return (*marks, begun)


def _candidates(terms: Terms, start: datetime, before: Point, after: Point) -> list[Point]:
    """Return the points, in order, at which a restriction may turn."""
    seconds = max(0, (after.at - before.at) // _SECOND)
    energy_wh = after.energy_wh - before.energy_wh
    moments = {*clock_changes(terms.thresholds.clock_times, before.at, after.at, terms.zone)}
    moments.update(start + limit * _SECOND for limit in _crossed(terms.thresholds.durations_s, start, before, after))
    points = [Point(at, before.energy_wh + energy_wh * ((at - before.at) // _SECOND) // seconds) for at in moments]
    for limit in terms.thresholds.energies_wh:
        if before.energy_wh < limit <= after.energy_wh:
            # Rounded up: in the second before, the limit was not reached.
            passed = -(-(limit - before.energy_wh) * seconds // energy_wh)
            points.append(Point(before.at + passed * _SECOND, limit))
    return sorted(points, key=lambda point: (point.at, point.energy_wh))


def _crossed(limits_s: tuple[int, ...], start: datetime, before: Point, after: Point) -> Iterator[int]:
    begun_s, reached_s = (before.at - start) // _SECOND, (after.at - start) // _SECOND
    return (limit for limit in limits_s if begun_s < limit <= reached_s)


def _prices(terms: Terms, start: datetime, mark: Mark) -> tuple[PriceComponent | None, ...]:
    """Return what a period that begins here would cost per unit, judged as the bill will judge it."""
    power_kw = mark.power_kw
    volts = terms.phase_voltage_v
    now = Circumstances(
        local=mark.at.astimezone(terms.zone),
        energy_kwh=Decimal(mark.energy_wh) / _PER_KILO,
        duration_s=(mark.at - start) // _SECOND,
        current_a=current_of(power_kw, volts) if power_kw is not None and volts is not None else None,
        power_kw=power_kw,
    )
    time_type = ComponentType.TIME if mark.charging else ComponentType.PARKING_TIME
    found = (active_price(terms.tariff, kind, now) for kind in (ComponentType.ENERGY, ComponentType.FLAT, time_type))
    return tuple(None if active is None else active.component for active in found)


def _mean_power(before: Point, after: Point) -> Decimal | None:
    """Return kW between two points; None where no time passed."""
    seconds = (after.at - before.at) // _SECOND
    if seconds <= 0:
        return None
    return _four_decimals(Decimal((after.energy_wh - before.energy_wh) * _SECONDS_PER_HOUR) / (seconds * _PER_KILO))


def _four_decimals(value: Decimal) -> Decimal:
    return value.quantize(_FOUR_DECIMALS, ROUND_HALF_UP)
