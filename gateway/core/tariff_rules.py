"""Which price is active: OCPI's TariffRestrictions and the first-match rule (2.2.1, tariffs module)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.tariff import (
    ComponentType,
    DayOfWeek,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
)

_MIDNIGHT: Final = time(0)
_SECOND: Final = timedelta(seconds=1)
_HOUR: Final = timedelta(hours=1)
_WEEK: Final = tuple(DayOfWeek)

# What a reservation is priced by, most fitting first: an expiry's own price replaces the one for reserving.
_CAME: Final = (ReservationRestriction.RESERVATION,)
_EXPIRED: Final = (ReservationRestriction.RESERVATION_EXPIRES, ReservationRestriction.RESERVATION)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What restrictions are judged by: how things stood when a period began.

    `local` is wall time at the location, `energy_kwh` what was charged before the period, `duration_s` the time since
    charging (or reserving) began. Current and power are one value each, so that neighbouring elements leave no gap: the
    period's maximum, else its minimum; power that is not named is the period's mean. None: the period does not say.
    `reservation` lists what a reservation is priced by, most fitting first; it is empty while charging.
    """

    local: datetime
    energy_kwh: Decimal
    duration_s: int
    current_a: Decimal | None
    power_kw: Decimal | None
    reservation: tuple[ReservationRestriction, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivePrice:
    """A price component and the index of the tariff element it stands in."""

    element: int
    component: PriceComponent


def active_price(tariff: Tariff, component: ComponentType, now: Circumstances) -> ActivePrice | None:
    """Return the component of the first element in list order that applies and prices this; None: it is free."""
    for index, element in _in_order(tariff, now):
        for candidate in element.price_components:
            if candidate.type is component and applies(element.restrictions, now):
                return ActivePrice(index, candidate)
    return None


def _in_order(tariff: Tariff, now: Circumstances) -> Iterator[tuple[int, TariffElement]]:
    """Walk the elements in list order; for a reservation, those made for its outcome before the general ones."""
    elements = tuple(enumerate(tariff.elements))
    for kind in now.reservation or (None,):
        yield from ((index, element) for index, element in elements if element.restrictions.reservation is kind)


def applies(restrictions: Restrictions, now: Circumstances) -> bool:
    """Whether all restrictions that are set hold; what is not known does not hold."""
    for rule in _RULES:  # noqa: SIM110 - a bill asks this for every element in every period, and all() takes twice as long
        if not rule(restrictions, now):
            return False
    return True


def is_within(start: time | None, end: time | None, at: time) -> bool:
    """Whether a wall time lies in a daily window, its end excluded.

    An end at 00:00 is the end of the day; an end before the start lies on the next day; equal ends span the whole day.
    """
    start = start or _MIDNIGHT
    if end is None or end == _MIDNIGHT:
        return at >= start
    if start < end:
        return start <= at < end
    return at >= start or at < end


def _at_least(limit: Decimal | int | None, value: Decimal | int | None) -> bool:
    return limit is None or (value is not None and value >= limit)


def _below(limit: Decimal | int | None, value: Decimal | int | None) -> bool:
    return limit is None or (value is not None and value < limit)


_RULES: Final[tuple[Callable[[Restrictions, Circumstances], bool], ...]] = (
    lambda r, now: _at_least(r.min_kwh, now.energy_kwh),
    lambda r, now: _below(r.max_kwh, now.energy_kwh),
    lambda r, now: is_within(r.start_time, r.end_time, now.local.time()),
    lambda r, now: r.start_date is None or now.local.date() >= r.start_date,
    lambda r, now: r.end_date is None or now.local.date() < r.end_date,
    lambda r, now: not r.day_of_week or _WEEK[now.local.weekday()] in r.day_of_week,
    lambda r, now: _at_least(r.min_duration_s, now.duration_s),
    lambda r, now: _below(r.max_duration_s, now.duration_s),
    lambda r, now: _at_least(r.min_current_a, now.current_a),
    lambda r, now: _below(r.max_current_a, now.current_a),
    lambda r, now: _at_least(r.min_power_kw, now.power_kw),
    lambda r, now: _below(r.max_power_kw, now.power_kw),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period's volumes by type with the circumstances they are priced in; a reservation is a stretch of its own.

    `period` is the period's place in the list.
    """

    period: int
    tariff: Tariff | None
    volumes: dict[DimensionType, Decimal]
    now: Circumstances


def stretches(
    periods: Sequence[ChargingPeriod], tariffs: Sequence[Tariff | None], end: datetime, zone: ZoneInfo
) -> Iterator[Stretch]:
    """Judge each period, priced by the tariff in its place, by how things stood at its start.

    A reservation nobody came for has expired.
    """
    charging_began = next((period.start for period in periods if _charging_volumes(period)), end)
    outcome = _CAME if any(any(_charging_volumes(period).values()) for period in periods) else _EXPIRED
    ends = [*(period.start for period in periods[1:]), end]
    energy_kwh = Decimal(0)
    for index, (period, period_end, tariff) in enumerate(zip(periods, ends, tariffs, strict=False)):
        charging = _charging_volumes(period)
        reserved = {each.type: each.volume for each in period.dimensions if each.type not in charging}
        for volumes, began, reservation in ((reserved, periods[0].start, outcome), (charging, charging_began, ())):
            if volumes:
                now = Circumstances(
                    local=period.start.astimezone(zone),
                    energy_kwh=energy_kwh,
                    duration_s=(period.start - began) // _SECOND,
                    current_a=_first_known(volumes, DimensionType.MAX_CURRENT, DimensionType.MIN_CURRENT),
                    power_kw=_power(volumes, period_end - period.start),
                    reservation=reservation,
                )
                yield Stretch(index, tariff, volumes, now)
        energy_kwh += charging.get(DimensionType.ENERGY, Decimal(0))


def _charging_volumes(period: ChargingPeriod) -> dict[DimensionType, Decimal]:
    return {each.type: each.volume for each in period.dimensions if each.type is not DimensionType.RESERVATION_TIME}


def _first_known(volumes: dict[DimensionType, Decimal], *types: DimensionType) -> Decimal | None:
    return next((volumes[type_] for type_ in types if type_ in volumes), None)


def _power(volumes: dict[DimensionType, Decimal], lasted: timedelta) -> Decimal | None:
    """Return kW: what the period names, else its mean; None where there is no energy or no time."""
    named = _first_known(volumes, DimensionType.MAX_POWER, DimensionType.MIN_POWER)
    energy_kwh = volumes.get(DimensionType.ENERGY)
    if named is not None or energy_kwh is None or lasted < _SECOND:
        return named
    return energy_kwh * (_HOUR // _SECOND) / (lasted // _SECOND)
