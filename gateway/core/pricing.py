"""What a charge costs, and why, line by line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.tariff import ComponentType, Price, Tariff, TaxIncluded
from gateway.core.tariff_rules import stretches
from gateway.core.tariff_use import UNITS, Use, uses_of


@dataclass(frozen=True, slots=True)
class CostLine:
    """One priced quantity: `volume` in kWh, hours or times once, `price` per unit; what a driver can check by hand."""

    tariff_id: str
    type: ComponentType
    reservation: bool
    element: int
    volume: Decimal
    billed_volume: Decimal
    price: Decimal
    vat_percent: Decimal | None
    cost: Price


@dataclass(frozen=True, slots=True)
class Costs:
    """Totals in the tariff's currency, rounded half up to four decimals; None where the dimension has no price.

    The lines of a dimension add up to its total, all dimensions and `adjustment` to the total. `adjustment` is what a
    minimum price added or a maximum price took off.
    """

    total: Price
    fixed: Price | None
    energy: Price | None
    time: Price | None
    parking: Price | None
    reservation: Price | None
    lines: tuple[CostLine, ...]
    adjustment: Price | None = None


_NOTHING: Final = Price(Decimal(0), Decimal(0))
_TEN_THOUSANDTHS: Final = 10_000

# OCPI's partial totals, in the order of the lines; whatever a reservation costs stands under reservation.
_PARTS: Final = {
    ComponentType.FLAT: "fixed",
    ComponentType.ENERGY: "energy",
    ComponentType.TIME: "time",
    ComponentType.PARKING_TIME: "parking",
}
_RESERVATION: Final = "reservation"


def price(tariff: Tariff, periods: Sequence[ChargingPeriod], end: datetime, zone: ZoneInfo) -> Costs:
    """Price all periods of a charge that ended at `end` with one tariff; rules as in `price_each`."""
    return _bill((tariff,), periods, [tariff] * len(periods), end, zone)


def price_each(
    periods: Sequence[ChargingPeriod], tariffs: Sequence[Tariff | None], end: datetime, zone: ZoneInfo
) -> Costs:
    """Price each period with the tariff in its place (None: it is free) by OCPI's tariff rules, in the location's zone.

    A period is priced as a whole by what is active at its start: whoever makes the periods begins a new one at each
    change of price. Per dimension the first element in list order whose restrictions hold is active; where none does,
    it is free. A flat fee counts once per session and once per reservation. step_size rounds up once per session for
    energy and once for time: the total of the dimension used last, charged at the price that was active last. Hours
    count to the nearest second, so that their fourth decimal never costs a step. Where VAT does not apply, the price
    with it is the price without. Amounts are exact until each partial total is rounded; the minimum and the maximum
    price of a tariff apply to the sum of what it prices.
    """
    distinct = {tariff.id: tariff for tariff in tariffs if tariff is not None}
    return _bill(tuple(distinct.values()), periods, tariffs, end, zone)


def _bill(
    distinct: Sequence[Tariff],
    periods: Sequence[ChargingPeriod],
    tariffs: Sequence[Tariff | None],
    end: datetime,
    zone: ZoneInfo,
) -> Costs:
    uses = uses_of(tuple(stretches(periods, tariffs, end, zone)))
    parts = {name: _lines([use for use in uses if _part(use) == name]) for name in (_RESERVATION, *_PARTS.values())}
    lines = tuple(line for part in parts.values() for line in part)
    used = _sum(lines) or _NOTHING
    total = _total(_limited_each(distinct, lines))
    return Costs(
        total=total,
        fixed=_sum(parts["fixed"]),
        energy=_sum(parts["energy"]),
        time=_sum(parts["time"]),
        parking=_sum(parts["parking"]),
        reservation=_sum(parts[_RESERVATION]),
        lines=lines,
        adjustment=None if total == used else _difference(total, used),
    )


def _limited_each(distinct: Sequence[Tariff], lines: Sequence[CostLine]) -> Iterator[Price]:
    for tariff in distinct:
        own = [line for line in lines if line.tariff_id == tariff.id]
        yield _limited(tariff, _sum(own) or _NOTHING, {line.vat_percent or Decimal(0) for line in own})


def _part(use: Use) -> str:
    return _RESERVATION if use.reservation else _PARTS[use.type]


def _lines(uses: Sequence[Use]) -> tuple[CostLine, ...]:
    """Price each use; the lines are rounded so that they add up to the rounded exact sum."""
    exact = [use.billed_units / UNITS[use.type] * Fraction(use.component.price) for use in uses]
    factors = [_vat_factor(_vat_percent(use)) for use in uses]
    # What a tariff with tax_included asks is to be divided, what another asks is to be multiplied.
    divisors = [
        factor if use.tariff.tax_included is TaxIncluded.YES else 1 for use, factor in zip(uses, factors, strict=True)
    ]
    excl_vat = [amount / divisor for amount, divisor in zip(exact, divisors, strict=True)]
    incl_vat = [amount * factor for amount, factor in zip(excl_vat, factors, strict=True)]
    costs = map(Price, _rounded(excl_vat), _rounded(incl_vat))
    return tuple(_line(use, cost) for use, cost in zip(uses, costs, strict=True))


def _line(use: Use, cost: Price) -> CostLine:
    return CostLine(
        tariff_id=use.tariff.id,
        type=use.type,
        reservation=use.reservation,
        element=use.element,
        volume=use.volume,
        billed_volume=_round(use.billed_units / UNITS[use.type]),
        price=use.component.price,
        vat_percent=_vat_percent(use),
        cost=cost,
    )


def _vat_percent(use: Use) -> Decimal | None:
    return None if use.tariff.tax_included is TaxIncluded.NOT_APPLICABLE else use.component.vat_percent


def _limited(tariff: Tariff, total: Price, vat_percents: set[Decimal]) -> Price:
    """Apply the minimum, then the maximum price; VAT that a limit leaves open follows from the bill's only rate."""
    for limit, choose in ((tariff.min_price, max), (tariff.max_price, min)):
        if limit is None:
            continue
        excl_vat = choose(total.excl_vat, limit.excl_vat)
        if limit.incl_vat is not None and total.incl_vat is not None:
            total = Price(excl_vat, choose(total.incl_vat, limit.incl_vat))
        elif excl_vat != total.excl_vat:
            total = Price(excl_vat, _with_only_vat(excl_vat, vat_percents))
    return total


