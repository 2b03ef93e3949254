"""The simulated OCPI peer finds what a backend's integration test would find."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hwsim.ocpi_peer_shelf import Shelf

OWNER = ("DE", "ABC")

TARIFF = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "T1",
    "currency": "EUR",
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": 0.5, "vat": 19.0, "step_size": 1},
                {"type": "PARKING_TIME", "price": 2, "step_size": 1},
            ]
        }
    ],
    "last_updated": "2026-01-01T00:00:00Z",
}
TOKEN = {"country_code": "NL", "party_id": "EMS", "uid": "04A1B2C3D4E5F6", "type": "RFID", "contract_id": "NL-EMS-C1"}
PERIODS = [
    {
        "start_date_time": "2026-05-01T10:00:00Z",
        "dimensions": [{"type": "ENERGY", "volume": 4.5}, {"type": "TIME", "volume": 0.75}],
        "tariff_id": "T1",
    },
    {
        "start_date_time": "2026-05-01T10:45:00Z",
        "dimensions": [{"type": "PARKING_TIME", "volume": 0.25}],
        "tariff_id": "T1",
    },
]
SESSION = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "S1",
    "start_date_time": "2026-05-01T10:00:00Z",
    "end_date_time": "2026-05-01T11:00:00Z",
    "kwh": 4.5,
    "cdr_token": TOKEN,
    "auth_method": "WHITELIST",
    "location_id": "LOC1",
    "evse_uid": "EVSE-1",
    "connector_id": "1",
    "currency": "EUR",
    "charging_periods": PERIODS,
    "total_cost": {"excl_vat": 2.75},
    "status": "COMPLETED",
    "last_updated": "2026-05-01T11:00:01Z",
}
CDR = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "C1",
    "start_date_time": "2026-05-01T10:00:00Z",
    "end_date_time": "2026-05-01T11:00:00Z",
    "session_id": "S1",
    "cdr_token": TOKEN,
    "auth_method": "WHITELIST",
    "cdr_location": {
        "id": "LOC1",
        "address": "Hauptstrasse 1",
        "city": "Berlin",
        "postal_code": "10115",
        "country": "DEU",
        "coordinates": {"latitude": "52.520008", "longitude": "13.404954"},
        "evse_uid": "EVSE-1",
        "evse_id": "DE*ABC*E1",
        "connector_id": "1",
        "connector_standard": "IEC_62196_T2",
        "connector_format": "SOCKET",
        "connector_power_type": "AC_3_PHASE",
    },
    "currency": "EUR",
    "tariffs": [TARIFF],
    "charging_periods": PERIODS,
    "total_cost": {"excl_vat": 2.75},
    "total_energy": 4.5,
    "total_energy_cost": {"excl_vat": 2.25},
    "total_time": 1,
    "total_parking_time": 0.25,
    "total_parking_cost": {"excl_vat": 0.5},
    "last_updated": "2026-05-01T11:00:02Z",
}

Plant = Callable[[dict[str, Any]], object]


def put(session: dict[str, Any], shelf: Shelf) -> list[str]:
    findings: list[str] = []
    shelf.put_session(OWNER, "S1", json.dumps(session).encode(), findings.append)
    return findings


def post(cdr: dict[str, Any], shelf: Shelf) -> list[str]:
    findings: list[str] = []
    shelf.post_cdr(OWNER, json.dumps(cdr).encode(), findings.append)
    return findings


def planted(good: dict[str, Any], plant: Plant) -> dict[str, Any]:
    body = copy.deepcopy(good)
    plant(body)
    return body


def test_a_right_session_and_its_cdr_are_stored_without_complaint() -> None:
    shelf = Shelf()
    assert put(SESSION, shelf) == []
    assert post(CDR, shelf) == []
    assert shelf.cdrs["C1"].value["total_energy"] == SESSION["kwh"]


@pytest.mark.parametrize(
    ("plant", "finding"),
    [
        (lambda b: b.pop("currency"), "currency is missing"),
        (lambda b: b.update(kwh="4.5"), "kwh is str, not a number"),
        (lambda b: b.update(kwh=4.50001), "kwh is 4.50001, with 5 decimals"),
        (lambda b: b.update(kwh=5), "kwh is 5, but the charging periods add up to 4.5"),
        (lambda b: b.update(status="completed"), "status is 'completed'"),
        (lambda b: b.update(id="S2"), "id is 'S2', but the object was addressed as 'S1'"),
        (lambda b: b.update(country_code="NL"), "country_code is 'NL', but"),
        (lambda b: b.update(start_date_time="2026-05-01T10:00:00+00:00"), "start_date_time is"),
        (lambda b: b.update(last_updated="2026-05-01T11:00:01.123456Z"), "last_updated is"),
        (lambda b: b.update(meter_id=""), "meter_id is an empty string"),
        (lambda b: b.update(location_id="L" * 37), "location_id has 37 characters"),
        (lambda b: b.update(evse_uid="Säule"), "evse_uid is not printable ASCII"),
        (lambda b: b.update(evse_uid="#NA"), "#NA for evse_uid"),
        (lambda b: b.update(energy_wh=4500), "energy_wh is not a field"),
        (lambda b: b["cdr_token"].pop("party_id"), "cdr_token.party_id is missing"),
        (lambda b: b["charging_periods"].reverse(), "charging_periods are not in order"),
        (lambda b: b.update(end_date_time="2026-05-01T09:00:00Z"), "end_date_time lies before"),
        (lambda b: b["charging_periods"][0]["dimensions"][0].update(type="FLAT"), "dimensions[0].type is 'FLAT'"),
        (lambda b: b["charging_periods"][1].update(dimensions=[]), "dimensions is empty"),
    ],
)
def test_an_error_planted_in_a_session_is_found(plant: Plant, finding: str) -> None:
    assert any(finding in found for found in put(planted(SESSION, plant), Shelf()))


@pytest.mark.parametrize(
    ("plant", "finding"),
    [
        (lambda b: b.pop("total_time"), "total_time is missing"),
        (lambda b: b.update(charging_periods=[]), "charging_periods is empty"),
        (lambda b: b.update(total_energy=4.6), "total_energy is 4.6, but the charging periods add up to 4.5"),
        (lambda b: b.update(total_time=1.1), "total_time and reservations are 1.1 h, but start to end is 1:00:00"),
        (lambda b: b.update(total_parking_time=0.5), "total_parking_time is 0.5, but"),
        (lambda b: b.update(total_cost={"excl_vat": 2.8}), "total_cost.excl_vat is 2.8, but its parts add up to 2.75"),
        (lambda b: b.update(tariffs=[]), "tariff T1 of a charging period is not among tariffs"),
        (lambda b: b.update(last_updated="2026-05-01T10:59:59Z"), "last_updated lies before end_date_time"),
        (lambda b: b.update(id="C" * 37), "more than 36 are for credit CDRs"),
        (lambda b: b["charging_periods"][0]["dimensions"][0].update(type="POWER"), "type is 'POWER'"),
        (lambda b: b["cdr_location"].update(country="DE"), "cdr_location.country is 'DE'"),
        (lambda b: b["cdr_location"].update(evse_id="DE*ABC*1"), "cdr_location.evse_id is 'DE*ABC*1'"),
        (lambda b: b["cdr_location"].update(address="x" * 46), "cdr_location.address has 46 characters"),
        (lambda b: b["cdr_location"]["coordinates"].update(latitude="52.52"), "latitude is '52.52'"),
        (lambda b: b["tariffs"][0].pop("last_updated"), "tariffs[0].last_updated is missing"),
        (lambda b: b["tariffs"][0]["elements"][0]["price_components"][0].pop("step_size"), "step_size is missing"),
        (lambda b: b["cdr_token"].update(uid="04FFFFFF"), "cdr_token differs from the session's"),
        (lambda b: b.update(credit=True), "no credit_reference_id"),
    ],
)
def test_an_error_planted_in_a_cdr_is_found(plant: Plant, finding: str) -> None:
    shelf = Shelf()
    put(SESSION, shelf)
    assert any(finding in found for found in post(planted(CDR, plant), shelf))


@pytest.mark.parametrize(
    ("plant", "finding"),
    [
        (lambda b: b.update(kwh=4.4), "kwh fell from 4.5 to 4.4"),
        (lambda b: b.update(status="PENDING"), "status went from ACTIVE to PENDING"),
        (lambda b: b.update(last_updated="2026-05-01T10:30:00Z", meter_id="M9"), "last_updated did not grow"),
        (lambda b: b.update(currency="CHF"), "currency changed during the session"),
        (lambda b: b.update(start_date_time="2026-05-01T10:01:00Z"), "start_date_time changed"),
    ],
)
def test_an_illegal_step_in_a_sessions_life_is_found(plant: Plant, finding: str) -> None:
    shelf = Shelf()
    active = planted(SESSION, lambda b: b.update(status="ACTIVE", last_updated="2026-05-01T10:59:00Z"))
    assert put(active, shelf) == []
    assert any(finding in found for found in put(planted(active, plant), shelf))


def test_a_completed_session_may_be_repeated_but_not_changed() -> None:
    shelf = Shelf()
    put(SESSION, shelf)
    assert put(SESSION, shelf) == []
    changed = planted(SESSION, lambda b: b.update(last_updated="2026-05-01T12:00:00Z"))
    assert put(changed, shelf) == ["status went from COMPLETED to COMPLETED"]


def test_a_cdr_before_the_end_of_its_session_is_found() -> None:
    shelf = Shelf()
    put(planted(SESSION, lambda b: b.update(status="ACTIVE")), shelf)
    assert post(CDR, shelf) == ["the CDR arrived while its session is ACTIVE"]


def test_the_same_bytes_again_are_a_replay_and_other_bytes_are_not() -> None:
    shelf = Shelf()
    put(SESSION, shelf)
    post(CDR, shelf)
    assert post(CDR, shelf) == []
    assert post(planted(CDR, lambda b: b.update(remark="later")), shelf) == [
        "CDR C1 is sealed and came again with other bytes"
    ]
    assert (shelf.cdrs["C1"].replays, shelf.cdrs["C1"].forgeries) == (1, 1)
    assert "remark" not in shelf.cdrs["C1"].value


def test_a_second_cdr_for_one_session_is_found_unless_the_first_was_credited() -> None:
    shelf = Shelf()
    put(SESSION, shelf)
    post(CDR, shelf)
    assert post({**CDR, "id": "C2"}, shelf) == ["session S1 is billed twice: by C1 and by C2"]
    credit = {**CDR, "id": "C1-C", "credit": True, "credit_reference_id": "C1", "total_cost": {"excl_vat": -2.75}}
    assert post(credit, shelf) == []
    assert post({**credit, "id": "C2-C", "credit_reference_id": "C2"}, shelf) == []
    assert post({**CDR, "id": "C3"}, shelf) == []


def test_a_patch_appends_charging_periods_and_needs_last_updated() -> None:
    shelf = Shelf()
    first = planted(
        SESSION,
        lambda b: (
            b.update(status="ACTIVE", charging_periods=PERIODS[:1], last_updated="2026-05-01T10:40:00Z"),
            b.pop("end_date_time"),
        ),
    )
    put(first, shelf)
    findings: list[str] = []
    patch = {"charging_periods": PERIODS[1:], "last_updated": "2026-05-01T10:50:00Z"}
    shelf.patch_session(OWNER, "S1", json.dumps(patch).encode(), findings.append)
    assert findings == []
    assert len(shelf.sessions["S1"].value["charging_periods"]) == 2
    answer = shelf.patch_session(OWNER, "S1", b'{"kwh": 5}', findings.append)
    assert answer.ocpi == 2001
    assert findings == ["a PATCH without last_updated"]


def test_numbers_with_exponents_and_names_standing_twice_are_found() -> None:
    shelf = Shelf()
    findings: list[str] = []
    body = json.dumps(SESSION).replace('"kwh": 4.5', '"kwh": 45e-1, "kwh": 4.5').encode()
    shelf.put_session(OWNER, "S1", body, findings.append)
    assert findings == ["number 45e-1 is written with an exponent", "kwh stands twice in one object"]
