"""Orders as peers write them, where their results may go, and what an owner's word on a card means."""

import json
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plant import EVSE, site

from gateway.core.commands import CommandKind, CommandResult, RateUnit
from gateway.core.facts_roaming import Outcome
from gateway.core.identifiers import TokenUid
from gateway.ocpi.envelope import Answer
from gateway.ocpi.response_url import is_public, url_problem
from gateway.ocpi.v2_2_1.authorization import read_said
from gateway.ocpi.v2_2_1.command import UnknownCommand, encode_result, key_of, read_command, read_profile

URL = "https://msp.example.com/results/1?key=a%20b"
TOKEN = {
    "country_code": "DE",
    "party_id": "MSP",
    "uid": "04AA",
    "type": "RFID",
    "contract_id": "DE8ACC12E46L89",
    "issuer": "Provider",
    "valid": True,
    "whitelist": "ALLOWED",
    "last_updated": "2026-03-02T00:00:00Z",
}


def wire(**body: Any) -> bytes:
    return json.dumps({"response_url": URL, **body}).encode()


def test_a_start_is_read_whole_and_its_response_url_is_not_touched() -> None:
    body = wire(token=TOKEN, location_id="LOC1", evse_uid="E", connector_id="1", authorization_reference="REF")
    command, url = read_command("START_SESSION", body)
    assert url == URL
    assert command.kind is CommandKind.START_SESSION
    assert command.token is not None
    assert (command.token.uid.value, command.connector_id, command.authorization_reference) == ("04AA", "1", "REF")


def test_what_is_null_or_empty_is_absent() -> None:
    command, _ = read_command("START_SESSION", wire(token=TOKEN, location_id="L", evse_uid=None, connector_id=""))
    assert (command.evse_uid, command.connector_id) == (None, None)


def test_an_expiry_without_a_zone_is_utc() -> None:
    body = wire(token=TOKEN, location_id="L", reservation_id="R", expiry_date="2026-03-02T10:00:00")
    command, _ = read_command("RESERVE_NOW", body)
    assert command.expires is not None
    assert command.expires.isoformat() == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("START_SESSION", {"location_id": "L"}, "token: is missing"),
        ("START_SESSION", {"token": None, "location_id": "L"}, "token: is missing"),
        ("STOP_SESSION", {}, "session_id: is missing"),
        ("CANCEL_RESERVATION", {"reservation_id": "R" * 37}, "reservation_id: must be 1 to 36"),
        ("RESERVE_NOW", {"token": TOKEN, "location_id": "L", "reservation_id": "R", "expiry_date": "soon"}, "DateTime"),
    ],
)
def test_an_order_that_lacks_something_says_what(name: str, body: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r".") as problem:
        read_command(name, wire(**body))
    assert said in str(problem.value)


def test_a_profile_is_no_command_by_name() -> None:
    with pytest.raises(UnknownCommand):
        read_command("SET_CHARGING_PROFILE", wire())


def test_the_same_content_has_the_same_key_however_it_is_laid_out() -> None:
    one, other = b'{"a":1,"b":[2]}', b'{ "b": [2],\n"a": 1 }'
    assert key_of("X", {}, one) == key_of("X", {}, other)
    assert key_of("X", {}, one) != key_of("Y", {}, one)
    assert key_of("X", {"duration": "9"}, b"") != key_of("X", {"duration": "8"}, b"")


def test_a_charging_profile_is_read_with_exact_limits() -> None:
    periods = [{"start_period": 0, "limit": 16.5}, {"start_period": 60, "limit": 0}]
    profile = {"charging_rate_unit": "A", "charging_profile_period": periods, "min_charging_rate": 6.1}
    command, _ = read_profile("S1", wire(charging_profile=profile))
    assert command.profile is not None
    assert command.profile.unit is RateUnit.A
    assert [period.limit for period in command.profile.periods] == [Decimal("16.5"), 0]


