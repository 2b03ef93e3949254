"""Sessions and CDRs on the 2.2.1 wire; names carry the conformance rule they show."""

import json
from decimal import Decimal

import pytest
from ocpi.examples import SITE, TARIFF, at, cdr, period, session, site, token
from ocpi.sent import cdr_json, session_json

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.identifiers import TokenUid
from gateway.core.session import SessionStatus
from gateway.core.tariff import Price
from gateway.core.token import AuthMethod, TokenType
from gateway.ocpi.v2_2_1.cdr import encode_cdr
from gateway.ocpi.v2_2_1.session import encode_session


def test_a_running_session_is_this() -> None:
    assert json.loads(encode_session(session(), SITE)) == {
        "country_code": "NL",
        "party_id": "EXA",
        "id": "0b1c6a1e-6d2f-4c57-9a59-2f1f5d8a7c11",
        "start_date_time": "2026-03-01T10:00:00Z",
        "kwh": 7.333,
        "cdr_token": {
            "country_code": "DE",
            "party_id": "MSP",
            "uid": "04A1B2C3D4E5F6",
            "type": "RFID",
            "contract_id": "DE-MSP-C12345678-X",
        },
        "auth_method": "WHITELIST",
        "location_id": "LOC1",
        "evse_uid": "EVSE1",
        "connector_id": "1",
        "meter_id": "SDM630-1234",
        "currency": "EUR",
        "charging_periods": [
            {
                "start_date_time": "2026-03-01T10:00:00Z",
                "dimensions": [{"type": "ENERGY", "volume": 7.333}, {"type": "TIME", "volume": 0.75}],
                "tariff_id": "T1",
            },
            {
                "start_date_time": "2026-03-01T10:45:00Z",
                "dimensions": [{"type": "PARKING_TIME", "volume": 0.2508}],
                "tariff_id": "T1",
            },
        ],
        "status": "ACTIVE",
        "last_updated": "2026-03-01T11:00:00Z",
    }


def test_a_cdr_is_this() -> None:
    sent = json.loads(encode_cdr(cdr()))

    assert sent.pop("tariffs")[0]["id"] == "T1"
    assert sent.pop("charging_periods") == json.loads(encode_session(session(), SITE))["charging_periods"]
    assert sent.pop("cdr_token") == json.loads(encode_session(session(), SITE))["cdr_token"]
    assert sent == {
        "country_code": "NL",
        "party_id": "EXA",
        "id": "0b1c6a1e-6d2f-4c57-9a59-2f1f5d8a7c11",
        "start_date_time": "2026-03-01T10:00:00Z",
        "end_date_time": "2026-03-01T11:00:03Z",
        "session_id": "0b1c6a1e-6d2f-4c57-9a59-2f1f5d8a7c11",
        "auth_method": "WHITELIST",
        "cdr_location": {
            "id": "LOC1",
            "name": "Car park",
            "address": "Stationsplein 1",
            "city": "Utrecht",
            "postal_code": "3511 ED",
            "country": "NLD",
            "coordinates": {"latitude": "52.090737", "longitude": "5.121420"},
            "evse_uid": "EVSE1",
            "evse_id": "NL*EXA*E1001",
            "connector_id": "1",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "SOCKET",
            "connector_power_type": "AC_3_PHASE",
        },
        "meter_id": "SDM630-1234",
        "currency": "EUR",
        "total_cost": {"excl_vat": 2.4507, "incl_vat": 2.9653},
        "total_energy": 7.333,
        "total_energy_cost": {"excl_vat": 2.1999, "incl_vat": 2.6619},
        "total_time": 1.0008,
        "total_parking_time": 0.2508,
        "total_parking_cost": {"excl_vat": 0.2508, "incl_vat": 0.3035},
        "remark": "CARD",
        "last_updated": "2026-03-01T11:00:04Z",
    }


def test_r25_ids_in_the_body_are_the_owners() -> None:
    sent = session_json()

    assert (sent["country_code"], sent["party_id"], sent["id"]) == ("NL", "EXA", session().id)


def test_no_price_and_free_of_charge_are_two_things() -> None:
    assert "total_cost" not in session_json(total_cost=None)
    assert session_json(total_cost=Price(Decimal(0)))["total_cost"] == {"excl_vat": 0}


