"""The taxes within an amount, by rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.core.pricing import CostLine
from gateway.core.tariff import ComponentType, Price


@dataclass(frozen=True, slots=True)
class Tax:
    """An amount of VAT; `percent` None where it is of several rates."""

    percent: Decimal | None
    amount: Decimal


def taxes_of(amount: Price, lines: Sequence[CostLine]) -> tuple[Tax, ...]:
    """Return the taxes of an amount that these lines make up, lowest rate first; none where they are unknown.

    They add up to the difference between the amount with VAT and without. What a minimum or maximum price changed
    belongs to the only rate there is; among several nobody can tell.
    """
    if amount.incl_vat is None:
        return ()
    tax = amount.incl_vat - amount.excl_vat
    by_rate: dict[Decimal, Decimal] = {}
    for line in lines:
        if line.vat_percent is not None and line.cost.incl_vat is not None:
            before = by_rate.get(line.vat_percent, Decimal(0))
            by_rate[line.vat_percent] = before + line.cost.incl_vat - line.cost.excl_vat
    if sum(by_rate.values(), Decimal(0)) == tax:
        return tuple(Tax(percent, share) for percent, share in sorted(by_rate.items()))
    return (Tax(next(iter(by_rate)) if len(by_rate) == 1 else None, tax),)


def lines_of(lines: Sequence[CostLine], kind: ComponentType) -> tuple[CostLine, ...]:
    """Return the lines of a dimension while charging or parked."""
    return tuple(line for line in lines if line.type is kind and not line.reservation)


def lines_of_reservation(lines: Sequence[CostLine]) -> tuple[CostLine, ...]:
    """Return the lines of a reservation, whatever their dimension."""
    return tuple(line for line in lines if line.reservation)
