"""OCPI Tariffs as core values."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum


class ComponentType(StrEnum):
    """OCPI TariffDimensionType: what a price is for."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class ReservationRestriction(StrEnum):
    """OCPI ReservationRestrictionType."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


class DayOfWeek(StrEnum):
    """OCPI DayOfWeek, in the order of date.weekday()."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


@dataclass(frozen=True, slots=True)
class Price:
    """An amount without VAT and, where VAT is known, with it; None is unknown, 0 is free."""

    excl_vat: Decimal
    incl_vat: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceComponent:
    """Price per kWh, hour or once, without VAT; `vat_percent` None means VAT does not apply."""

    type: ComponentType
    price: Decimal
    step_size: int
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element applies: all that are set must hold. Minima are inclusive, maxima exclusive; times are local."""

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current_a: Decimal | None = None
    max_current_a: Decimal | None = None
    min_power_kw: Decimal | None = None
    max_power_kw: Decimal | None = None
    min_duration_s: int | None = None
    max_duration_s: int | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    reservation: ReservationRestriction | None = None


@dataclass(frozen=True, slots=True)
class TariffElement:
    """Prices that apply together under one set of restrictions."""

    price_components: tuple[PriceComponent, ...]
    restrictions: Restrictions = Restrictions()


@dataclass(frozen=True, slots=True)
class Tariff:
    """An OCPI Tariff; per dimension the first element in order that matches is the active one."""

    id: str
    currency: str
    elements: tuple[TariffElement, ...]
    last_updated: datetime
    min_price: Price | None = None
    max_price: Price | None = None
    start: datetime | None = None
    end: datetime | None = None
