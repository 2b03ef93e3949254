"""How much of each price a charge used: volumes in exact units, step_size applied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from gateway.core.charging_periods import DimensionType
from gateway.core.tariff import ComponentType, PriceComponent, Tariff
from gateway.core.tariff_rules import Stretch, active_price


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one price component was used; `units` and `billed_units` are Wh, seconds, or times once."""

    tariff: Tariff
    type: ComponentType
    reservation: bool
    element: int
    component: PriceComponent
    volume: Decimal
    units: Fraction
    billed_units: Fraction


# Units in what a price is per: Wh in a kWh, seconds in an hour. step_size counts these units.
UNITS: Final = {
    ComponentType.ENERGY: 1000,
    ComponentType.FLAT: 1,
    ComponentType.PARKING_TIME: 3600,
    ComponentType.TIME: 3600,
}

# Which component prices a volume. Of one period, charging comes before parking.
_PRICED_BY: Final = {
    DimensionType.ENERGY: ComponentType.ENERGY,
    DimensionType.TIME: ComponentType.TIME,
    DimensionType.PARKING_TIME: ComponentType.PARKING_TIME,
    DimensionType.RESERVATION_TIME: ComponentType.TIME,
}
_TIMES: Final = {ComponentType.TIME, ComponentType.PARKING_TIME}
# What is stepped once: energy, time of charging and parking together, time of a reservation.
_STEPPED: Final = (({ComponentType.ENERGY}, False), (_TIMES, False), (_TIMES, True))


def uses_of(stretches: Sequence[Stretch]) -> tuple[Use, ...]:
    """Return what is billed, one entry per price component, in the order of first use."""
    volumes = [use for stretch in stretches for use in _volumes(stretch)]
    return _merged([*_flat_fees(stretches), *_stepped(volumes)])


def _flat_fees(stretches: Sequence[Stretch]) -> Iterator[Use]:
    """Charge the first flat fee that becomes active, once for the session and once for a reservation."""
    for reservation in (True, False):
        fees = (
            _use(stretch, ComponentType.FLAT, Decimal(1))
            for stretch in stretches
            if bool(stretch.now.reservation) is reservation
        )
        first = next((fee for fee in fees if fee is not None), None)
        if first is not None:
            yield first


def _volumes(stretch: Stretch) -> Iterator[Use]:
    for dimension, component in _PRICED_BY.items():
        volume = stretch.volumes.get(dimension)
        use = _use(stretch, component, volume) if volume is not None else None
        if use is not None:
            yield use


def _use(stretch: Stretch, component: ComponentType, volume: Decimal) -> Use | None:
    """Return what is used of the price that is active; None where nothing is to pay."""
    if stretch.tariff is None:
        return None
    active = active_price(stretch.tariff, component, stretch.now)
    if active is None:
        return None
    units, reservation = _units(component, volume), bool(stretch.now.reservation)
    return Use(stretch.tariff, component, reservation, active.element, active.component, volume, units, units)


def _units(component: ComponentType, volume: Decimal) -> Fraction:
    """Return exact Wh or whole seconds: the fourth decimal of hours is 0.36 s, less than periods are measured in."""
    units = Fraction(volume) * UNITS[component]
    return Fraction(round(units)) if component in _TIMES else units


def _stepped(uses: list[Use]) -> list[Use]:
    """Round up the total of the dimension used last in each group, at the price that was active last."""
    for types, reservation in _STEPPED:
        used = [
            i for i, use in enumerate(uses) if use.type in types and use.reservation is reservation and use.units > 0
        ]
        if used:
            last = uses[used[-1]]
            total = sum(uses[i].units for i in used if uses[i].type is last.type)
            step_size = max(1, last.component.step_size)  # 0 is seen in the field where no step is meant
            uses[used[-1]] = replace(last, billed_units=last.units + -total % step_size)
    return uses


def _merged(uses: list[Use]) -> tuple[Use, ...]:
    merged: dict[tuple[str, ComponentType, bool, int], Use] = {}
    for use in uses:
        key = (use.tariff.id, use.type, use.reservation, use.element)
        before = merged.get(key)
        merged[key] = use if before is None else _added(before, use)
    return tuple(merged.values())


def _added(one: Use, other: Use) -> Use:
    return replace(
        one,
        volume=one.volume + other.volume,
        units=one.units + other.units,
        billed_units=one.billed_units + other.billed_units,
    )
