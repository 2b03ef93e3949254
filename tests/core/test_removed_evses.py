"""An EVSE that is not configured any more: what was open there ends, and is billed from what is on record."""

import pytest
from ordering import Provider
from plant import EVSE, Plant, policy, site, token

from gateway.core.billing import to_cdr
from gateway.core.facts import SessionCancelled, SessionEnded
from gateway.core.facts_roaming import ReservationEnd
from gateway.core.identifiers import EvseUid
from gateway.core.instant import ClockQuality
from gateway.core.reasons import CancelReason, StopReason
from gateway.core.session_phase import Phase

RENAMED = EvseUid("A")


def rename(plant: Plant, down_s: int = 30) -> None:
    """Give the EVSE another name in the configuration while the daemon is down."""
    plant.policy, plant.site = policy(RENAMED), site(RENAMED)
    plant.outlets = {RENAMED: plant.outlets.pop(EVSE)}
    plant.kill(down_s)


def test_a_session_ends_in_one_bill_up_to_its_last_record() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    last = plant.session().last
    rename(plant)
    plant.wait(5)

    session = plant.session()
    assert (session.phase, session.stop_reason) == (Phase.COMPLETED, StopReason.EVSE_REMOVED)
    assert last is not None
    cdr = to_cdr(session)
    assert cdr.energy_wh == last.energy_wh - 1_000_000
    assert cdr.end == last.at.utc
    assert cdr.remark == (
        "ended: its EVSE is not configured any more; energy as last read, the contactor was not seen open"
    )
    plant.kill()
    plant.wait(5)
    assert len(plant.bodies(SessionEnded)) == 1


def test_a_session_that_was_ending_ends() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    plant.outlet.meter_silent = True
    plant.wait()
    plant.tap()
    rename(plant)
    plant.wait(5)
    assert (plant.session().phase, plant.session().stop_reason) == (Phase.COMPLETED, StopReason.CARD)


def test_a_bill_that_waits_for_its_time_goes_out_when_it_is_known() -> None:
    plant = Plant(clock=ClockQuality.UNKNOWN)
    plant.charge(seconds=300)
    plant.tap()
    plant.wait(5)
    assert plant.world.state.evse(EVSE).waiting
    rename(plant)
    plant.wait(5)
    assert plant.world.state.evse(EVSE).waiting
    plant.clock = ClockQuality.SYNCHRONISED
    plant.wait(5)

    assert not plant.world.state.evse(EVSE).waiting
    assert plant.session().sealed_at is not None


def test_who_waits_for_a_vehicle_there_waits_no_more() -> None:
    plant = Plant()
    plant.wait(2)
    plant.tap()
    rename(plant, down_s=1)
    plant.wait()
    assert plant.bodies(SessionCancelled) == [SessionCancelled(CancelReason.EVSE_OUT_OF_ORDER)]


@pytest.mark.parametrize("has_come", [False, True])
def test_a_reservation_ends_and_costs_nothing(*, has_come: bool) -> None:
    plant = Plant()
    plant.wait(2)
    Provider(plant).reserve(token("04A1B2C3D4E580"))
    if has_come:
        plant.tap()
    rename(plant, down_s=1)
    plant.wait()
    reservation = plant.session().reservation
    assert plant.session().phase is Phase.LAPSED
    assert reservation is not None
    assert reservation.ended is ReservationEnd.OUT_OF_ORDER


def test_what_goes_on_at_the_other_evses_is_left_alone() -> None:
    other = EvseUid("EVSE-2")
    plant = Plant()
    plant.charge(seconds=60)
    plant.policy, plant.site = policy(EVSE, other), site(EVSE, other)
    plant.kill()
    plant.wait(60)
    assert plant.session().phase is Phase.CHARGING
