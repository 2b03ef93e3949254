"""What a provider orders over HTTP: the answer at once, the result at the very address it named."""

import json
from pathlib import Path
from typing import Any

import pytest
from live_cpo import Live, Provider, live
from plant import EVSE
from roaming import a_token

from gateway.core.facts import SessionAuthorized
from gateway.core.session_phase import Phase
from gateway.core.token import AuthMethod

APP = a_token("APP-0001", type="APP_USER", whitelist="NEVER")
pytestmark = pytest.mark.slow  # each runs both platforms over sockets and files
START = {"token": APP, "location_id": "LOC1", "evse_uid": EVSE, "authorization_reference": "REF-1"}
EXPIRY = "2026-03-02T00:30:00Z"
RESERVE = {"token": APP, "location_id": "LOC1", "evse_uid": EVSE, "reservation_id": "R-1", "expiry_date": EXPIRY}


async def pulled(site: Live) -> Any:
    return (await site.cpo.get("/2.2.1/sessions?date_from=2026-01-01T00:00:00Z", site.token)).data


async def test_r_67_a_start_is_answered_at_once_and_its_result_comes_to_the_very_address(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        got = await site.order("START_SESSION", START)
        assert (got.status, got.code, got.data) == (200, 1000, {"result": "ACCEPTED", "timeout": 60})
        assert await site.emsp.told() == [
            {"result": "ACCEPTED", "message": [{"language": "en", "text": "authorised; waits for the vehicle"}]}
        ]
        ((url, headers, _),) = site.emsp.results
        assert url == "/results/START_SESSION?n=1"
        assert headers["Authorization"].startswith("Token ")
        assert (headers["OCPI-from-party-id"], headers["OCPI-to-party-id"]) == ("ABC", "MSP")
        assert headers["X-Request-ID"] != headers["X-Correlation-ID"]
        (session,) = await pulled(site)
        assert (session["status"], session["auth_method"]) == ("PENDING", "COMMAND")
        assert (session["cdr_token"]["uid"], session["authorization_reference"]) == ("APP-0001", "REF-1")


async def test_r_68_the_driver_charges_and_the_cdr_carries_what_the_order_said(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        await site.order("START_SESSION", START)
        site.box.outlet.plugged, site.box.outlet.power_w = True, 11_000
        await site.box.wait(120)
        stop = await site.order("STOP_SESSION", {"session_id": site.session.id})
        assert stop.data["result"] == "ACCEPTED"
        await site.box.wait(3)
        assert [said["result"] for said in await site.emsp.told(2)] == ["ACCEPTED", "ACCEPTED"]
        (cdr,) = (await site.cpo.get("/2.2.1/cdrs", site.token)).data
        assert (cdr["auth_method"], cdr["authorization_reference"]) == ("COMMAND", "REF-1")
        assert (cdr["cdr_token"]["uid"], cdr["remark"]) == ("APP-0001", "ended by a command of the driver's provider")
        assert cdr["total_energy"] > 0


async def test_r_71_the_same_start_sent_again_is_answered_alike_and_starts_nothing_more(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        first = await site.order("START_SESSION", START)
        again = await site.order("START_SESSION", START)
        assert first.data == again.data
        await site.emsp.told()
        await site.box.wait(2)
        assert len(site.emsp.results) == 1
        facts = await site.box.facts()
        assert sum(isinstance(fact.body, SessionAuthorized) for fact in facts) == 1


@pytest.mark.parametrize(
    ("name", "body", "code", "result"),
    [
        ("START_SESSION", START | {"location_id": "LOC9"}, 2003, "REJECTED"),
        ("START_SESSION", START | {"evse_uid": "EVSE-9"}, 1000, "REJECTED"),
        ("START_SESSION", START | {"token": APP | {"country_code": "NL", "party_id": "TNM"}}, 1000, "REJECTED"),
        ("STOP_SESSION", {"session_id": "nobody-knows"}, 1000, "UNKNOWN_SESSION"),
        ("CANCEL_RESERVATION", {"reservation_id": "R-9"}, 1000, "REJECTED"),
        ("UNLOCK_CONNECTOR", {"location_id": "LOC1", "evse_uid": EVSE, "connector_id": "1"}, 1000, "NOT_SUPPORTED"),
        ("DANCE", {}, 1000, "NOT_SUPPORTED"),
    ],
)
async def test_r_66_what_cannot_be_done_is_said_at_once_and_has_no_result(
    tmp_path: Path, name: str, body: dict[str, Any], code: int, result: str
) -> None:
    async with live(tmp_path) as site:
        got = await site.order(name, body)
        assert (got.status, got.code, got.data["result"]) == (200, code, result)
        await site.box.wait(2)
        assert site.emsp.results == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"location_id": "LOC1"}, "token: is missing"),
        ({"token": APP}, "location_id: is missing"),
        ({"token": {"uid": "X"}, "location_id": "LOC1"}, "token: country_code: is missing"),
        ({"token": APP, "location_id": "L" * 37}, "location_id: has 37 characters"),
        ({"token": APP, "location_id": 7}, "expected `str | null`, got `int`"),
    ],
)
async def test_a_malformed_order_is_told_what_is_wrong_with_it(tmp_path: Path, body: dict[str, Any], said: str) -> None:
    async with live(tmp_path) as site:
        got = await site.order("START_SESSION", body)
        assert (got.status, got.code) == (200, 2001)
        assert said in got.envelope["status_message"]


