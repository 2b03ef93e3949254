"""A list of OCPI 2.2.1 Tariff objects to core Tariffs, numbers exact.

Unlike a peer's object a tariff of the site is refused when it holds a field nobody knows: a misspelt restriction would
otherwise be a price that applies at all times.
"""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Final

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
)
from gateway.ocpi.v2_2_1.rules import parse_moment, text_problem

_MAX_DECIMALS: Final = 4
_RESERVABLE: Final = {ComponentType.FLAT, ComponentType.TIME}

_ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Seconds = Annotated[int, Meta(ge=0)]


class _Written(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A JSON object whose fields are all known."""


class _PriceWritten(_Written, frozen=True):
    excl_vat: Decimal
    incl_vat: Decimal | None = None


class _ComponentWritten(_Written, frozen=True):
    type: ComponentType
    price: Decimal
    step_size: Annotated[int, Meta(ge=0)]
    vat: Decimal | None = None


class _RestrictionsWritten(_Written, frozen=True):
    start_time: _ClockTime | None = None
    end_time: _ClockTime | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: _Seconds | None = None
    max_duration: _Seconds | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    reservation: ReservationRestriction | None = None


class _ElementWritten(_Written, frozen=True):
    price_components: Annotated[tuple[_ComponentWritten, ...], Meta(min_length=1)]
    restrictions: _RestrictionsWritten = _RestrictionsWritten()


class _TariffWritten(_Written, frozen=True):
    """`country_code` to `energy_mix` are OCPI's, but the site's party is the owner and texts are not billed."""

    id: str
    currency: str
    elements: Annotated[tuple[_ElementWritten, ...], Meta(min_length=1)]
    last_updated: str
    min_price: _PriceWritten | None = None
    max_price: _PriceWritten | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    country_code: Any | UnsetType = UNSET
    party_id: Any | UnsetType = UNSET
    type: Any | UnsetType = UNSET
    tariff_alt_text: Any | UnsetType = UNSET
    tariff_alt_url: Any | UnsetType = UNSET
    energy_mix: Any | UnsetType = UNSET


class TariffsInvalid(ValueError):
    """A tariff list that cannot be used; `findings` are all of them, each beginning with its JSON path."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


def parse_tariffs(data: bytes) -> tuple[Tariff, ...]:
    """Return the tariffs of a JSON list of OCPI 2.2.1 Tariffs, numbers exact; TariffsInvalid carries every finding."""
    try:
        items = msgspec.json.decode(data, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise TariffsInvalid((_finding("$", error) + ", expected a JSON list of OCPI Tariffs",)) from None
    findings: list[str] = []
    tariffs: dict[str, Tariff] = {}
    for index, item in enumerate(items):
        path = f"$[{index}]"
        try:
            written = msgspec.json.decode(item, type=_TariffWritten)
        except msgspec.DecodeError as error:
            findings.append(_finding(path, error))
            continue
        problems = list(_problems(path, written))
        if written.id.casefold() in tariffs:
            problems.append(f"{path}.id: the same id stands in the list already, give each tariff its own")
        if not problems:
            tariffs[written.id.casefold()] = _from_written(written)
        findings.extend(problems)
    if findings:
        raise TariffsInvalid(tuple(findings))
    return tuple(tariffs.values())


def _finding(path: str, error: msgspec.DecodeError) -> str:
    """Turn msgspec's "Expected `int`, got `str` - at `$.elements[0]`" into one that begins with the path."""
    problem, _, inner = str(error).partition(" - at `$")
    return f"{path}{inner.removesuffix('`')}: {problem[:1].lower()}{problem[1:]}"


def _problems(path: str, written: _TariffWritten) -> Iterator[str]:
    for name, rule, value in (("id", "tariff_id", written.id), ("currency", "currency", written.currency)):
        problem = text_problem(rule, value)
        if problem is not None:
            yield f"{path}.{name}: {problem}"
    for name in ("last_updated", "start_date_time", "end_date_time"):
        value = getattr(written, name)
        try:
            parse_moment(value or "1970-01-01T00:00:00Z")
        except ValueError as problem:
            yield f"{path}.{name}: {problem}"
    yield from _number_problems(path, written)
    for index, element in enumerate(written.elements):
        types = [component.type for component in element.price_components]
        where = f"{path}.elements[{index}].price_components"
        if len(set(types)) != len(types):
            yield f"{where}: has two prices of one type, keep one"
        if element.restrictions.reservation is not None and not _RESERVABLE.issuperset(types):
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


def _from_written(written: _TariffWritten) -> Tariff:
    return Tariff(
        id=written.id,
        currency=written.currency,
        elements=tuple(_element(element) for element in written.elements),
        last_updated=parse_moment(written.last_updated),
        min_price=_price(written.min_price),
        max_price=_price(written.max_price),
        start=None if written.start_date_time is None else parse_moment(written.start_date_time),
        end=None if written.end_date_time is None else parse_moment(written.end_date_time),
    )


def _price(written: _PriceWritten | None) -> Price | None:
    return None if written is None else Price(written.excl_vat, written.incl_vat)


def _element(written: _ElementWritten) -> TariffElement:
    components = tuple(
        PriceComponent(each.type, each.price, each.step_size, each.vat) for each in written.price_components
    )
    given = written.restrictions
    restrictions = Restrictions(
        start_time=None if given.start_time is None else time.fromisoformat(given.start_time),
        end_time=None if given.end_time is None else time.fromisoformat(given.end_time),
        start_date=given.start_date,
        end_date=given.end_date,
        min_kwh=given.min_kwh,
        max_kwh=given.max_kwh,
        min_current_a=given.min_current,
        max_current_a=given.max_current,
        min_power_kw=given.min_power,
        max_power_kw=given.max_power,
        min_duration_s=given.min_duration,
        max_duration_s=given.max_duration,
        day_of_week=given.day_of_week,
        reservation=given.reservation,
    )
    return TariffElement(components, restrictions)