@pytest.mark.parametrize(
    "periods",
    [
        [{"start_period": 60, "limit": 1}, {"start_period": 0, "limit": 1}],
        [{"start_period": 0, "limit": -1}],
        [{"start_period": -5, "limit": 1}],
        [{"start_period": n, "limit": 1} for n in range(1001)],
    ],
)
def test_a_charging_profile_that_makes_no_sense_is_refused(periods: list[dict[str, int]]) -> None:
    profile = {"charging_rate_unit": "A", "charging_profile_period": periods}
    with pytest.raises(ValueError, match="charging_profile_period"):
        read_profile("S1", wire(charging_profile=profile))


def test_profiles_have_fewer_words_for_what_came_of_them() -> None:
    said = json.loads(encode_result(CommandKind.SET_CHARGING_PROFILE, CommandResult.TIMEOUT, "", None))
    assert said == {"result": "REJECTED"}


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        (URL, True),
        ("https://93.184.216.34/r", True),
        ("http://msp.example.com/r", False),
        ("https://127.0.0.1/r", False),
        ("https://192.168.1.1/r", False),
        ("https://100.64.0.1/r", False),
        ("https://[fd00::1]/r", False),
        ("https://[2002:0a00:0001::]/r", False),
        ("https://cabinet.local/r", False),
        ("https://localhost./r", False),
        ("gopher://msp.example.com", False),
        ("https://", False),
        ("https://msp.example.com:99999/", False),
        ("https://msp.example.com/\r\nX: y", False),
        ("https://msp.example.com/" + "x" * 300, False),
    ],
)
def test_r_72_results_go_to_public_https_addresses(url: str, is_allowed: bool) -> None:  # noqa: FBT001 - a column
    assert (url_problem(url, allows_http=False, allows_private=False) is None) is is_allowed


@given(st.ip_addresses())
def test_no_address_that_is_private_is_public_in_disguise(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(address)
    if address.version == 4 and not is_public(address):
        assert not is_public(ip_address(f"::ffff:{address}"))
        assert not is_public(ip_address(f"64:ff9b::{address}"))


def answered(data: Any, status: int = 200, code: int = 1000) -> Answer:
    body = {"status_code": code, "timestamp": "2026-03-02T00:00:00Z", "data": data}
    return Answer(status, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answered({"allowed": "ALLOWED", "token": TOKEN}), Outcome.ALLOWED),
        (answered([{"allowed": "ALLOWED", "token": TOKEN}]), Outcome.ALLOWED),
        (
            answered({"allowed": "ALLOWED", "location": {"location_id": "loc1", "evse_uids": ["evse-1"]}}),
            Outcome.ALLOWED,
        ),
        (answered({"allowed": "ALLOWED", "location": {"location_id": "LOC1"}}), Outcome.ALLOWED),
        (answered({"allowed": "ALLOWED", "location": {"location_id": "LOC2"}}), Outcome.NOT_ALLOWED_HERE),
        (
            answered({"allowed": "ALLOWED", "location": {"location_id": "LOC1", "evse_uids": ["X"]}}),
            Outcome.NOT_ALLOWED_HERE,
        ),
        (answered({"allowed": "NO_CREDIT", "token": TOKEN}), Outcome.NO_CREDIT),
        (answered({"allowed": "OFFLINE"}), Outcome.NOT_ALLOWED),
        (answered({"allowed": "MAYBE"}), Outcome.NOT_ALLOWED),
        (answered(None, 404, 2004), Outcome.UNKNOWN),
        (answered(None, 200, 2004), Outcome.UNKNOWN),
        (answered(None, 200, 2002), Outcome.NOT_ALLOWED),
        (answered(None, 500, 3000), None),
        (answered(None, 200, 3000), None),
        (answered(None, 401, 2000), None),
        (Answer(200, b"<html>"), None),
    ],
)
def test_r_09_r_55_what_an_owner_answers_is_taken_at_its_word_and_nothing_else(
    answer: Answer, outcome: Outcome | None
) -> None:
    assert read_said(answer, site(), EVSE, TokenUid("04aa")).outcome is outcome
