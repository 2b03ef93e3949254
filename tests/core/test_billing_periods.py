"""A new charging period begins wherever the price changes, and energy up to there belongs to the one before."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site

from gateway.core.billing import to_cdr
from gateway.core.cdr import Cdr
from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.price_changes import clock_changes
from gateway.core.rules import SessionRules
from gateway.core.tariff import ComponentType, DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def component(kind: ComponentType, price: str) -> PriceComponent:
    return PriceComponent(kind, Decimal(price), 1, Decimal(25))


def tariff(*restricted: tuple[str, dict[str, Any]], **changes: Any) -> Tariff:
    """Energy prices with their restrictions, and 1 per kWh for the rest of the time; parking is 3 an hour."""
    elements = [
        TariffElement((component(ComponentType.ENERGY, price),), Restrictions(**how)) for price, how in restricted
    ]
    rest = TariffElement((component(ComponentType.ENERGY, "1"), component(ComponentType.PARKING_TIME, "3")))
    return Tariff("T", "EUR", (*elements, rest), MIDNIGHT, **changes)


def plant_with(tariff: Tariff, start: datetime = MIDNIGHT, **rules: int) -> Plant:
    return Plant(
        policy=policy(tariff_id=tariff.id, rules=SessionRules(**rules)),
        site=site(tariff_id=tariff.id),
        tariffs=(tariff,),
        outlets={EVSE: Outlet()},
        wall=start,
    )


def bill(plant: Plant) -> Cdr:
    plant.unplug()
    plant.wait(10)
    return to_cdr(plant.session())


def volume(period: ChargingPeriod, kind: DimensionType) -> Decimal | None:
    return next((each.volume for each in period.dimensions if each.type is kind), None)


def energies(cdr: Cdr) -> list[Decimal | None]:
    return [volume(period, DimensionType.ENERGY) for period in cdr.periods]


def local_starts(cdr: Cdr) -> list[str]:
    return [f"{period.start.astimezone(STOCKHOLM):%H:%M:%S}" for period in cdr.periods]


def prices_paid(cdr: Cdr) -> list[Decimal]:
    return [line.price for line in cdr.costs.lines]


@pytest.mark.slow
def test_a_daily_window_divides_the_charge_at_the_second_between_two_readings() -> None:
    night = tariff(("0.5", {"start_time": time(1, 30), "end_time": time(2)}))
    plant = plant_with(night)

    plant.charge(seconds=2 * 3600, power_w=3600)
    cdr = bill(plant)

    assert local_starts(cdr)[1:] == ["01:30:00", "02:00:00"]
    assert energies(cdr)[1] == Decimal("1.8")
    assert prices_paid(cdr) == [Decimal(1), Decimal("0.5")]


def test_what_was_charged_between_two_readings_is_divided_by_time() -> None:
    night = tariff(("0.5", {"start_time": time(1, 10)}))
    plant = plant_with(night, sample_interval_s=600)

    plant.charge(seconds=1200, power_w=3600)
    cdr = bill(plant)

    before = cdr.periods[0].start
    assert local_starts(cdr)[1] == "01:10:00"
    seconds = (datetime(2026, 3, 2, 0, 10, tzinfo=UTC) - before).total_seconds()
    energy = volume(cdr.periods[0], DimensionType.ENERGY)
    assert energy is not None
    assert abs(energy * 1000 - int(seconds)) <= 1


def test_an_energy_threshold_is_met_to_the_watt_hour() -> None:
    plant = plant_with(tariff(("0.2", {"min_kwh": Decimal("2.5005")}), ("0.6", {"max_kwh": Decimal(1)})))

    plant.charge(seconds=3600, power_w=11_000)
    cdr = bill(plant)

    assert energies(cdr)[:2] == [Decimal(1), Decimal("1.501")]
    assert prices_paid(cdr) == [Decimal("0.6"), Decimal(1), Decimal("0.2")]


@pytest.mark.slow
def test_a_duration_counts_from_the_start_of_the_session() -> None:
    plant = plant_with(tariff(("0", {"max_duration_s": 1800})))

    plant.charge(seconds=3600, power_w=3600)
    cdr = bill(plant)

    assert [period.start - cdr.start for period in cdr.periods] == [timedelta(0), timedelta(minutes=30)]


@pytest.mark.slow
def test_a_week_and_a_date_end_at_local_midnight() -> None:
    sunday = tariff(
        ("0.5", {"day_of_week": (DayOfWeek.SUNDAY,)}),
        ("0.7", {"start_date": date(2026, 3, 3)}),
    )
    plant = plant_with(sunday, datetime(2026, 3, 1, 22, 30, tzinfo=UTC))

    plant.charge(seconds=3600, power_w=3600)
    cdr = bill(plant)

    assert local_starts(cdr)[1:] == ["00:00:00"]
    assert prices_paid(cdr) == [Decimal("0.5"), Decimal(1)]


@pytest.mark.slow
def test_r73_the_hour_that_autumn_repeats_is_charged_twice() -> None:
    small_hours = tariff(("0.5", {"start_time": time(2), "end_time": time(3)}))
    plant = plant_with(small_hours, datetime(2026, 10, 24, 23, 30, tzinfo=UTC))

    plant.charge(seconds=3 * 3600, power_w=3600)
    cdr = bill(plant)

    assert [f"{period.start:%H:%M:%S}" for period in cdr.periods][1:] == ["00:00:00", "02:00:00"]
    assert energies(cdr)[1] == Decimal("7.2")


@pytest.mark.slow
def test_r73_a_window_that_begins_in_the_hour_that_spring_skips_begins_with_the_hour_after() -> None:
    small_hours = tariff(("0.5", {"start_time": time(2, 30), "end_time": time(4)}))
    plant = plant_with(small_hours, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))

    plant.charge(seconds=2 * 3600, power_w=3600)
    cdr = bill(plant)

    assert [f"{period.start:%H:%M:%S}" for period in cdr.periods][1:] == ["01:00:00", "02:00:00"]


def test_a_stronger_charge_is_a_period_of_its_own_that_says_how_strong() -> None:
    plant = plant_with(tariff(("0.4", {"max_power_kw": Decimal(5)})))

    plant.charge(seconds=600, power_w=3600)
    plant.plug(power_w=7200)
    plant.wait(600)
    cdr = bill(plant)

    assert [volume(period, DimensionType.MAX_POWER) for period in cdr.periods] == [Decimal("3.6"), Decimal("7.2")]
    assert prices_paid(cdr) == [Decimal("0.4"), Decimal(1)]


def test_a_current_is_the_power_over_the_nominal_voltage_of_the_phases() -> None:
    plant = plant_with(tariff(("0.4", {"max_current_a": Decimal(32)})))

    plant.charge(seconds=600, power_w=6900)
    cdr = bill(plant)

    assert [volume(period, DimensionType.MAX_CURRENT) for period in cdr.periods] == [Decimal(30)]
    assert prices_paid(cdr) == [Decimal("0.4")]


def test_a_price_that_asks_for_nothing_measured_adds_no_dimension() -> None:
    plant = plant_with(tariff())

    plant.charge(seconds=600)
    cdr = bill(plant)

    assert {each.type for period in cdr.periods for each in period.dimensions} == {
        DimensionType.ENERGY,
        DimensionType.TIME,
    }


def test_a_price_for_parking_turns_no_period_while_the_vehicle_charges() -> None:
    parking = TariffElement((component(ComponentType.PARKING_TIME, "9"),), Restrictions(start_time=time(1, 20)))
    plant = plant_with(Tariff("T", "EUR", (parking, *tariff().elements), MIDNIGHT))

    plant.charge(seconds=3600, power_w=3600)

    assert len(bill(plant).periods) == 1


def test_a_pause_that_is_noticed_late_leaves_the_price_change_before_it_where_it_was() -> None:
    plant = plant_with(tariff(("0.5", {"start_time": time(1, 30)})))
    plant.charge(seconds=1765, power_w=3600)
    plant.plug(power_w=0)  # half a minute before the price changes; noticed two minutes later
    plant.wait(600)

    cdr = bill(plant)

    assert local_starts(cdr)[1:] == ["01:30:00"]
    assert [volume(period, DimensionType.PARKING_TIME) is None for period in cdr.periods] == [True, False]


@pytest.mark.slow
def test_an_energy_price_that_changes_during_a_pause_begins_a_period_too() -> None:
    plant = plant_with(tariff(("0.5", {"start_time": time(1, 30)})))
    plant.charge(seconds=600, power_w=3600)
    plant.plug(power_w=0)
    plant.wait(3000)

    cdr = bill(plant)

    assert [volume(period, DimensionType.PARKING_TIME) is None for period in cdr.periods] == [True, False, False]
    assert local_starts(cdr)[2] == "01:30:00"


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"start": MIDNIGHT, "end": MIDNIGHT + timedelta(minutes=1)}, "T"),
        ({"start": MIDNIGHT + timedelta(minutes=1)}, None),
        ({"end": MIDNIGHT}, None),
    ],
)
def test_r74_a_session_is_priced_by_a_tariff_that_is_valid_when_it_starts(
    limits: dict[str, datetime], named: str | None
) -> None:
    plant = plant_with(tariff(**limits))

    plant.charge(seconds=600)
    cdr = bill(plant)

    assert (cdr.tariff.id if cdr.tariff is not None else None) == named
    assert {period.tariff_id for period in cdr.periods} == {named}


def test_r74_a_tariff_that_is_replaced_during_a_session_prices_the_next_one() -> None:
    plant = plant_with(tariff())
    plant.charge(seconds=600, power_w=3600)
    plant.tariffs = (tariff(("9", {})),)
    plant.kill(5)
    plant.wait(600)

    assert prices_paid(bill(plant)) == [Decimal(1)]


clock_times = st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=4)
zones = st.sampled_from(["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - as hypothesis wants them
    lambda at: at.replace(second=0, microsecond=0)
)


@given(clock_times, zones, moments, st.integers(1, 2000))
def test_every_turn_of_a_local_clock_is_found_and_no_moment_twice(
    times: list[time], name: str, after: datetime, minutes: int
) -> None:
    zone = ZoneInfo(name)
    until = after + timedelta(minutes=minutes)

    found = list(clock_changes(tuple(sorted(set(times))), after, until, zone))

    shown = {
        at
        for at in (after + timedelta(minutes=minute) for minute in range(1, minutes + 1))
        if at.astimezone(zone).time() in times
    }
    assert shown <= set(found)
    assert len(found) == len(set(found))
    assert all(after < at <= until for at in found)
