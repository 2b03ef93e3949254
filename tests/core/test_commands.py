"""What a provider may order, what comes of it, and that no order is carried out twice."""

import pytest
from ordering import APP, OTHER, Provider
from plant import EVSE, Outlet, Plant, policy, relay_plant, site, token

from gateway.core.commands import CommandKind, CommandResponse, CommandResult, Objection
from gateway.core.facts import SessionAuthorized, SessionStarted
from gateway.core.identifiers import EvseUid, TokenUid
from gateway.core.outputs import wants_energy
from gateway.core.reasons import CancelReason, Refusal, StopReason
from gateway.core.session_phase import Phase
from gateway.core.token import AuthMethod

TWO = (EvseUid("EVSE-1"), EvseUid("EVSE-2"))
CARD = "04A1B2C3D4E580"


def two_outlets() -> Plant:
    plant = Plant(policy=policy(*TWO), site=site(*TWO), outlets={uid: Outlet() for uid in TWO})
    plant.wait()
    return plant


def ready() -> Plant:
    plant = Plant()
    plant.wait()
    return plant


def test_r_68_an_ordered_start_waits_for_the_vehicle_and_carries_token_method_and_reference() -> None:
    plant = ready()
    msp = Provider(plant)
    order = msp.start(authorization_reference="REF-1")
    assert msp.response(order) is CommandResponse.ACCEPTED
    assert plant.session().phase is Phase.AUTHORIZED
    assert msp.results(order) == [CommandResult.ACCEPTED]
    plant.plug()
    plant.wait(5)
    session = plant.session()
    assert session.phase is Phase.CHARGING
    assert (session.authorized.token, session.authorized.auth_method) == (APP, AuthMethod.COMMAND)
    assert session.authorized.authorization_reference == "REF-1"


def test_with_a_vehicle_there_a_start_is_accepted_once_energy_may_flow() -> None:
    plant = ready()
    plant.outlet.meter_silent = True
    plant.plug()
    plant.wait(6)
    plant.outlet.meter_silent = False
    plant.wait(2)
    msp = Provider(plant)
    order = msp.start()
    assert wants_energy(plant.world.state, EVSE) is True
    assert msp.results(order) == [CommandResult.ACCEPTED]
    assert len(plant.bodies(SessionStarted)) == 1


def test_a_start_that_nobody_plugs_in_for_ends_as_invalid_and_leaves_the_evse_free() -> None:
    plant = ready()
    Provider(plant).start()
    plant.wait(121)
    assert (plant.session().phase, plant.session().cancel_reason) == (Phase.CANCELLED, CancelReason.PLUG_TIMEOUT)


def test_a_start_whose_meter_gives_no_reading_is_told_so() -> None:
    plant = relay_plant()
    plant.wait(2)
    plant.outlet.counter_unavailable = True
    plant.wait(2)
    msp = Provider(plant)
    order = msp.start()
    plant.wait(10)
    assert msp.results(order) == [CommandResult.EVSE_INOPERATIVE]
    assert not plant.bodies(SessionStarted)


@pytest.mark.parametrize(
    ("what", "objection", "response"),
    [
        ({"location_id": "LOC2"}, Objection.UNKNOWN_LOCATION, CommandResponse.REJECTED),
        ({"evse_uid": "EVSE-9"}, Objection.UNKNOWN_EVSE, CommandResponse.REJECTED),
        ({"evse_uid": "EVSE-1", "connector_id": "9"}, Objection.UNKNOWN_CONNECTOR, CommandResponse.REJECTED),
        ({"connector_id": "1"}, Objection.CONNECTOR_WITHOUT_EVSE, CommandResponse.REJECTED),
        ({"driver": token("APP-2", owner=OTHER)}, Objection.FOREIGN_TOKEN, CommandResponse.REJECTED),
    ],
)
def test_r_66_a_start_that_cannot_be_is_refused_at_once_with_the_reason(
    what: dict[str, object], objection: Objection, response: CommandResponse
) -> None:
    plant = ready()
    msp = Provider(plant)
    order = msp.start(**what)  # type: ignore[arg-type]
    assert (msp.response(order), msp.record(order).taken.objection) == (response, objection)
    plant.wait(70)
    assert msp.results(order) == []
    assert not plant.bodies(SessionAuthorized)


def test_r_68_the_token_of_a_start_is_not_examined_however_blocked_it_looks_here() -> None:
    plant = Plant(tokens=(token(CARD, valid=False),))
    plant.wait()
    msp = Provider(plant)
    assert msp.response(msp.start(token(CARD, valid=False))) is CommandResponse.ACCEPTED


def test_an_evse_that_is_occupied_or_out_of_order_takes_no_start() -> None:
    plant = ready()
    plant.charge(10)
    msp = Provider(plant)
    assert msp.record(msp.start()).taken.objection is Objection.EVSE_OCCUPIED
    broken = ready()
    broken.outlet.fault = "residual current"
    broken.wait(2)
    msp = Provider(broken)
    assert msp.record(msp.start()).taken.objection is Objection.EVSE_OUT_OF_ORDER


def test_of_several_evses_a_start_means_the_one_plugged_in_or_the_one_it_names() -> None:
    plant = two_outlets()
    msp = Provider(plant)
    assert msp.record(msp.start()).taken.objection is Objection.CHOOSE_EVSE
    plant.plug(uid=TWO[1])
    plant.wait()
    msp.start()
    assert plant.session(TWO[1]).authorized.token == APP
    msp.start(token("APP-0002"), evse_uid="evse-1", connector_id="1")
    assert plant.session(TWO[0]).authorized.token.uid == TokenUid("APP-0002")


