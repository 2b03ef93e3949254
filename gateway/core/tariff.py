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


class TaxIncluded(StrEnum):
    """OCPI 2.3.0 TaxIncluded: whether prices are meant with taxes; NOT_APPLICABLE: there are none."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


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
    """Price per kWh, hour or once, without VAT unless its tariff says otherwise; None: VAT does not apply."""

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
    """An OCPI Tariff; per dimension the first element in order that matches is the active one.

    It is valid from `start` (included) to `end` (excluded). What a driver reads and no price follows from is passed
    through as it was written: `type`, `alt_url`, and as JSON `alt_text` and `energy_mix`.
    """

    id: str
    currency: str
    elements: tuple[TariffElement, ...]
    last_updated: datetime
    min_price: Price | None = None
    max_price: Price | None = None
    start: datetime | None = None
    end: datetime | None = None
    tax_included: TaxIncluded = TaxIncluded.NO
    type: str | None = None
    alt_text: str | None = None
    alt_url: str | None = None
    energy_mix: str | None = None


def is_valid_at(tariff: Tariff, at: datetime) -> bool:
    """Whether a session that starts at this moment may be priced with the tariff."""
    return (tariff.start is None or tariff.start <= at) and (tariff.end is None or at < tariff.end)
