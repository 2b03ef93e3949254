"""What a driver lives through at the EVSE, told as sentences."""

import pytest
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site, token

from gateway.core.facts import (
    CancelReason,
    CardRefused,
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    FaultKind,
    FaultRaised,
    Refusal,
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionStarted,
    StopReason,
)
from gateway.core.identifiers import EvseUid
from gateway.core.outputs import status_of, wants_energy
from gateway.core.session_record import Phase
from gateway.core.telemetry import EvseStatus
from gateway.core.token import WhitelistType

CARD, SIBLING, STRANGER = "04A1B2C3D4E580", "04FFEEDDCCBBAA", "04000000000001"


def relay_plant(**changes: object) -> Plant:
    """A site whose contactor is a bare relay: nothing tells whether a vehicle is there."""
    return Plant(outlets={EVSE: Outlet(has_pilot=False)}, **changes)  # type: ignore[arg-type]


def refusals(plant: Plant) -> list[Refusal]:
    return [body.reason for body in plant.bodies(CardRefused)]  # type: ignore[union-attr]


def charge(plant: Plant, seconds: int = 60, power_w: int = 11_000) -> None:
    plant.plug(power_w)
    plant.wait()
    plant.tap(CARD)
    plant.wait(seconds)


def test_plug_then_tap_starts_at_once() -> None:
    plant = Plant()
    plant.plug()
    plant.wait()
    facts = plant.tap()
    assert [type(fact.body) for fact in facts] == [SessionAuthorized, SessionStarted]
    assert wants_energy(plant.world.state, EVSE) is True


def test_tap_then_plug_starts_when_the_vehicle_comes() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.wait(30)
    assert plant.session().phase is Phase.AUTHORIZED
    assert wants_energy(plant.world.state, EVSE) is False
    plant.plug()
    plant.wait(2)
    assert plant.session().phase is Phase.CHARGING


def test_tap_without_plugging_in_expires() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.wait(130)
    assert plant.bodies(SessionCancelled) == [SessionCancelled(CancelReason.PLUG_TIMEOUT)]
    assert not plant.bodies(SessionStarted)


def test_energy_is_stop_minus_start_of_the_counter() -> None:
    plant = Plant()
    charge(plant, seconds=3600, power_w=11_000)
    plant.tap()
    plant.wait(3)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    start = plant.session().start
    assert start is not None
    assert ended.stop.energy_wh - start.energy_wh == pytest.approx(11_000, abs=10)
    assert ended.measured_open


def test_the_last_reading_is_taken_after_the_contactor_was_seen_open() -> None:
    plant = Plant()
    charge(plant)
    plant.tap()
    assert not plant.bodies(SessionEnded)
    plant.wait()
    (ended,) = plant.bodies(SessionEnded)
    opened_at = plant.session().opened_at
    assert isinstance(ended, SessionEnded)
    assert opened_at is not None
    assert ended.stop.at.boot_ns >= opened_at.boot_ns
    assert ended.stop.energy_wh == plant.outlet.shown_wh


def test_a_second_tap_of_the_same_card_stops() -> None:
    plant = Plant()
    charge(plant)
    plant.tap()
    plant.wait(2)
    assert plant.session().stop_reason is StopReason.CARD
    assert plant.session().phase is Phase.COMPLETED


def test_a_second_tap_at_once_is_taken_for_a_slip() -> None:
    plant = Plant()
    charge(plant, seconds=1)
    plant.tap()
    assert refusals(plant) == [Refusal.TOO_SOON]
    assert plant.session().phase is Phase.CHARGING


def test_a_card_of_the_same_group_stops() -> None:
    plant = Plant(tokens=(token(CARD, group_id="FLEET"), token(SIBLING, group_id="FLEET")))
    charge(plant)
    plant.tap(SIBLING)
    plant.wait(2)
    assert plant.session().stop_reason is StopReason.GROUP_CARD


def test_cards_without_a_group_are_not_one_group() -> None:
    plant = Plant(tokens=(token(CARD), token(SIBLING)))
    charge(plant)
    plant.tap(SIBLING)
    assert refusals(plant) == [Refusal.EVSE_OCCUPIED]


