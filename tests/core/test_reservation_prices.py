"""A reservation whose price changes while the EVSE is kept: each stretch has its own, and a free one costs nothing."""

from datetime import timedelta
from decimal import Decimal

from core.test_reservations import CARD, garage
from ordering import Provider
from plant import MIDNIGHT, token

from gateway.core.billing import to_cdr
from gateway.core.cdr import Cdr
from gateway.core.charging_periods import DimensionType
from gateway.core.tariff import (
    ComponentType,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
)

RESERVED = ReservationRestriction.RESERVATION


def element(kind: ComponentType, amount: str, given: Restrictions | None = None) -> TariffElement:
    return TariffElement((PriceComponent(kind, Decimal(amount), 1),), given or Restrictions())


def bill_of(*elements: TariffElement, waits_s: int) -> Cdr:
    """Keep the EVSE for somebody who comes after a while and charges."""
    plant = garage(Tariff("T", "EUR", (*elements, element(ComponentType.ENERGY, "0.5")), MIDNIGHT))
    Provider(plant).reserve(token(CARD, group_id="FAMILY"), minutes=60)
    plant.wait(waits_s)
    plant.plug()
    plant.wait(1)
    plant.tap(CARD)
    plant.wait(60)
    plant.tap(CARD)
    plant.wait(5)
    return to_cdr(plant.session())


def reserved_s(cdr: Cdr) -> list[int]:
    """Return after how many seconds each period of the reservation begins."""
    kept = [period for period in cdr.periods if period.dimensions[0].type is DimensionType.RESERVATION_TIME]
    return [(period.start - cdr.start) // timedelta(seconds=1) for period in kept]


def test_what_is_free_for_ten_minutes_costs_from_the_eleventh_on() -> None:
    free = element(ComponentType.TIME, "0", Restrictions(reservation=RESERVED, max_duration_s=600))
    cdr = bill_of(free, element(ComponentType.TIME, "6", Restrictions(reservation=RESERVED)), waits_s=899)

    assert reserved_s(cdr) == [0, 600]
    assert cdr.costs.reservation is not None
    assert cdr.costs.reservation.excl_vat == Decimal("0.5")


def test_who_comes_just_then_has_no_second_period() -> None:
    free = element(ComponentType.TIME, "0", Restrictions(reservation=RESERVED, max_duration_s=600))
    cdr = bill_of(free, element(ComponentType.TIME, "6", Restrictions(reservation=RESERVED)), waits_s=599)

    assert reserved_s(cdr) == [0]
    assert cdr.costs.reservation is not None
    assert cdr.costs.reservation.excl_vat == 0


def test_a_tariff_that_prices_no_reservation_cuts_none_up() -> None:
    cdr = bill_of(element(ComponentType.TIME, "6", Restrictions(max_duration_s=600)), waits_s=899)
    assert reserved_s(cdr) == [0]
    assert cdr.costs.reservation is None
