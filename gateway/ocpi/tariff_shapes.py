"""How OCPI Tariffs are written, as far as all versions agree, and what core Tariff that is.

Unlike a peer's object a tariff of the site is refused when it holds a field nobody knows: a misspelt restriction would
otherwise be a price that applies at all times.
"""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Final, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.core.tariff import (
    ComponentType,
    DayOfWeek,
    Price,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from gateway.ocpi.reading import Number
from gateway.ocpi.v2_2_1.rules import parse_moment, text_problem

_MAX_DECIMALS: Final = 4
_RESERVABLE: Final = {ComponentType.FLAT, ComponentType.TIME}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

_ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
# A step or a duration beyond these would outlast any charge.
_Count = Annotated[int, Meta(ge=0, le=10**9)]
_TariffType = Annotated[str, Meta(pattern="^(AD_HOC_PAYMENT|PROFILE_CHEAP|PROFILE_FAST|PROFILE_GREEN|REGULAR)$")]


class Written(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A JSON object whose fields are all known."""


class DisplayTextWritten(Written, frozen=True):
    """OCPI DisplayText."""

    language: Annotated[str, Meta(pattern="^[A-Za-z]{2}$")]
    text: Annotated[str, Meta(min_length=1, max_length=512)]


class _ComponentWritten(Written, frozen=True):
    type: ComponentType
    price: Number
    step_size: _Count
    vat: Number | None = None


class _RestrictionsWritten(Written, frozen=True):
    start_time: _ClockTime | None = None
    end_time: _ClockTime | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Number | None = None
    max_kwh: Number | None = None
    min_current: Number | None = None
    max_current: Number | None = None
    min_power: Number | None = None
    max_power: Number | None = None
    min_duration: _Count | None = None
    max_duration: _Count | None = None
    day_of_week: tuple[DayOfWeek, ...] | None = None
    reservation: ReservationRestriction | None = None


class _ElementWritten(Written, frozen=True):
    price_components: Annotated[tuple[_ComponentWritten, ...], Meta(min_length=1)]
    restrictions: _RestrictionsWritten | None = None


class LimitWritten(Protocol):
    """A minimum or maximum price as a version writes it."""

    @property
    def amount(self) -> Price:
        """The price."""
        ...


class TariffWritten(Written, frozen=True):
    """What every version's Tariff has but for its limits; the site's party is the owner, whatever stands there."""

    id: str
    currency: str
    elements: Annotated[tuple[_ElementWritten, ...], Meta(min_length=1)]
    last_updated: str
    start_date_time: str | None = None
    end_date_time: str | None = None
    type: _TariffType | None = None
    tariff_alt_text: tuple[DisplayTextWritten, ...] | None = None
    tariff_alt_url: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    energy_mix: dict[str, Any] | None = None
    country_code: Any | UnsetType = UNSET
    party_id: Any | UnsetType = UNSET

    @property
    def limits(self) -> tuple[LimitWritten | None, LimitWritten | None]:
        """The minimum and the maximum price."""
        return None, None

    @property
    def taxes(self) -> TaxIncluded:
        """Whether prices include taxes."""
        return TaxIncluded.NO


def problems_of(path: str, written: TariffWritten) -> Iterator[str]:
    """Yield what no tariff of our own may have, each with its JSON path."""
    for name, rule, value in (("id", "tariff_id", written.id), ("currency", "currency", written.currency)):
        problem = text_problem(rule, value)
        if problem is not None:
            yield f"{path}.{name}: {problem}"
    for name in ("last_updated", "start_date_time", "end_date_time"):
        try:
            parse_moment(getattr(written, name) or "1970-01-01T00:00:00Z")
        except ValueError as problem_:
            yield f"{path}.{name}: {problem_}"
    yield from _number_problems(path, written)
    for index, element in enumerate(written.elements):
        types = [component.type for component in element.price_components]
        where = f"{path}.elements[{index}].price_components"
        if len(set(types)) != len(types):
            yield f"{where}: has two prices of one type, keep one"
        given = element.restrictions
        if given is not None and given.reservation is not None and not _RESERVABLE.issuperset(types):
            yield f"{where}: a reservation has only FLAT and TIME prices, move the others to another element"


def _number_problems(path: str, value: object) -> Iterator[str]:
    """Find numbers anywhere in a shape that OCPI could not carry digit by digit."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _number_problems(f"{path}.{name}", getattr(value, name))
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _number_problems(f"{path}[{index}]", each)
    elif isinstance(value, Decimal):
        exponent = value.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -_MAX_DECIMALS:
            yield f"{path}: is {value}, OCPI numbers have at most four decimals"


def to_core(written: TariffWritten) -> Tariff:
    """Return the core Tariff; ValueError where a DateTime is none."""
    min_price, max_price = written.limits
    return Tariff(
        id=written.id,
        currency=written.currency,
        elements=tuple(_element(element) for element in written.elements),
        last_updated=parse_moment(written.last_updated),
        min_price=None if min_price is None else min_price.amount,
        max_price=None if max_price is None else max_price.amount,
        start=None if written.start_date_time is None else parse_moment(written.start_date_time),
        end=None if written.end_date_time is None else parse_moment(written.end_date_time),
        tax_included=written.taxes,
        type=written.type,
        alt_text=_json(written.tariff_alt_text) if written.tariff_alt_text else None,
        alt_url=written.tariff_alt_url,
        energy_mix=_json(written.energy_mix) if written.energy_mix else None,
    )


def _json(value: Any) -> str:
    """Write what is passed through; numbers keep their digits."""
    return _ENCODER.encode(value).decode()


def _element(written: _ElementWritten) -> TariffElement:
    components = tuple(
        PriceComponent(each.type, Decimal(each.price), each.step_size, _decimal(each.vat))
        for each in written.price_components
    )
    given = written.restrictions
    return TariffElement(components, Restrictions() if given is None else _restrictions(given))


def _restrictions(given: _RestrictionsWritten) -> Restrictions:
    return Restrictions(
        start_time=None if given.start_time is None else time.fromisoformat(given.start_time),
        end_time=None if given.end_time is None else time.fromisoformat(given.end_time),
        start_date=given.start_date,
        end_date=given.end_date,
        min_kwh=_decimal(given.min_kwh),
        max_kwh=_decimal(given.max_kwh),
        min_current_a=_decimal(given.min_current),
        max_current_a=_decimal(given.max_current),
        min_power_kw=_decimal(given.min_power),
        max_power_kw=_decimal(given.max_power),
        min_duration_s=given.min_duration,
        max_duration_s=given.max_duration,
        day_of_week=given.day_of_week or (),
        reservation=given.reservation,
    )


def _decimal(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value)
