"""Edges of a bill that a driver would notice: what is rounded up to a step, and to which side the last digit goes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.pricing import Costs, price
from gateway.core.tariff import (
    ComponentType,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
)
from gateway.core.taxes import Tax, lines_of, lines_of_reservation, taxes_of

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
RESERVED = Restrictions(reservation=ReservationRestriction.RESERVATION)


def element(
    kind: ComponentType, amount: str, step_size: int, given: Restrictions | None = None, vat: str | None = None
) -> TariffElement:
    percent = None if vat is None else Decimal(vat)
    return TariffElement((PriceComponent(kind, Decimal(amount), step_size, percent),), given or Restrictions())


def period(begins_s: int, **volumes: str) -> ChargingPeriod:
    dimensions = tuple(Dimension(DimensionType(name), Decimal(volume)) for name, volume in volumes.items())
    return ChargingPeriod(START + timedelta(seconds=begins_s), dimensions, "T")


def bill(elements: tuple[TariffElement, ...], *periods: ChargingPeriod) -> Costs:
    return price(Tariff("T", "EUR", elements, START), periods, START + timedelta(hours=2), ZoneInfo("UTC"))


def test_the_time_of_a_reservation_has_a_step_of_its_own() -> None:
    elements = (element(ComponentType.TIME, "6", 900, RESERVED), element(ComponentType.TIME, "36", 60))
    costs = bill(elements, period(0, RESERVATION_TIME="0.1667"), period(600, TIME="0.0169", ENERGY="1"))

    assert [(line.reservation, line.billed_volume) for line in costs.lines] == [
        (True, Decimal("0.25")),
        (False, Decimal("0.0333")),
    ]
    assert costs.reservation is not None
    assert costs.time is not None
    assert (costs.reservation.excl_vat, costs.time.excl_vat) == (Decimal("1.5"), Decimal("1.2"))


def test_parking_last_rounds_up_the_parking_and_leaves_the_charging_time_as_it_was() -> None:
    elements = (element(ComponentType.TIME, "36", 300), element(ComponentType.PARKING_TIME, "36", 300))
    costs = bill(elements, period(0, TIME="0.0169"), period(61, PARKING_TIME="0.0169"))

    assert costs.time is not None
    assert costs.parking is not None
    assert (costs.time.excl_vat, costs.parking.excl_vat) == (Decimal("0.61"), Decimal(3))


def test_a_part_of_a_watt_hour_is_rounded_up_by_the_step_and_never_down() -> None:
    (line,) = bill((element(ComponentType.ENERGY, "1000", 1),), period(0, ENERGY="0.0024")).lines
    assert (line.volume, line.billed_volume, line.cost.excl_vat) == (Decimal("0.0024"), Decimal("0.003"), Decimal(3))


def test_a_negative_price_gives_back_as_much_as_its_opposite_would_have_cost() -> None:
    periods = (period(0, ENERGY="0.001"),)
    costs = [bill((element(ComponentType.ENERGY, amount, 1),), *periods).total for amount in ("0.05", "-0.05")]
    assert [total.excl_vat for total in costs] == [Decimal("0.0001"), Decimal("-0.0001")]


def test_the_taxes_of_charging_time_are_not_those_of_the_time_reserved() -> None:
    elements = (element(ComponentType.TIME, "6", 1, RESERVED, "10"), element(ComponentType.TIME, "36", 1, vat="20"))
    costs = bill(elements, period(0, RESERVATION_TIME="0.1667"), period(600, TIME="0.1667", ENERGY="1"))

    assert costs.time is not None
    assert costs.reservation is not None
    assert taxes_of(costs.time, lines_of(costs.lines, ComponentType.TIME)) == (Tax(Decimal(20), Decimal("1.2")),)
    assert taxes_of(costs.reservation, lines_of_reservation(costs.lines)) == (Tax(Decimal(10), Decimal("0.1")),)
    assert taxes_of(costs.total, costs.lines) == (
        Tax(Decimal(10), Decimal("0.1")),
        Tax(Decimal(20), Decimal("1.2")),
    )
