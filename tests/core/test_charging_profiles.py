"""A provider limits a session: what the controller is to offer at each moment, and what does not follow from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from ordering import OTHER, Provider
from plant import EVSE, Plant, policy

from gateway.core.charging_limit import active_profile
from gateway.core.commands import (
    ChargingProfile,
    CommandKind,
    CommandResponse,
    CommandResult,
    Objection,
    ProfilePeriod,
    RateUnit,
)
from gateway.core.observations import CommandReceived
from gateway.core.outputs import profile_limit_a, wants_energy
from gateway.core.session_phase import Phase


def steps(unit: RateUnit, *limits: tuple[int, str], duration_s: int | None = None) -> ChargingProfile:
    return ChargingProfile(
        unit, tuple(ProfilePeriod(at, Decimal(limit)) for at, limit in limits), duration_s=duration_s
    )


def charging() -> tuple[Plant, Provider]:
    plant = Plant(policy=policy(can_limit=True))
    plant.charge(10)
    return plant, Provider(plant)


def limit(plant: Plant, msp: Provider, profile: ChargingProfile) -> CommandReceived:
    return msp.order(CommandKind.SET_CHARGING_PROFILE, session_id=plant.session().id, profile=profile)


def left_a(plant: Plant) -> int | None:
    return profile_limit_a(plant.world.state, EVSE, plant.now)


def test_amperes_hold_from_their_period_on_and_nothing_holds_after_the_end() -> None:
    plant, msp = charging()
    order = limit(plant, msp, steps(RateUnit.A, (0, "16.9"), (60, "10"), duration_s=120))
    assert msp.results(order) == [CommandResult.ACCEPTED]
    assert left_a(plant) == 16
    plant.wait(60)
    assert left_a(plant) == 10
    plant.wait(60)
    assert left_a(plant) is None


def test_a_power_is_shared_by_the_phases_and_rounded_down() -> None:
    plant, msp = charging()
    limit(plant, msp, steps(RateUnit.W, (0, "6899")))
    assert left_a(plant) == 9


def test_a_profile_that_begins_later_limits_nothing_before() -> None:
    plant, msp = charging()
    limit(plant, msp, replace(steps(RateUnit.A, (0, "8")), start=plant.wall + timedelta(seconds=30)))
    assert left_a(plant) is None
    plant.wait(31)
    assert left_a(plant) == 8


def test_too_little_to_charge_with_opens_the_contactor_and_raises_no_fault_and_it_closes_again() -> None:
    plant, msp = charging()
    limit(plant, msp, steps(RateUnit.A, (0, "0"), (120, "16")))
    assert wants_energy(plant.world.state, EVSE, plant.now) is False
    plant.wait(130)
    assert not plant.world.state.evse(EVSE).faults
    assert wants_energy(plant.world.state, EVSE, plant.now) is True
    assert plant.session().phase in {Phase.CHARGING, Phase.PAUSED}


@pytest.mark.parametrize(("amperes", "charges"), [("6", True), ("5.9", False)])
def test_six_amperes_are_enough_to_charge_with_and_nothing_below(amperes: str, charges: bool) -> None:  # noqa: FBT001 - a parameter
    plant, msp = charging()
    limit(plant, msp, steps(RateUnit.A, (0, amperes)))
    assert wants_energy(plant.world.state, EVSE, plant.now) is charges


def test_a_cleared_profile_limits_nothing_and_clearing_twice_is_no_fault() -> None:
    plant, msp = charging()
    limit(plant, msp, steps(RateUnit.A, (0, "8")))
    for _ in range(2):
        order = msp.order(CommandKind.CLEAR_CHARGING_PROFILE, session_id=plant.session().id)
        assert msp.results(order) == [CommandResult.ACCEPTED]
    assert left_a(plant) is None


def test_a_profile_outlives_a_kill() -> None:
    plant, msp = charging()
    limit(plant, msp, steps(RateUnit.A, (0, "8")))
    plant.kill(10)
    plant.wait(2)
    assert left_a(plant) == 8


def test_what_is_active_is_told_within_what_the_evse_can_give() -> None:
    plant, msp = charging()
    assert active_profile(plant.session(), plant.now, 32, None).periods == (ProfilePeriod(0, Decimal(32)),)
    limit(plant, msp, steps(RateUnit.A, (0, "64"), (60, "10"), duration_s=120))
    plant.wait(30)
    told = active_profile(plant.session(), plant.now, 32, 60)
    assert [(period.start_s, period.limit) for period in told.periods] == [(0, 32), (30, 10)]


def test_what_is_active_ends_with_the_profile_where_that_ends() -> None:
    plant, msp = charging()
    limit(plant, msp, steps(RateUnit.A, (0, "10"), duration_s=120))
    told = active_profile(plant.session(), plant.now, 32, None)
    assert [(period.start_s, period.limit) for period in told.periods] == [(0, 10), (120, 32)]
    limit(plant, msp, steps(RateUnit.A, (0, "10")))
    told = active_profile(plant.session(), plant.now, 32, None)
    assert [(period.start_s, period.limit) for period in told.periods] == [(0, 10)]


@pytest.mark.parametrize(("year", "now"), [(9999, 32), (1, 32), (2026, 8)])
def test_a_profile_may_begin_in_any_year_that_can_be_written(year: int, now: int) -> None:
    plant, msp = charging()
    ever = steps(RateUnit.A, (0, "8"), (86_400, "10"), duration_s=10 * 365 * 86_400)
    start = plant.now.utc if year == plant.now.utc.year else datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    limit(plant, msp, replace(ever, start=start))
    plant.wait(1)
    told = active_profile(plant.session(), plant.now, 32, 60)
    assert (left_a(plant) or 32, [period.limit for period in told.periods]) == (now, [now])


def test_a_relay_and_a_stranger_s_session_and_one_that_is_over_take_no_profile() -> None:
    plant = Plant()
    plant.charge(10)
    msp = Provider(plant)
    order = limit(plant, msp, steps(RateUnit.A, (0, "8")))
    assert msp.response(order) is CommandResponse.NOT_SUPPORTED
    plant, msp = charging()
    other = Provider(plant, OTHER, "tnm")
    assert other.record(limit(plant, other, steps(RateUnit.A, (0, "8")))).taken.objection is Objection.FOREIGN_SESSION
    plant.tap()
    plant.wait(5)
    assert msp.record(limit(plant, msp, steps(RateUnit.A, (0, "8")))).taken.objection is Objection.SESSION_NOT_RUNNING
