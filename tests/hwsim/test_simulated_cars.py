"""Cars draw exact energy: limited by their wish, their battery, the offer, and the contactor."""

import pytest
from hwsim.car import Car, Load, Pilot
from stopwatch import Stopwatch, energy_wh


def test_thirty_seconds_at_22_kw_are_183_wh(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=22_000), clock_ns=time)
    load.plug_in()
    load.switch(closed=True)
    time.passes(30)
    load.switch(closed=False)
    time.passes(3600)
    assert energy_wh(load) == 183


def test_energy_does_not_depend_on_how_often_somebody_looks(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=10_007), clock_ns=time, is_plugged=True, contactor_closed=True)
    load.flow()
    for _ in range(36_000):
        time.passes(0.1)
        load.flow()
    assert energy_wh(load) == 10_007


@pytest.mark.parametrize(("is_plugged", "closed"), [(False, True), (True, False), (False, False)])
def test_nothing_flows_without_both_car_and_contactor(time: Stopwatch, *, is_plugged: bool, closed: bool) -> None:
    load = Load(car=Car(wants_w=22_000), clock_ns=time, is_plugged=is_plugged, contactor_closed=closed)
    load.flow()
    time.passes(3600)
    assert energy_wh(load) == 0
    assert load.flow().total_mw == 0


def test_a_battery_is_full_after_exactly_its_energy_and_empty_again_at_the_next_plug(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=11_000, battery_wh=1_000), clock_ns=time)
    load.plug_in()
    load.switch(closed=True)
    time.passes(3600)
    assert energy_wh(load) == 1_000
    assert load.is_full
    assert load.flow().total_mw == 0
    load.unplug()
    load.plug_in()
    time.passes(3600)
    assert energy_wh(load) == 2_000


def test_the_offer_limits_the_current_of_each_phase(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=22_000, phases=3), clock_ns=time, is_plugged=True, contactor_closed=True)
    load.offer(10_000)
    flow = load.flow()
    assert flow.current_ma == (10_000, 10_000, 10_000)
    assert flow.total_mw == 6_900_000


def test_a_one_phase_car_loads_one_phase(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=2_300, phases=1), clock_ns=time, is_plugged=True, contactor_closed=True)
    assert load.flow().current_ma == (10_000, 0, 0)


@pytest.mark.parametrize(
    ("is_plugged", "offer_ma", "battery_wh", "is_rude", "pilot"),
    [
        (False, 16_000, None, False, Pilot.A),
        (True, 0, None, False, Pilot.B),
        (True, 5_999, None, False, Pilot.B),
        (True, 6_000, None, False, Pilot.C),
        (True, 16_000, 0, False, Pilot.B),
        (True, 0, None, True, Pilot.C),
        (False, 0, None, True, Pilot.A),
    ],
)
def test_the_pilot_follows_car_and_offer(
    *, is_plugged: bool, offer_ma: int, battery_wh: int | None, is_rude: bool, pilot: Pilot
) -> None:
    load = Load(car=Car(battery_wh=battery_wh, is_rude=is_rude), is_plugged=is_plugged, offer_ma=offer_ma)
    assert load.pilot is pilot