def test_a_session_leaves_out_a_period_in_which_nothing_was_measured_yet() -> None:
    empty = ChargingPeriod(at(10), (), None)

    assert "charging_periods" not in session_json(periods=(empty,))


def test_r38_the_same_cdr_is_the_same_bytes() -> None:
    assert encode_cdr(cdr()) == encode_cdr(cdr())
    assert b"\n" not in encode_cdr(cdr())


def test_r39_a_cdr_without_periods_is_refused() -> None:
    with pytest.raises(ValueError, match="charging_periods: is empty"):
        encode_cdr(cdr(periods=()))


def test_r39_a_cdr_period_without_dimensions_is_refused() -> None:
    with pytest.raises(ValueError, match=r"charging_periods\[0\]\.dimensions: is empty"):
        encode_cdr(cdr(periods=(ChargingPeriod(at(10), (), "T1"),)))


def test_r40_what_sums_up_in_the_core_sums_up_on_the_wire() -> None:
    sent = cdr_json()
    volumes = {
        name: sum(d["volume"] for p in sent["charging_periods"] for d in p["dimensions"] if d["type"] == name)
        for name in ("ENERGY", "TIME", "PARKING_TIME")
    }

    assert volumes["ENERGY"] == sent["total_energy"]
    assert volumes["TIME"] + volumes["PARKING_TIME"] == sent["total_time"]
    assert volumes["PARKING_TIME"] == sent["total_parking_time"] <= sent["total_time"]


def test_r41_periods_keep_their_order() -> None:
    starts = [p["start_date_time"] for p in cdr_json()["charging_periods"]]

    assert starts == sorted(starts)
    assert starts[0] == cdr_json()["start_date_time"]


def test_r42_a_cdr_knows_no_session_only_dimension_and_no_flat() -> None:
    volumes = {
        "ENERGY": "1", "MAX_CURRENT": "16", "MIN_CURRENT": "6", "MAX_POWER": "11", "MIN_POWER": "4",
        "PARKING_TIME": "1", "RESERVATION_TIME": "1", "TIME": "1",
    }  # fmt: skip
    [sent] = cdr_json(periods=(period(at(10), **volumes),))["charging_periods"]

    assert {d["type"] for d in sent["dimensions"]} == volumes.keys()


def test_r43_the_token_is_complete_and_as_at_the_start() -> None:
    sent = cdr_json(auth_method=AuthMethod.AUTH_REQUEST, authorization_reference="AR-1")

    assert sent["cdr_token"] == {
        "country_code": "DE",
        "party_id": "MSP",
        "uid": "04A1B2C3D4E5F6",
        "type": "RFID",
        "contract_id": "DE-MSP-C12345678-X",
    }
    assert (sent["auth_method"], sent["authorization_reference"]) == ("AUTH_REQUEST", "AR-1")


def test_r43_the_case_of_a_uid_is_kept() -> None:
    assert cdr_json(token=token(uid=TokenUid("04a1B2")))["cdr_token"]["uid"] == "04a1B2"


def test_an_emaid_is_other_for_a_peer_of_2_2_1() -> None:
    assert session_json(token=token(type=TokenType.EMAID))["cdr_token"]["type"] == "OTHER"


def test_a_period_priced_by_a_tariff_that_is_not_in_the_cdr_is_refused() -> None:
    with pytest.raises(ValueError, match="tariff T9 is not the tariff in the CDR"):
        encode_cdr(cdr(periods=(period(at(10), "T9", ENERGY="1"),)))


def test_a_cdr_without_tariff_has_none_and_the_sites_currency() -> None:
    sent = cdr_json(tariff=None, periods=(period(at(10), None, ENERGY="1"),), site=site(currency="SEK"))

    assert "tariffs" not in sent
    assert "tariff_id" not in sent["charging_periods"][0]
    assert sent["currency"] == "SEK"


def test_the_tariff_in_the_cdr_is_the_whole_object() -> None:
    [sent] = cdr_json()["tariffs"]

    assert (sent["country_code"], sent["party_id"], sent["id"]) == ("NL", "EXA", TARIFF.id)
    assert len(sent["elements"]) == 2


@pytest.mark.parametrize("status", list(SessionStatus))
def test_status_words_are_ocpis(status: SessionStatus) -> None:
    assert session_json(status=status)["status"] == status.name
