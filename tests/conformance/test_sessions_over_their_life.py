"""What a backend is told of a session from its first card to its end, whatever comes between."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from ordering import Provider
from plant import EVSE, MIDNIGHT, Plant, relay_plant, token

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.outputs import status_of
from gateway.core.reasons import FaultKind
from gateway.core.rows import Owe
from gateway.core.telemetry import EvseStatus
from gateway.ocpi.versions import Endpoints, target
from gateway.projection import project

OTHER_CARD = "04FFEEDDCCBBAA"
WHOLE = {
    "country_code",
    "party_id",
    "id",
    "start_date_time",
    "kwh",
    "cdr_token",
    "auth_method",
    "location_id",
    "evse_uid",
    "connector_id",
    "currency",
    "status",
    "last_updated",
}


def deliveries(plant: Plant, kind: ObjectKind) -> Iterator[Delivery]:
    """Everything that a backend came to be owed, in its order."""
    for change in project(plant.facts):
        if isinstance(change, Owe) and change.delivery.kind is kind:
            yield change.delivery


def states(plant: Plant) -> list[dict[str, Any]]:
    return [json.loads(delivery.body) for delivery in deliveries(plant, ObjectKind.SESSION)]


def test_r_27_a_session_that_waited_for_its_vehicle_starts_when_energy_may_flow() -> None:
    plant = Plant()
    plant.wait(2)
    plant.tap()
    plant.wait(45)
    plant.plug()
    plant.wait(30)
    first, second = states(plant)[:2]
    assert [first["status"], second["status"]] == ["PENDING", "ACTIVE"]
    assert first["start_date_time"] < second["start_date_time"] == "2026-03-02T00:00:48Z"


def test_r_27_last_updated_grows_with_every_state() -> None:
    plant = Plant()
    plant.charge(seconds=400)
    plant.tap()
    plant.wait(5)
    updated = [datetime.fromisoformat(state["last_updated"]) for state in states(plant)]
    assert updated == sorted(set(updated))
    assert len(updated) > 5


@pytest.mark.parametrize("cut_s", [1, 40, 700])
def test_r_32_after_a_power_cut_a_session_goes_on_and_is_billed_once_with_the_meters_energy(cut_s: int) -> None:
    plant = Plant()
    began_wh = plant.outlet.shown_wh
    plant.charge(seconds=120)
    plant.cut_power(down_s=cut_s)
    plant.wait(90)
    plant.tap()
    plant.wait(5)
    assert len({state["id"] for state in states(plant)}) == 1
    (cdr,) = deliveries(plant, ObjectKind.CDR)
    assert began_wh is not None
    assert plant.outlet.shown_wh is not None
    assert json.loads(cdr.body)["total_energy"] == (plant.outlet.shown_wh - began_wh) / 1000


def test_r_32_a_vehicle_that_left_during_the_cut_ends_its_session_once() -> None:
    plant = Plant()
    plant.charge(seconds=120)
    plant.unplug()
    plant.cut_power(down_s=3600)
    plant.wait(60)
    assert [state["status"] for state in states(plant)].count("COMPLETED") == 1
    assert len(list(deliveries(plant, ObjectKind.CDR))) == 1


def test_r_30_nothing_follows_on_a_session_that_has_ended() -> None:
    plant = relay_plant()
    plant.charge(seconds=120)
    plant.tap()
    plant.wait(900)
    plant.kill()
    plant.wait(60)
    assert [state["status"] for state in states(plant)].index("COMPLETED") == len(states(plant)) - 1


def test_r_28_r_34_a_session_always_goes_out_whole() -> None:
    plant = Plant()
    plant.charge(seconds=200)
    plant.tap()
    plant.wait(5)
    known = Endpoints("https://msp.example/sessions", "https://msp.example/cdrs")
    for delivery in deliveries(plant, ObjectKind.SESSION):
        assert target(known, delivery)[0] == "PUT"
        assert json.loads(delivery.body).keys() >= WHOLE


def test_r_29_each_state_has_all_periods_of_the_ones_before() -> None:
    plant = Plant()
    plant.charge(seconds=400)
    plant.plug(power_w=0)
    plant.wait(200)
    plant.plug()
    plant.wait(60)
    plant.tap()
    plant.wait(5)
    begun: list[str] = []
    for state in states(plant):
        periods = [period["start_date_time"] for period in state.get("charging_periods", [])]
        assert periods[: len(begun)] == begun
        begun = periods
    assert len(begun) > 2


def test_r_58_a_card_of_the_same_group_ends_the_session() -> None:
    mine, of_the_group = token("04A1B2C3D4E580", group_id="FLEET"), token(OTHER_CARD, group_id="FLEET")
    plant = Plant(tokens=(mine, of_the_group))
    plant.charge(seconds=60)
    plant.tap(OTHER_CARD)
    plant.wait(5)
    last = states(plant)[-1]
    assert last["status"] == "COMPLETED"
    assert last["cdr_token"]["uid"] == mine.uid.value


@pytest.mark.parametrize("with_meter", [False, True])
def test_r_65_an_evse_that_does_not_answer_is_unknown_until_it_does(*, with_meter: bool) -> None:
    plant = Plant()
    assert status_of(plant.world.state, EVSE, seen=False) is EvseStatus.UNKNOWN
    plant.wait(2)
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.AVAILABLE
    plant.outlet.controller_silent, plant.outlet.meter_silent = True, with_meter
    plant.wait(60)
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.UNKNOWN
    plant.outlet.controller_silent = plant.outlet.meter_silent = False
    plant.wait(5)
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.AVAILABLE


def test_r_65_an_evse_that_is_known_to_be_broken_stays_out_of_order_when_it_falls_silent() -> None:
    plant = Plant()
    plant.charge()
    plant.outlet.fault = "residual current"
    plant.wait(3)
    plant.outlet.controller_silent = True
    plant.wait(60)
    assert FaultKind.CONTROLLER_LOST in plant.world.state.evse(EVSE).faults
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.OUTOFORDER


@pytest.mark.parametrize("somebody_comes", [False, True])
def test_r_36_a_reservation_has_its_evse_from_the_start_to_the_bill(*, somebody_comes: bool) -> None:
    card = token(OTHER_CARD)
    plant = Plant(tokens=(card,))
    plant.wait()
    Provider(plant).reserve(card)
    if somebody_comes:
        plant.plug()
        plant.tap(OTHER_CARD)
        plant.wait(60)
        plant.tap(OTHER_CARD)
    plant.wait(1900)
    seen = states(plant)
    assert {state["status"] for state in seen} >= {"RESERVATION", "COMPLETED"}
    assert {(state["evse_uid"], state["connector_id"]) for state in seen} == {(EVSE, "1")}
    for cdr in deliveries(plant, ObjectKind.CDR):
        assert "#NA" not in cdr.body.decode()


def test_r_75_owner_and_age_of_a_token_are_what_its_owner_wrote() -> None:
    plant = Plant(tokens=(token("04A1B2C3D4E580", last_updated=MIDNIGHT),))
    plant.charge(seconds=60)
    plant.tap()
    plant.wait(5)
    (cdr,) = deliveries(plant, ObjectKind.CDR)
    named = json.loads(cdr.body)["cdr_token"]
    assert (named["country_code"], named["party_id"]) == ("DE", "MSP")