def _with_only_vat(excl_vat: Decimal, vat_percents: set[Decimal]) -> Decimal | None:
    if len(vat_percents) != 1:
        return None
    return _round(Fraction(excl_vat) * _vat_factor(*vat_percents))


def _total(shares: Iterable[Price]) -> Price:
    """Add up what each tariff asks; one whose VAT is unknown leaves the sum's unknown."""
    listed = tuple(shares)
    excl_vat = sum((share.excl_vat for share in listed), Decimal(0))
    if any(share.incl_vat is None for share in listed):
        return Price(excl_vat)
    return Price(excl_vat, sum((share.incl_vat or Decimal(0) for share in listed), Decimal(0)))


def _vat_factor(percent: Decimal | None) -> Fraction:
    return 1 + Fraction(percent or 0) / 100


def _sum(lines: Sequence[CostLine]) -> Price | None:
    if not lines:
        return None
    incl_vat = sum((line.cost.incl_vat for line in lines if line.cost.incl_vat is not None), Decimal(0))
    return Price(sum((line.cost.excl_vat for line in lines), Decimal(0)), incl_vat)


def _difference(total: Price, used: Price) -> Price:
    excl_vat = total.excl_vat - used.excl_vat
    if total.incl_vat is None or used.incl_vat is None:
        return Price(excl_vat)
    return Price(excl_vat, total.incl_vat - used.incl_vat)


def _rounded(amounts: Iterable[Fraction]) -> list[Decimal]:
    """Round parts so that they add up to their rounded sum: each takes what rounding left of those before it."""
    sums = [Decimal(0), *map(_round, accumulate(amounts))]
    return [after - before for before, after in pairwise(sums)]


def _round(amount: Fraction) -> Decimal:
    """Round half up, away from zero, to four decimals."""
    scaled = abs(amount) * _TEN_THOUSANDTHS
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(digits if amount >= 0 else -digits) / _TEN_THOUSANDTHS
