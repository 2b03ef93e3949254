"""What a reservation puts on the bill: the time for which the EVSE was kept, from the order to the charge or expiry."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.facts_roaming import ReservationEnd
from gateway.core.price_changes import clock_changes, thresholds_of
from gateway.core.session_phase import Phase
from gateway.core.session_record import SessionRecord, session_time, whole_seconds

_SECOND = timedelta(seconds=1)
_FOUR_DECIMALS = Decimal("0.0001")
_SECONDS_PER_HOUR = 3600


def is_expired(record: SessionRecord) -> bool:
    """Tell whether this is a reservation that nobody came for; one that was cancelled or given up costs nothing."""
    reservation = record.reservation
    return record.phase is Phase.LAPSED and reservation is not None and reservation.ended is ReservationEnd.EXPIRED


def lapsed_at(record: SessionRecord) -> datetime:
    """Return when a reservation without a session ended: at its expiry, also where the gateway was down then."""
    noticed = session_time(record, record.touched_at)
    if record.reservation is None or not is_expired(record):
        return noticed
    return min(noticed, whole_seconds(record.reservation.expires))


def reserved_periods(record: SessionRecord, end: datetime) -> tuple[ChargingPeriod, ...]:
    """Return the periods of a reservation up to the charge, or to `end` where there was none; one for each price."""
    if record.reservation is None:
        return ()
    start = session_time(record, record.origin)
    until = record.course.marks[0].at if record.course is not None else end
    if until <= start:
        return ()
    tariff_id = record.tariff.id if record.tariff is not None else None
    periods = []
    for begin, after in pairwise((start, *_price_changes(record, start, until), until)):
        hours = _hours(after - start) - _hours(begin - start)
        dimensions = (Dimension(DimensionType.RESERVATION_TIME, hours),)
        periods.append(ChargingPeriod(start=begin, dimensions=dimensions, tariff_id=tariff_id))
    return tuple(periods)


def _price_changes(record: SessionRecord, start: datetime, until: datetime) -> Sequence[datetime]:
    tariff = record.tariff
    if tariff is None or all(element.restrictions.reservation is None for element in tariff.elements):
        return ()
    thresholds = thresholds_of(tariff)
    moments = set(clock_changes(thresholds.clock_times, start, until, ZoneInfo(record.site.time_zone)))
    moments.update(start + limit * _SECOND for limit in thresholds.durations_s)
    return sorted(moment for moment in moments if start < moment < until)


def _hours(duration: timedelta) -> Decimal:
    return (Decimal(duration // _SECOND) / _SECONDS_PER_HOUR).quantize(_FOUR_DECIMALS, ROUND_HALF_UP)
