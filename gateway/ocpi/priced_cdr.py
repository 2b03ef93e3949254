"""Anybody's CDR, of either version, as far as its price needs it; the rest may be missing, unknown or wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.tariff import Price, Tariff
from gateway.ocpi.priced_tariff import check_currency, foreign_moment, foreign_tariff, foreign_tariffs
from gateway.ocpi.quoting import quote
from gateway.ocpi.reading import Malformed, Number, shaped, without_nulls

# The totals that a price explains, in the order of the specification.
TOTALS: Final = (
    "total_cost",
    "total_fixed_cost",
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_reservation_cost",
)
_MARKS: Final = {
    "2.2.1": frozenset({"excl_vat", "incl_vat"}),
    "2.3.0": frozenset({"before_taxes", "after_taxes", "taxes", "tax_included"}),
}
_TIMES: Final = frozenset({DimensionType.TIME, DimensionType.PARKING_TIME, DimensionType.RESERVATION_TIME})


class _DimensionType(StrEnum):
    """OCPI CdrDimensionType, session-only ones included: some write them into CDRs, where nothing is priced by them."""

    CURRENT = "CURRENT"
    ENERGY = "ENERGY"
    ENERGY_EXPORT = "ENERGY_EXPORT"
    ENERGY_IMPORT = "ENERGY_IMPORT"
    MAX_CURRENT = "MAX_CURRENT"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_POWER = "MAX_POWER"
    MIN_POWER = "MIN_POWER"
    PARKING_TIME = "PARKING_TIME"
    POWER = "POWER"
    RESERVATION_TIME = "RESERVATION_TIME"
    STATE_OF_CHARGE = "STATE_OF_CHARGE"
    TIME = "TIME"


class _Dimension(msgspec.Struct, frozen=True):
    type: _DimensionType
    volume: Number


class _Period(msgspec.Struct, frozen=True):
    start_date_time: str
    dimensions: Annotated[tuple[_Dimension, ...], Meta(min_length=1)]
    tariff_id: str | None = None


class _Tax(msgspec.Struct, frozen=True):
    amount: Number


class _Total(msgspec.Struct, frozen=True):
    excl_vat: Number | None = None
    incl_vat: Number | None = None
    before_taxes: Number | None = None
    taxes: tuple[_Tax, ...] | None = None


class _Cdr(msgspec.Struct, frozen=True):
    charging_periods: Annotated[tuple[_Period, ...], Meta(min_length=1)]
    end_date_time: str | None = None
    currency: str | None = None
    tariffs: tuple[Any, ...] | None = None
    credit: bool | None = None
    total_energy: Number | None = None
    total_time: Number | None = None
    total_parking_time: Number | None = None
    total_cost: _Total | None = None
    total_fixed_cost: _Total | None = None
    total_energy_cost: _Total | None = None
    total_time_cost: _Total | None = None
    total_parking_cost: _Total | None = None
    total_reservation_cost: _Total | None = None


@dataclass(frozen=True, slots=True)
class PricedCdr:
    """What a CDR says of its price. `totals` holds those of TOTALS that it names; hours and kWh None: it does not say.

    `versions` are the OCPI versions whose words it uses.
    """

    id: str
    currency: str | None
    periods: tuple[ChargingPeriod, ...]
    were_in_order: bool
    end: datetime
    end_is_possible: bool
    tariffs: Mapping[str, Tariff]
    is_credit: bool
    totals: Mapping[str, Price]
    total_energy: Decimal | None
    total_time: Decimal | None
    total_parking_time: Decimal | None
    versions: frozenset[str]


def read_cdr(value: Any) -> PricedCdr:
    """Return a decoded CDR, bare or in an OCPI envelope; Malformed names the first place that cannot be priced."""
    path, value = _out_of_envelope(without_nulls(value), "a CDR")
    written = shaped(path, value, _Cdr)
    check_currency(path, written.currency)
    periods = [_period(f"{path}.charging_periods[{i}]", each) for i, each in enumerate(written.charging_periods)]
    in_order = sorted(periods, key=lambda period: period.start)
    end = None if written.end_date_time is None else foreign_moment(f"{path}.end_date_time", written.end_date_time)
    tariffs = foreign_tariffs(f"{path}.tariffs", written.tariffs or (), written.currency)
    return PricedCdr(
        id=quote(str(value.get("id", "without id")))[:39],
        currency=written.currency,
        periods=tuple(in_order),
        were_in_order=in_order == periods,
        end=_end(end, in_order[-1]),
        end_is_possible=end is None or end >= in_order[-1].start,
        tariffs=tariffs,
        is_credit=bool(written.credit),
        totals={
            name: _price(f"{path}.{name}", total) for name in TOTALS if (total := getattr(written, name)) is not None
        },
        total_energy=written.total_energy,
        total_time=written.total_time,
        total_parking_time=written.total_parking_time,
        versions=versions_of([value.get(name) for name in TOTALS], written.tariffs or ()),
    )


def read_tariffs(value: Any, currency: str | None) -> Mapping[str, Tariff]:
    """Return decoded Tariffs by their folded ids: one, bare or in an envelope, or a list; Malformed as `read_cdr`."""
    value = without_nulls(value)
    if isinstance(value, list):
        if not value:
            raise Malformed("$: holds no tariff")
        return foreign_tariffs("$", value, currency)
    path, value = _out_of_envelope(value, "a Tariff")
    tariff = foreign_tariff(path, value, currency)
    return {tariff.id.casefold(): tariff}


def versions_of(totals: Sequence[Any], tariffs: Sequence[Any]) -> frozenset[str]:
    """Return the versions whose words stand in these JSON objects."""
    objects = [*totals, *tariffs]
    objects += [each.get(limit) for each in tariffs if isinstance(each, dict) for limit in ("min_price", "max_price")]
    words = {word for each in objects if isinstance(each, dict) for word in each}
    return frozenset(version for version, marks in _MARKS.items() if marks & words)


def _out_of_envelope(value: Any, what: str) -> tuple[str, dict[str, Any]]:
    path = "$"
    if isinstance(value, dict) and "data" in value and "status_code" in value:
        path, value = "$.data", value["data"]
    if isinstance(value, list) and len(value) == 1:
        path, value = f"{path}[0]", value[0]
    if not isinstance(value, dict):
        raise Malformed(f"{path}: expected {what}, a JSON object")
    return path, value


def _period(path: str, written: _Period) -> ChargingPeriod:
    dimensions = []
    for index, each in enumerate(written.dimensions):
        if each.type not in DimensionType.__members__:
            continue
        kind = DimensionType(each.type.value)
        if each.volume < 0 and kind in _TIMES:
            raise Malformed(f"{path}.dimensions[{index}].volume: is {each.volume}, no time is negative")
        dimensions.append(Dimension(kind, Decimal(each.volume)))
    start = foreign_moment(f"{path}.start_date_time", written.start_date_time)
    return ChargingPeriod(start, tuple(dimensions), written.tariff_id)


def _end(stated: datetime | None, last: ChargingPeriod) -> datetime:
    """Return the CDR's end; one that does not say, or cannot be, ended when the last period's time was up."""
    if stated is not None and stated >= last.start:
        return stated
    hours = sum((each.volume for each in last.dimensions if each.type in _TIMES), Decimal(0))
    return last.start + timedelta(seconds=int(min(hours, Decimal(10**5)) * 3600))


def _price(path: str, total: _Total) -> Price:
    if total.excl_vat is not None:
        return Price(Decimal(total.excl_vat), None if total.incl_vat is None else Decimal(total.incl_vat))
    if total.before_taxes is None:
        raise Malformed(f"{path}: has neither excl_vat nor before_taxes")
    if total.taxes is None:
        return Price(Decimal(total.before_taxes))
    return Price(Decimal(total.before_taxes), total.before_taxes + sum((tax.amount for tax in total.taxes), Decimal(0)))
