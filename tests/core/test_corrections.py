"""A CDR that is put right: whose energy it bills, and from where."""

from decimal import Decimal

import pytest
from core.test_reservations import CARD, TARIFF, garage
from ordering import Provider
from plant import MIDNIGHT, Plant, token

from gateway.core.billing import to_cdr
from gateway.core.cdr import Cdr
from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.correction import corrected


def energy_of(period: ChargingPeriod) -> list[Decimal]:
    return [each.volume for each in period.dimensions if each.type is DimensionType.ENERGY]


def put_right(cdr: Cdr, energy_wh: int) -> Cdr:
    return corrected(cdr, tariff=None, energy_wh=energy_wh, at=MIDNIGHT, reason="the meter's display says so")


def a_reservation(minutes: int = 30) -> Plant:
    plant = garage()
    Provider(plant).reserve(token(CARD, group_id="FAMILY"), minutes=minutes)
    plant.wait(60)
    return plant


def charge(plant: Plant, power_w: int, seconds: int) -> Cdr:
    plant.plug(power_w)
    plant.wait(1)
    plant.tap(CARD)
    plant.wait(seconds)
    plant.tap(CARD)
    plant.wait(5)
    return to_cdr(plant.session())


def test_energy_that_no_period_had_is_billed_with_the_charge_and_not_lost_in_the_reservation_before_it() -> None:
    cdr = charge(a_reservation(), power_w=0, seconds=60)
    assert (cdr.energy_wh, energy_of(cdr.periods[0])) == (0, [])

    anew = put_right(cdr, 5000)

    assert [energy_of(period) for period in anew.periods][:2] == [[], [Decimal(5)]]
    assert anew.energy_wh == 5000
    assert anew.costs.energy is not None
    assert anew.costs.energy.excl_vat == Decimal("2.5")
    assert anew.costs.reservation == cdr.costs.reservation


def test_energy_is_shared_out_as_the_old_was_and_no_watt_hour_of_it_is_lost() -> None:
    plant = a_reservation()
    plant.plug(11_000)
    plant.wait(1)
    plant.tap(CARD)
    for power_w in (11_000, 0, 7_000):
        plant.outlet.power_w = power_w
        plant.wait(600)
    plant.tap(CARD)
    plant.wait(5)
    cdr = to_cdr(plant.session())
    old = [sum(energy_of(period), Decimal(0)) * 1000 for period in cdr.periods]
    assert sum(1 for one in old if one) >= 2

    anew = put_right(cdr, 1001)

    shares = [sum(energy_of(period), Decimal(0)) * 1000 for period in anew.periods]
    assert sum(shares) == 1001
    last = max(index for index, one in enumerate(old) if one)
    for index, (before, share) in enumerate(zip(old, shares, strict=True)):
        exact = before * 1001 / cdr.energy_wh
        assert 0 <= (share - exact if index == last else exact - share) < len(old)


def test_a_reservation_in_vain_cannot_be_put_right_by_energy_that_nobody_charged() -> None:
    plant = a_reservation(minutes=2)
    plant.wait(120)
    cdr = to_cdr(plant.session())
    assert cdr.tariff == TARIFF

    with pytest.raises(ValueError, match="nobody came"):
        put_right(cdr, 1000)
    assert put_right(cdr, 0).costs == cdr.costs


def test_a_replacement_is_newer_than_what_it_replaces_and_its_remark_is_no_longer_than_ocpi_allows() -> None:
    cdr = charge(a_reservation(), power_w=11_000, seconds=60)
    anew = corrected(cdr, tariff=None, energy_wh=100, at=MIDNIGHT, reason="x" * 300)
    assert anew.last_updated > cdr.last_updated > MIDNIGHT
    assert anew.remark is not None
    assert (len(anew.remark), anew.remark[:20]) == (255, f"replaces {cdr.id}"[:20])


def test_energy_where_several_periods_counted_none_is_in_the_first_of_them() -> None:
    plant = a_reservation()
    plant.plug(11_000)
    plant.wait(1)
    plant.tap(CARD)
    for power_w in (11_000, 0):
        plant.outlet.power_w = power_w
        plant.wait(300)
    plant.tap(CARD)
    plant.wait(5)
    nothing = put_right(to_cdr(plant.session()), 0)
    assert [energy_of(period) for period in nothing.periods] == [[], [0], [0]]
    assert [energy_of(period) for period in put_right(nothing, 700).periods] == [[], [Decimal("0.7")], [0]]