def test_r_71_the_same_start_delivered_again_starts_nothing_more_and_is_answered_as_before() -> None:
    plant = ready()
    msp = Provider(plant)
    first = msp.start()
    again = msp.order(CommandKind.START_SESSION, again=first)
    assert msp.response(again) is CommandResponse.ACCEPTED
    plant.plug()
    plant.wait(5)
    msp.order(CommandKind.START_SESSION, again=first)
    assert len(plant.bodies(SessionAuthorized)) == 1
    assert msp.results(first) == [CommandResult.ACCEPTED]


def test_a_start_repeated_in_other_words_finds_the_session_that_is_there() -> None:
    plant = ready()
    msp = Provider(plant)
    msp.start(authorization_reference="REF-1")
    second = msp.start(authorization_reference="REF-1")
    assert msp.results(second) == [CommandResult.ACCEPTED]
    assert len(plant.bodies(SessionAuthorized)) == 1
    assert msp.record(msp.start(authorization_reference="REF-2")).taken.objection is Objection.EVSE_OCCUPIED


def test_a_late_repetition_does_not_begin_anew_what_has_ended() -> None:
    plant = ready()
    msp = Provider(plant)
    order = msp.start()
    plant.plug()
    plant.wait(20)
    msp.stop(plant.session().id)
    plant.wait(5)
    msp.order(CommandKind.START_SESSION, again=order)
    plant.wait(5)
    assert len(plant.bodies(SessionAuthorized)) == 1
    assert plant.session().phase is Phase.COMPLETED


def test_an_ordered_stop_is_accepted_once_the_contactor_is_seen_open() -> None:
    plant = ready()
    plant.charge(30)
    msp = Provider(plant)
    order = msp.stop(plant.session().id)
    assert msp.response(order) is CommandResponse.ACCEPTED
    assert msp.results(order) == []
    plant.wait(3)
    assert msp.results(order) == [CommandResult.ACCEPTED]
    assert plant.session().stop_reason is StopReason.COMMAND
    assert plant.session().phase is Phase.COMPLETED


def test_a_stop_that_a_welded_contactor_disobeys_has_failed() -> None:
    plant = ready()
    plant.charge(30)
    plant.outlet.welded = True
    msp = Provider(plant)
    order = msp.stop(plant.session().id)
    plant.wait(15)
    assert msp.results(order) == [CommandResult.FAILED]


def test_r_67_a_stop_that_nobody_can_see_the_outcome_of_times_out() -> None:
    plant = ready()
    plant.charge(30)
    plant.outlet.controller_silent = True
    plant.wait(1)
    msp = Provider(plant)
    order = msp.stop(plant.session().id)
    plant.wait(44)
    assert msp.results(order) == []
    plant.wait(2)
    assert msp.results(order) == [CommandResult.TIMEOUT]


def test_r_66_a_session_of_another_provider_is_not_stopped() -> None:
    plant = ready()
    plant.charge(30)
    other = Provider(plant, OTHER, "tnm")
    order = other.stop(plant.session().id)
    assert other.response(order) is CommandResponse.REJECTED
    assert other.record(order).taken.objection is Objection.FOREIGN_SESSION
    assert plant.session().phase is Phase.CHARGING


def test_a_session_nobody_knows_is_unknown_and_one_that_is_over_is_not_stopped() -> None:
    plant = ready()
    msp = Provider(plant)
    assert msp.response(msp.stop("no-such-session")) is CommandResponse.UNKNOWN_SESSION
    plant.charge(30)
    plant.tap()
    plant.wait(5)
    assert msp.record(msp.stop(plant.session().id)).taken.objection is Objection.SESSION_NOT_RUNNING


def test_r_66_a_lock_that_is_not_there_cannot_be_opened() -> None:
    plant = ready()
    msp = Provider(plant)
    order = msp.order(CommandKind.UNLOCK_CONNECTOR, location_id="LOC1", evse_uid="EVSE-1", connector_id="1")
    assert msp.response(order) is CommandResponse.NOT_SUPPORTED


def test_r_69_a_card_named_in_a_start_is_taken_for_fifteen_minutes_without_a_question() -> None:
    card = token(CARD, whitelist="NEVER")
    plant = Plant(tokens=())
    plant.wait()
    msp = Provider(plant)
    msp.start(card, authorization_reference="REF-1")
    plant.tap(CARD)
    assert plant.refusals() == [Refusal.ALREADY_AUTHORIZED]
    plant.wait(130)
    plant.tap(CARD)
    authorized = plant.session().authorized
    assert (authorized.auth_method, authorized.authorization_reference) == (AuthMethod.COMMAND, "REF-1")
    plant.wait(15 * 60)
    plant.tap(CARD)
    assert plant.refusals() == [Refusal.ALREADY_AUTHORIZED, Refusal.UNKNOWN_TOKEN]


def test_a_start_accepted_just_before_a_kill_comes_to_an_end_afterwards() -> None:
    plant = ready()
    plant.plug()
    plant.wait()
    plant.outlet.controller_silent = True
    msp = Provider(plant)
    order = msp.start()
    plant.kill(2)
    plant.outlet.controller_silent = False
    plant.wait(3)
    assert msp.results(order) == [CommandResult.ACCEPTED]
    assert len(plant.bodies(SessionAuthorized)) == 1


def test_a_command_cut_off_by_a_long_outage_has_timed_out_and_nothing_begins_later() -> None:
    plant = relay_plant()
    plant.outlet.counter_unavailable = True
    plant.wait(1)
    msp = Provider(plant)
    order = msp.start()
    plant.cut_power(300)
    plant.outlet.counter_unavailable = False
    plant.wait(20)
    assert msp.results(order)[-1] in {CommandResult.TIMEOUT, CommandResult.EVSE_INOPERATIVE}
    assert len(msp.results(order)) == 1
    assert not plant.bodies(SessionStarted)