def test_a_card_is_the_same_in_either_case_of_letters() -> None:
    plant = Plant()
    charge(plant)
    plant.tap(CARD.lower())
    assert plant.session().stop_reason is StopReason.CARD


@pytest.mark.parametrize(
    ("known_as", "reason"),
    [
        (None, Refusal.UNKNOWN_TOKEN),
        (token(STRANGER, valid=False), Refusal.BLOCKED_TOKEN),
        (token(STRANGER, valid_until=MIDNIGHT), Refusal.EXPIRED_TOKEN),
        (token(STRANGER, whitelist=WhitelistType.NEVER), Refusal.NEEDS_ONLINE_CHECK),
    ],
)
def test_a_token_that_may_not_charge_is_refused_with_its_reason(known_as: object, reason: Refusal) -> None:
    plant = Plant(tokens=(token(CARD), *((known_as,) if known_as else ())))  # type: ignore[arg-type]
    plant.plug()
    plant.wait()
    plant.tap(STRANGER)
    (refused,) = plant.bodies(CardRefused)
    assert isinstance(refused, CardRefused)
    assert refused.reason is reason
    assert STRANGER not in str(refused)
    assert wants_energy(plant.world.state, EVSE) is False


@pytest.mark.parametrize("whitelist", [WhitelistType.ALWAYS, WhitelistType.ALLOWED, WhitelistType.ALLOWED_OFFLINE])
def test_tokens_that_may_be_decided_on_locally_start(whitelist: WhitelistType) -> None:
    plant = Plant(tokens=(token(CARD, whitelist=whitelist),))
    charge(plant, seconds=2)
    assert plant.session().phase is Phase.CHARGING


def test_any_other_token_is_refused_while_a_session_runs() -> None:
    plant = Plant(tokens=(token(CARD), token(STRANGER)))
    charge(plant)
    plant.tap(STRANGER)
    assert refusals(plant) == [Refusal.EVSE_OCCUPIED]
    assert plant.session().phase is Phase.CHARGING


def test_tapping_again_before_plugging_in_takes_it_back() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.wait(5)
    plant.tap()
    assert plant.session().cancel_reason is CancelReason.CARD


def test_unplugging_ends_a_session() -> None:
    plant = Plant()
    charge(plant)
    plant.unplug()
    plant.wait(3)
    assert plant.session().stop_reason is StopReason.UNPLUGGED
    assert plant.session().phase is Phase.COMPLETED


def test_no_session_begins_while_the_meter_is_lost() -> None:
    plant = Plant()
    plant.outlet.meter_silent = True
    plant.plug()
    plant.wait(5)
    plant.tap()
    assert refusals(plant) == [Refusal.METER_SILENT]
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.OUTOFORDER


def test_no_session_begins_when_the_meter_never_spoke() -> None:
    plant = Plant()
    plant.outlet.counter_unavailable = True
    plant.plug()
    plant.look()
    plant.tap()
    plant.wait(8)
    assert not plant.bodies(SessionStarted)
    assert plant.session().cancel_reason is CancelReason.METER_SILENT


def test_a_pause_of_the_vehicle_is_parking_since_it_began() -> None:
    plant = Plant()
    charge(plant, seconds=600)
    plant.outlet.power_w = 0
    plant.wait(300)
    plant.outlet.power_w = 11_000
    plant.wait(60)
    (paused,) = plant.bodies(ChargingPaused)
    (continued,) = plant.bodies(ChargingContinued)
    assert isinstance(paused, ChargingPaused)
    assert isinstance(continued, ChargingContinued)
    parked_s = (continued.register.at.boot_ns - paused.register.at.boot_ns) // 1_000_000_000
    assert parked_s == 300


def test_a_short_dip_is_no_pause() -> None:
    plant = Plant()
    charge(plant, seconds=300)
    plant.outlet.power_w = 0
    plant.wait(60)
    plant.outlet.power_w = 11_000
    plant.wait(300)
    assert not plant.bodies(ChargingPaused)


