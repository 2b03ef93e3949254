"""Where a tariff's restrictions may turn: the moments and counter values at which a price can change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from gateway.core.tariff import Restrictions, Tariff

_MIDNIGHT: Final = time(0)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
# Looked at in one go; a longer gap between two readings is no charge but a clock that was put right.
_LONGEST_GAP: Final = timedelta(days=31)
_WH_PER_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All that the restrictions of a tariff name, sorted: local times of day, Wh and seconds since the start."""

    clock_times: tuple[time, ...]
    energies_wh: tuple[int, ...]
    durations_s: tuple[int, ...]
    power: bool
    current: bool

    @property
    def are_any(self) -> bool:
        """Whether any restriction can turn during a charge."""
        return self.power or self.current or bool(self.clock_times or self.energies_wh or self.durations_s)


def thresholds_of(tariff: Tariff) -> Thresholds:
    """Collect what the restrictions of a tariff name; Wh are rounded up, as the counter reaches a limit in whole Wh."""
    given = [element.restrictions for element in tariff.elements]
    clock_times = {moment for each in given for moment in (each.start_time, each.end_time) if moment is not None}
    if clock_times or any(each.day_of_week or each.start_date or each.end_date for each in given):
        clock_times.add(_MIDNIGHT)
    energies = {limit for each in given for limit in (each.min_kwh, each.max_kwh) if limit is not None}
    durations = {limit for each in given for limit in (each.min_duration_s, each.max_duration_s) if limit is not None}
    return Thresholds(
        clock_times=tuple(sorted(clock_times)),
        energies_wh=tuple(sorted(_wh(limit) for limit in energies)),
        durations_s=tuple(sorted(durations)),
        power=any(each.min_power_kw is not None or each.max_power_kw is not None for each in given),
        current=any(_restricts_current(each) for each in given),
    )


def clock_changes(
    clock_times: tuple[time, ...], after: datetime, until: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """Yield the UTC moments in (after, until] at which a local clock shows one of these times, or is put back or forth.

    A time that a night skips or repeats counts as often as the clock shows it; the moment of skipping counts too, since
    a window may begin within the hour that never was. Not in order.
    """
    if not clock_times or until <= after:
        return
    after = max(after, until - _LONGEST_GAP)
    begin, end = after.astimezone(zone), until.astimezone(zone)
    if begin.date() == end.date() and begin.utcoffset() == end.utcoffset():
        yield from (_same_day(after, begin, at) for at in clock_times if begin.time() < at <= end.time())
        return
    moments = {
        datetime.combine(day, at, tzinfo=zone).replace(fold=fold).astimezone(UTC)
        for day in _days(begin.date(), end.date())
        for at in clock_times
        for fold in (0, 1)
    }
    moments.update(_offset_changes(after, until, zone))
    yield from (moment for moment in moments if after < moment <= until)


def _same_day(after: datetime, begin: datetime, at: time) -> datetime:
    naive = begin.replace(tzinfo=None)
    return after + (datetime.combine(naive.date(), at) - naive)  # naive on purpose: within one day and one offset


def _days(first: date, last: date) -> Iterator[date]:
    for count in range((last - first).days + 1):
        yield first + count * _DAY


def _offset_changes(after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    begin = after
    while begin < until:
        end = min(begin + _DAY, until)
        if _offset(begin, zone) != _offset(end, zone):
            yield _first_with_offset_of(begin, end, zone)
        begin = end


def _first_with_offset_of(before: datetime, at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second with the offset of `at`; `before` has another."""
    while at - before > _SECOND:
        middle = before + (at - before) // _SECOND // 2 * _SECOND
        if _offset(middle, zone) == _offset(at, zone):
            at = middle
        else:
            before = middle
    return at


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _restricts_current(given: Restrictions) -> bool:
    return given.min_current_a is not None or given.max_current_a is not None


def _wh(limit_kwh: Decimal) -> int:
    return int((limit_kwh * _WH_PER_KWH).to_integral_value(ROUND_CEILING))