async def test_an_order_without_a_place_for_its_result_is_refused(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        got = await site.cpo.ask("POST", "/2.2.1/commands/START_SESSION", site.token, START)
        assert got.code == 2001
        assert (await site.cpo.get("/2.2.1/commands/START_SESSION", site.token)).status == 405
        assert (await site.cpo.ask("POST", "/2.2.1/commands/START_SESSION", None, START)).status == 401


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/r", "https://10.0.0.5/r", "https://[::1]/r", "https://[::ffff:10.0.0.1]/r"),
        *("https://169.254.169.254/latest", "https://localhost/r", "ftp://msp.example.com/r", "file:///etc/passwd"),
        *(
            "https://user:pw@msp.example.com/r",
            "https://[fe80::1]/r",
            "https://0.0.0.0/r",
            "https://[64:ff9b::a00:1]/r",
        ),
    ],
)
async def test_r_72_a_result_is_not_sent_into_our_own_network(tmp_path: Path, url: str) -> None:
    async with live(tmp_path, private_response_urls=False) as site:
        got = await site.order("START_SESSION", START | {"response_url": url})
        assert got.code == 2001
        assert "response_url" in got.envelope["status_message"]
        assert site.session is None


async def test_r_72_a_name_that_leads_into_our_own_network_is_noticed_when_connecting(tmp_path: Path) -> None:
    async with live(tmp_path, private_response_urls=False) as site:
        named = f"http://127.1:{site.emsp.port}/results/START_SESSION"
        got = await site.order("START_SESSION", START | {"response_url": named})
        assert got.data["result"] == "ACCEPTED"
        await site.box.wait(61)
        assert site.emsp.results == []


async def test_a_peer_that_stumbles_is_told_again_and_no_more_once_it_has_understood(tmp_path: Path) -> None:
    emsp = Provider(result_status=[503])
    async with live(tmp_path, emsp=emsp) as site:
        await site.order("START_SESSION", START)
        assert [said["result"] for said in await site.emsp.told(2)] == ["ACCEPTED", "ACCEPTED"]
        await site.box.wait(3)
        assert len(site.emsp.results) == 2


async def test_a_reservation_is_seen_by_all_and_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        assert (await site.order("RESERVE_NOW", RESERVE)).data["result"] == "ACCEPTED"
        await site.emsp.told()
        evse = (await site.cpo.get(f"/2.2.1/locations/LOC1/{EVSE}", site.token)).data
        assert evse["status"] == "RESERVED"
        assert {"RESERVABLE", "REMOTE_START_STOP_CAPABLE"} <= set(evse["capabilities"])
        (session,) = await pulled(site)
        assert (session["status"], session["kwh"]) == ("RESERVATION", 0)
        assert (await site.order("CANCEL_RESERVATION", {"reservation_id": "R-1"})).data["result"] == "ACCEPTED"
        await site.emsp.told(2)
        (session,) = await pulled(site)
        assert session["status"] == "COMPLETED"
        assert (await site.cpo.get("/2.2.1/cdrs", site.token)).data == []


async def test_the_endpoints_say_that_orders_are_taken(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        details = (await site.cpo.get("/2.2.1", site.token)).data
        offered = {(each["identifier"], each["role"]) for each in details["endpoints"]}
        assert {("commands", "RECEIVER"), ("chargingprofiles", "RECEIVER")} <= offered


async def test_r_55_a_card_is_asked_about_with_our_location_and_the_reference_is_carried(tmp_path: Path) -> None:
    emsp = Provider(authorization={"allowed": "ALLOWED", "token": a_token("04AA"), "authorization_reference": "REF-7"})
    async with live(tmp_path, emsp=emsp) as site:
        site.box.outlet.plugged, site.box.outlet.power_w = True, 11_000
        await site.box.wait(2)
        await site.box.tap("04AA")
        await site.asked()
        assert emsp.questions == [("04AA", {"location_id": "LOC1", "evse_uids": [EVSE]})]
        authorized = site.session.authorized
        assert (authorized.auth_method, authorized.authorization_reference) == (AuthMethod.AUTH_REQUEST, "REF-7")
        assert (authorized.token.owner.party_id, authorized.token.uid.value) == ("MSP", "04AA")


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        ("accept", {"allowed": "BLOCKED", "token": a_token("04AA")}),
        (
            "accept",
            {"allowed": "ALLOWED", "token": a_token("04AA"), "location": {"location_id": "LOC1", "evse_uids": ["X"]}},
        ),
        ("accept", {"allowed": "ALLOWED", "token": a_token("04BB")}),
        ("accept", {"allowed": "ALLOWED", "token": a_token("04AA", party_id="XYZ")}),
        ("accept", {"nonsense": True}),
        ("unknown", {}),
        ("down", {}),
    ],
)
async def test_r_55_a_card_whose_owner_does_not_say_yes_begins_nothing(
    tmp_path: Path, mode: str, answer: dict[str, Any]
) -> None:
    async with live(tmp_path, emsp=Provider(mode=mode, authorization=answer)) as site:
        await site.box.tap("04AA")
        await site.asked()
        assert site.session is None


