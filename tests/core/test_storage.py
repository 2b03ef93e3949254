"""The disk is a device of every EVSE: while it takes no facts nothing begins, and what runs ends after a while."""

import pytest
from plant import EVSE, Plant, policy, site, token

from gateway.core.billing import to_cdr
from gateway.core.facts import FaultMended, FaultRaised, GatewayStarted, JournalRepaired, SessionResumed, StopRequested
from gateway.core.identifiers import EvseUid
from gateway.core.observations import Started
from gateway.core.observations_storage import DecidedStop, StopsRecalled, StorageHealed, StorageLost
from gateway.core.outputs import wants_energy
from gateway.core.reasons import CancelReason, FaultKind, Refusal, StopReason
from gateway.core.rules import SessionRules
from gateway.core.session_phase import Phase

FULL = "the disk is full; free space on its file system"
LOST = FaultRaised(FaultKind.STORAGE_LOST, FULL)


@pytest.fixture
def plant() -> Plant:
    return Plant(policy=policy(rules=SessionRules(storage_lost_stop_s=60)))


def lose_storage(plant: Plant) -> None:
    plant.observe(StorageLost(plant.now, FULL))


def test_every_evse_is_out_of_order_while_the_disk_takes_nothing() -> None:
    other = EvseUid("EVSE-2")
    plant = Plant(policy=policy(EVSE, other), site=site(EVSE, other))
    lose_storage(plant)
    assert plant.bodies(FaultRaised) == [LOST, LOST]
    assert all(plant.world.state.evse(uid).faults for uid in (EVSE, other))
    plant.observe(StorageHealed(plant.now))
    assert plant.bodies(FaultMended) == [FaultMended(FaultKind.STORAGE_LOST, by_technician=False)] * 2
    assert not any(plant.world.state.evse(uid).faults for uid in (EVSE, other))


def test_no_card_begins_anything_without_a_disk(plant: Plant) -> None:
    plant.plug()
    plant.wait(2)
    lose_storage(plant)
    plant.tap()
    assert plant.refusals() == [Refusal.EVSE_OUT_OF_ORDER]
    assert not plant.outlet.closed


def test_a_session_that_only_waits_for_its_vehicle_is_cancelled(plant: Plant) -> None:
    plant.wait(2)
    plant.tap()
    lose_storage(plant)
    assert plant.session().cancel_reason is CancelReason.EVSE_OUT_OF_ORDER


def test_a_running_session_goes_on_for_as_long_as_the_rules_say_and_then_ends(plant: Plant) -> None:
    plant.charge(seconds=30)
    lose_storage(plant)
    plant.wait(59)
    assert plant.session().phase is Phase.CHARGING
    plant.wait(5)
    assert plant.bodies(StopRequested) == [StopRequested(StopReason.STORAGE_LOST)]
    assert plant.session().phase is Phase.COMPLETED
    assert plant.session().last is not None
    assert plant.session().last.energy_wh == plant.outlet.shown_wh
    assert "could not write" in str(to_cdr(plant.session()).remark)


def test_a_disk_that_comes_back_in_time_ends_nothing(plant: Plant) -> None:
    plant.charge(seconds=30)
    lose_storage(plant)
    plant.wait(50)
    plant.observe(StorageHealed(plant.now))
    plant.wait(120)
    assert plant.session().phase is Phase.CHARGING


def test_what_was_done_to_a_damaged_journal_is_the_first_fact_of_the_new_run() -> None:
    plant = Plant(tokens=(token("04A1B2C3D4E580"),))
    repaired = JournalRepaired(2, is_whole=False, kept_at="/state/journal.sqlite.damaged-1", reason="fact 3 was edited")
    facts = plant.observe(Started(plant.now, "0.0.0", plant.site, (), plant.backends, repaired))
    assert [fact.body for fact in facts] == [repaired, GatewayStarted("0.0.0", after=plant.facts[-3].at)]


def recall(plant: Plant, decided: DecidedStop) -> None:
    """Tell the restarted daemon what the one before it had decided."""
    plant.observe(StopsRecalled(plant.now, (decided,)))


def test_a_stop_that_was_lost_with_the_process_is_made_up_for_and_costs_no_time_after_it() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    decided = DecidedStop(plant.session().id, StopReason.CARD, plant.now)
    plant.outlet.closed, counted_wh = False, plant.outlet.shown_wh
    plant.kill(down_s=500)
    recall(plant, decided)
    assert wants_energy(plant.world.state, EVSE) is False
    plant.wait(5)

    assert plant.bodies(StopRequested) == [StopRequested(StopReason.CARD, decided_at=decided.at)]
    assert not plant.bodies(SessionResumed)
    cdr = to_cdr(plant.session())
    assert cdr.end == decided.at.utc
    assert cdr.energy_wh == (counted_wh or 0) - 1_000_000
    assert cdr.remark == "ended by the card that began it"


def test_energy_that_flowed_after_a_lost_stop_is_billed_all_the_same() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    decided = DecidedStop(plant.session().id, StopReason.CARD, plant.now)
    plant.kill(down_s=30)
    recall(plant, decided)
    plant.wait(5)

    assert not plant.outlet.closed
    assert to_cdr(plant.session()).energy_wh == (plant.outlet.shown_wh or 0) - 1_000_000


def test_a_stop_that_the_disk_had_taken_is_not_written_down_again() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    session = plant.session().id
    plant.tap()
    decided = DecidedStop(session, StopReason.CARD, plant.now)
    plant.kill()
    recall(plant, decided)
    plant.wait(5)
    plant.kill()
    recall(plant, decided)

    assert len(plant.bodies(StopRequested)) == 1
    assert plant.session().phase is Phase.COMPLETED