def test_on_a_relay_site_a_tap_alone_starts_and_long_idleness_ends() -> None:
    plant = relay_plant()
    plant.wait()
    plant.tap()
    plant.plug()
    plant.wait(600)
    assert plant.bodies(ContactorClosed)
    plant.outlet.power_w = 0
    plant.wait(120 + 900 + 5)
    assert plant.session().stop_reason is StopReason.IDLE


def test_with_a_pilot_idleness_does_not_end_a_session() -> None:
    plant = Plant()
    charge(plant, seconds=600)
    plant.outlet.power_w = 0
    plant.wait(3600)
    assert plant.session().phase is Phase.PAUSED


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"max_energy_wh": 500}, StopReason.ENERGY_LIMIT), ({"max_duration_s": 300}, StopReason.TIME_LIMIT)],
)
def test_limits_of_the_evse_end_a_session(limits: dict[str, int], reason: StopReason) -> None:
    plant = Plant(policy=policy(**limits))
    charge(plant, seconds=600)
    assert plant.session().stop_reason is reason


def test_a_fault_of_the_charge_controller_ends_the_session_and_heals_by_itself() -> None:
    plant = Plant()
    charge(plant)
    plant.outlet.fault = "residual current"
    plant.wait(3)
    assert plant.session().stop_reason is StopReason.CONTROLLER_FAULT
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.OUTOFORDER
    plant.outlet.fault = None
    plant.wait(2)
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.AVAILABLE


def test_a_contactor_that_does_not_close_ends_the_session_without_energy() -> None:
    plant = relay_plant()
    plant.outlet.stuck_open = True
    plant.wait()
    plant.tap()
    plant.wait(15)
    assert plant.session().stop_reason is StopReason.CONTACTOR_DID_NOT_CLOSE
    assert plant.session().phase is Phase.COMPLETED
    assert FaultKind.CONTACTOR_DID_NOT_CLOSE in plant.world.state.evse(EVSE).faults


def test_a_vehicle_that_does_not_ask_yet_is_no_stuck_contactor() -> None:
    plant = Plant()
    plant.plug(power_w=0)
    plant.wait()
    plant.tap()
    plant.wait(600)
    assert not plant.bodies(FaultRaised)
    assert plant.session().phase is Phase.PAUSED


def test_a_welded_contactor_ends_the_bill_and_takes_the_evse_out_of_order() -> None:
    plant = relay_plant()
    plant.wait()
    plant.tap()
    plant.plug()
    plant.wait(60)
    plant.outlet.welded = True
    plant.tap()
    plant.wait(15)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert not ended.measured_open
    assert FaultKind.CONTACTOR_DID_NOT_OPEN in plant.world.state.evse(EVSE).faults
    plant.tap()
    assert refusals(plant) == [Refusal.EVSE_OUT_OF_ORDER]


def test_a_contactor_that_welds_after_the_end_is_found() -> None:
    plant = relay_plant()
    plant.wait()
    plant.plug(power_w=0)
    plant.outlet.welded = True
    plant.wait(15)
    assert FaultKind.CONTACTOR_DID_NOT_OPEN in plant.world.state.evse(EVSE).faults


def test_several_evses_at_one_reader_ask_to_plug_in_first() -> None:
    one, two = EvseUid("EVSE-1"), EvseUid("EVSE-2")
    plant = Plant(policy=policy(one, two), site=site(one, two), outlets={one: Outlet(), two: Outlet()})
    plant.wait()
    plant.tap()
    assert refusals(plant) == [Refusal.PLUG_IN_FIRST]


def test_the_vehicle_plugged_in_last_is_the_one_meant() -> None:
    one, two = EvseUid("EVSE-1"), EvseUid("EVSE-2")
    plant = Plant(
        policy=policy(one, two),
        site=site(one, two),
        outlets={one: Outlet(), two: Outlet()},
        tokens=(token(CARD), token(SIBLING)),
    )
    plant.plug(uid=one)
    plant.wait(10)
    plant.plug(uid=two)
    plant.wait()
    plant.tap(CARD)
    plant.tap(SIBLING)
    assert plant.session(two).authorized.token.uid.value == CARD
    assert plant.session(one).authorized.token.uid.value == SIBLING
