"""Orders at the edge of what can be kept: the last second of a reservation, another place for it, one in use."""

from datetime import timedelta

import pytest
from ordering import Provider
from plant import EVSE, Outlet, Plant, policy, site, token

from gateway.core.commands import CommandKind, Objection
from gateway.core.facts_roaming import ChargingProfileCleared
from gateway.core.identifiers import EvseUid
from gateway.core.instant import ClockQuality
from gateway.core.outputs import reserved_until
from gateway.core.rules import SessionRules

CARD, OTHER = "04A1B2C3D4E580", EvseUid("EVSE-2")


def objection(plant: Plant, lasts_s: int) -> Objection | None:
    msp = Provider(plant)
    return msp.record(msp.reserve(expires=plant.wall + timedelta(seconds=lasts_s))).taken.objection


@pytest.mark.parametrize(
    ("lasts_s", "said"),
    [(0, Objection.EXPIRED), (1, None), (3600, None), (3601, Objection.TOO_LONG)],
)
def test_a_reservation_lasts_from_a_second_to_what_the_site_allows(lasts_s: int, said: Objection | None) -> None:
    plant = Plant(policy=policy(rules=SessionRules(reservation_max_s=3600)))
    plant.wait(2)
    assert objection(plant, lasts_s) is said


def test_nothing_is_reserved_by_a_clock_that_nobody_has_set() -> None:
    plant = Plant(clock=ClockQuality.UNKNOWN)
    plant.wait(2)
    assert objection(plant, 600) is Objection.CLOCK_UNSURE


def test_a_reservation_that_names_another_evse_moves_there() -> None:
    plant = Plant(policy=policy(EVSE, OTHER), site=site(EVSE, OTHER), outlets={EVSE: Outlet(), OTHER: Outlet()})
    plant.wait(2)
    msp = Provider(plant)
    msp.reserve(evse_uid=EVSE)
    msp.reserve(evse_uid=OTHER)
    assert reserved_until(plant.world.state, EVSE) is None
    assert reserved_until(plant.world.state, OTHER) is not None


def test_a_reservation_that_somebody_charges_on_cannot_be_cancelled() -> None:
    plant = Plant()
    plant.wait(2)
    msp = Provider(plant)
    msp.reserve(token(CARD))
    plant.charge(seconds=10)
    assert msp.record(msp.cancel()).taken.objection is Objection.RESERVATION_IN_USE


def test_to_clear_a_profile_where_there_is_none_changes_nothing() -> None:
    plant = Plant(policy=policy(can_limit=True))
    plant.charge(seconds=10)
    msp = Provider(plant)
    order = msp.order(CommandKind.CLEAR_CHARGING_PROFILE, session_id=plant.session().id)
    assert msp.record(order).taken.objection is None
    assert not plant.bodies(ChargingProfileCleared)
