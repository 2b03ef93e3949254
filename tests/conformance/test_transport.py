"""What every request to our endpoints meets: authorisation, ids, routing, envelopes, and HTTP's own rules."""

import asyncio
import re
from pathlib import Path

import pytest
from roaming import IDS, ROUTING, Cpo, Emsp, a_token, authorized, befriend, serving

# Each test has a server, a journal and a registry of its own.
pytestmark = pytest.mark.slow

ENDPOINTS = (
    "/versions",
    "/2.2.1",
    "/2.2.1/credentials",
    "/2.2.1/locations",
    "/2.2.1/locations/LOC1/EVSE-1/1",
    "/2.2.1/sessions?date_from=2020-01-01T00:00:00Z",
    "/2.2.1/cdrs",
    "/2.2.1/tariffs",
    "/2.2.1/tokens/DE/MSP/04A1B2C3D4E580",
    "/2.2.1/nonsense",
    "/",
)
FUNCTIONAL = tuple(path for path in ENDPOINTS[3:9])
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_r_02_without_a_known_token_every_endpoint_is_401_with_an_envelope(cpo: Cpo, path: str) -> None:
    for headers in ({}, authorized("wrong"), {"Authorization": "Bearer abc"}, {"Authorization": "Token"}):
        got = await cpo.ask("GET", path, headers=headers)
        assert got.status == 401
        assert got.code == 2000
        assert got.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("path", FUNCTIONAL)
async def test_r_02_token_a_opens_no_functional_module(cpo: Cpo, path: str) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    assert (await cpo.get(path, token_a)).status == 401


async def test_r_02_a_token_is_understood_in_base64_with_a_newline_and_raw(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    for headers in (authorized(token), authorized(f"{token}\n"), authorized(token, raw=True)):
        assert (await cpo.ask("GET", "/2.2.1/tariffs", headers=headers)).status == 200


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_r_04_both_ids_come_back_also_on_errors(cpo: Cpo, emsp: Emsp, path: str) -> None:
    token = await befriend(cpo, emsp)
    for got in (await cpo.get(path, token), await cpo.get(path), await cpo.ask("PURGE", path, token)):
        assert {name: got.headers[name] for name in IDS} == IDS


@pytest.mark.parametrize("path", FUNCTIONAL)
async def test_r_05_routing_headers_are_swapped_in_the_answer(cpo: Cpo, emsp: Emsp, path: str) -> None:
    got = await cpo.get(path, await befriend(cpo, emsp))
    assert got.headers["OCPI-from-country-code"] == ROUTING["OCPI-to-country-code"]
    assert got.headers["OCPI-from-party-id"] == ROUTING["OCPI-to-party-id"]
    assert got.headers["OCPI-to-country-code"] == ROUTING["OCPI-from-country-code"]
    assert got.headers["OCPI-to-party-id"] == ROUTING["OCPI-from-party-id"]


@pytest.mark.parametrize("path", ENDPOINTS[:3])
async def test_r_05_configuration_modules_answer_without_routing_headers(cpo: Cpo, emsp: Emsp, path: str) -> None:
    got = await cpo.get(path, await befriend(cpo, emsp))
    assert not [name for name in got.headers if name.lower().startswith("ocpi-")]


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b'{"a": 01}', b"\xff\xfe", b'"\xc3("'])
async def test_r_06_a_body_that_is_not_json_is_400(cpo: Cpo, emsp: Emsp, body: bytes) -> None:
    got = await cpo.ask("PUT", "/2.2.1/tokens/DE/MSP/04A1", await befriend(cpo, emsp), body)
    assert (got.status, got.code) == (400, 2000)


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_r_06_r_07_every_answer_is_a_json_envelope_with_code_and_time(cpo: Cpo, emsp: Emsp, path: str) -> None:
    got = await cpo.get(path, await befriend(cpo, emsp))
    assert got.headers["Content-Type"] == "application/json"
    envelope = got.envelope
    assert isinstance(envelope["status_code"], int)
    assert TIMESTAMP.fullmatch(envelope["timestamp"])


async def test_r_07_lists_are_arrays_and_single_objects_are_objects(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    for path in ("/versions", "/2.2.1/locations", "/2.2.1/cdrs", "/2.2.1/tariffs"):
        assert isinstance((await cpo.get(path, token)).data, list), path
    for path in ("/2.2.1", "/2.2.1/credentials", "/2.2.1/locations/LOC1", "/2.2.1/locations/LOC1/EVSE-1"):
        assert isinstance((await cpo.get(path, token)).data, dict), path


@pytest.mark.parametrize("path", ENDPOINTS[:9])
async def test_r_11_a_trailing_slash_makes_no_difference(cpo: Cpo, emsp: Emsp, path: str) -> None:
    token = await befriend(cpo, emsp)
    if path.startswith("/2.2.1/tokens"):
        await cpo.ask("PUT", path, token, a_token())
    plain, _, query = path.partition("?")
    assert (await cpo.get(f"{plain}/?{query}", token)).data == (await cpo.get(path, token)).data


async def test_r_12_new_is_201_known_is_200_unknown_is_404(cpo: Cpo, emsp: Emsp) -> None:
    token, path = await befriend(cpo, emsp), "/2.2.1/tokens/DE/MSP/04A1B2C3D4E580"
    assert (await cpo.get(path, token)).status == 404
    assert (await cpo.ask("PUT", path, token, a_token())).status == 201
    assert (await cpo.ask("PUT", path, token, a_token())).status == 200
    assert (await cpo.get("/2.2.1/locations/NOWHERE", token)).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/versions"), ("PUT", "/2.2.1"), ("DELETE", "/2.2.1/cdrs"), ("DELETE", "/2.2.1/tokens/DE/MSP/04A1")],
)
async def test_a_method_that_is_not_there_is_405_and_names_those_that_are(
    cpo: Cpo, emsp: Emsp, method: str, path: str
) -> None:
    got = await cpo.ask(method, path, await befriend(cpo, emsp), {})
    assert got.status == 405
    assert "GET" in got.headers["Allow"]


async def test_a_peer_that_asks_before_it_sends_a_body_is_told_to_go_on(cpo: Cpo, emsp: Emsp) -> None:
    """Some HTTP clients send `Expect: 100-continue` and then wait; to whom it says nothing that is refused at once."""
    path, token = "/2.2.1/tokens/DE/MSP/04A1B2C3D4E580", await befriend(cpo, emsp)
    async with asyncio.timeout(5):
        assert (await cpo.ask("PUT", path, token, a_token(), expect100=True)).status == 201
        assert (await cpo.ask("PUT", path, "wrong", a_token(), expect100=True)).status == 401


async def test_public_urls_are_those_of_the_proxy_in_front(tmp_path: Path) -> None:
    async with serving(tmp_path, public_url="https://garage.example.com/roaming/") as cpo:
        base = f"http://127.0.0.1:{cpo.parts.port}/roaming"
        token_a = (await cpo.parts.desk.invite("msp")).token
        details = await cpo.get(f"{base}/2.2.1", token_a)
        urls = {line["url"] for line in details.data["endpoints"]}
        assert "https://garage.example.com/roaming/2.2.1/tokens" in urls
        assert (await cpo.get(f"http://127.0.0.1:{cpo.parts.port}/2.2.1", token_a)).status == 404
