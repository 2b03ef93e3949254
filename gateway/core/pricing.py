"""What a charge costs, and why, line by line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.tariff import ComponentType, Price, Tariff
from gateway.core.tariff_rules import stretches
from gateway.core.tariff_use import UNITS, Use, uses_of


@dataclass(frozen=True, slots=True)
class CostLine:
    """One priced quantity: `volume` in kWh, hours or times once, `price` per unit; what a driver can check by hand."""

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
    """Price the periods of a charge that ended at `end` by OCPI's tariff rules, in the location's time zone.

    A period is priced as a whole by what is active at its start: whoever makes the periods begins a new one at each
    change of price. Per dimension the first element in list order whose restrictions hold is active; where none does,
    it is free. A flat fee counts once per session and once per reservation. step_size rounds up once per session for
    energy and once for time: the total of the dimension used last, charged at the price that was active last. Hours
    count to the nearest second, so that their fourth decimal never costs a step. Where VAT does not apply, the price
    with it is the price without. Amounts are exact until each partial total is rounded; the minimum and the maximum
    price apply to the sum.
    """
    uses = uses_of(tariff, tuple(stretches(periods, end, zone)))
    parts = {name: _lines([use for use in uses if _part(use) == name]) for name in (_RESERVATION, *_PARTS.values())}
    lines = tuple(line for part in parts.values() for line in part)
    used = _sum(lines) or _NOTHING
    total = _limited(tariff, used, {line.vat_percent or Decimal(0) for line in lines})
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


def _part(use: Use) -> str:
    return _RESERVATION if use.reservation else _PARTS[use.type]


def _lines(uses: Sequence[Use]) -> tuple[CostLine, ...]:
    """Price each use; the lines are rounded so that they add up to the rounded exact sum."""
    exact = [use.billed_units / UNITS[use.type] * Fraction(use.component.price) for use in uses]
    with_vat = [amount * _vat_factor(use.component.vat_percent) for amount, use in zip(exact, uses, strict=True)]
    costs = map(Price, _rounded(exact), _rounded(with_vat))
    return tuple(_line(use, cost) for use, cost in zip(uses, costs, strict=True))


def _line(use: Use, cost: Price) -> CostLine:
    return CostLine(
        type=use.type,
        reservation=use.reservation,
        element=use.element,
        volume=use.volume,
        billed_volume=_round(use.billed_units / UNITS[use.type]),
        price=use.component.price,
        vat_percent=use.component.vat_percent,
        cost=cost,
    )


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