async def test_a_slow_owner_does_not_hold_up_the_driver_for_long(tmp_path: Path) -> None:
    async with live(tmp_path, emsp=Provider(mode="slow")) as site:
        await site.cpo.registry.keep_token(_known(a_token("04AA", whitelist="ALLOWED_OFFLINE")))
        site.box.outlet.plugged = True
        await site.box.wait(1)
        await site.box.tap("04AA")
        await site.box.wait(6)
        assert site.session.authorized.basis == "its owner could not be asked"


def _known(token: dict[str, Any]) -> Any:
    from gateway.ocpi.v2_2_1.token_object import read_token  # noqa: PLC0415 - beside its only use

    return read_token(json.dumps(token).encode())


async def charging(site: Live) -> None:
    await site.order("START_SESSION", START)
    site.box.outlet.plugged, site.box.outlet.power_w = True, 11_000
    await site.box.wait(5)
    assert site.session.phase is Phase.CHARGING


PROFILE = {
    "charging_rate_unit": "W",
    "charging_profile_period": [{"start_period": 0, "limit": 6900.0}, {"start_period": 600, "limit": 0}],
    "duration": 1200,
}


async def test_a_charging_profile_limits_the_current_and_is_told_when_asked_for(tmp_path: Path) -> None:
    async with live(tmp_path, limitable=True) as site:
        await charging(site)
        path, reply = f"/2.2.1/chargingprofiles/{site.session.id}", f"{site.emsp.root}/results/p"
        put = await site.cpo.ask("PUT", path, site.token, {"charging_profile": PROFILE, "response_url": reply})
        assert put.data == {"result": "ACCEPTED", "timeout": 60}
        asked = {"duration": "900", "response_url": reply}
        assert (await site.cpo.get(path, site.token, params=asked)).data["result"] == "ACCEPTED"
        _, said, active = await site.emsp.told(3)
        assert said == {"result": "ACCEPTED"}
        profile = active["profile"]["charging_profile"]
        assert profile["charging_rate_unit"] == "A"
        assert profile["charging_profile_period"][0] == {"start_period": 0, "limit": 10}
        assert profile["charging_profile_period"][1]["limit"] == 0
        gone = await site.cpo.ask("DELETE", path, site.token, params={"response_url": reply})
        assert gone.data["result"] == "ACCEPTED"
        assert (await site.emsp.told(4))[-1] == {"result": "ACCEPTED"}


async def test_r_37_a_relay_cannot_be_limited_and_takes_no_preferences(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        await charging(site)
        body = {"charging_profile": PROFILE, "response_url": f"{site.emsp.root}/results/p"}
        path = f"/2.2.1/chargingprofiles/{site.session.id}"
        assert (await site.cpo.ask("PUT", path, site.token, body)).data["result"] == "NOT_SUPPORTED"
        wish = f"/2.2.1/sessions/{site.session.id}/charging_preferences"
        got = await site.cpo.ask("PUT", wish, site.token, {"profile_type": "FAST"})
        assert (got.status, got.code) == (404, 2001)


@pytest.mark.parametrize(
    ("wish", "response"),
    [("FAST", "ACCEPTED"), ("REGULAR", "ACCEPTED"), ("CHEAP", "PROFILE_TYPE_NOT_SUPPORTED")],
)
async def test_r_37_preferences_are_taken_as_far_as_they_can_be_met(tmp_path: Path, wish: str, response: str) -> None:
    async with live(tmp_path, limitable=True) as site:
        await charging(site)
        path = f"/2.2.1/sessions/{site.session.id}/charging_preferences"
        body = {"profile_type": wish, "departure_time": "2026-03-02T08:00:00Z", "energy_need": 12.5}
        assert (await site.cpo.ask("PUT", path, site.token, body)).data == response
        assert (await site.cpo.ask("PUT", path, site.token, {"profile_type": "MAGIC"})).code == 2001
