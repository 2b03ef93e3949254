"""Our endpoints for orders against those who know no better: whatever is ordered, there is an envelope and a site."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_cpo import Live, Provider, live
from roaming import IDS, ROUTING, authorized
from thoroughness import examples
from web.test_ocpi_commands import APP, PROFILE, RESERVE, START, charging
from web.test_ocpi_server_hostile import bodies, json_values, queries, segments

pytestmark = pytest.mark.slow
UNLOCK = {"location_id": "LOC1", "evse_uid": "EVSE-1", "connector_id": "1"}
WISH = {"profile_type": "FAST", "departure_time": "2026-03-02T08:00:00Z", "energy_need": 12.5}
# What is well-formed, by where it goes; SESSION stands for the session that is running.
WHOLE: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = {
    ("commands", "START_SESSION"): ("POST", START),
    ("commands", "STOP_SESSION"): ("POST", {"session_id": "SESSION"}),
    ("commands", "RESERVE_NOW"): ("POST", RESERVE),
    ("commands", "CANCEL_RESERVATION"): ("POST", {"reservation_id": "R-1"}),
    ("commands", "UNLOCK_CONNECTOR"): ("POST", UNLOCK),
    ("chargingprofiles", "SESSION"): ("PUT", {"charging_profile": PROFILE}),
    ("sessions", "SESSION", "charging_preferences"): ("PUT", WISH),
}
FIELDS = sorted({name for _, body in WHOLE.values() for name in body} | PROFILE.keys() | APP.keys() | {"response_url"})
urls = st.sampled_from(("https://msp.example/r?a=b", "http://127.0.0.1/r", "file:///etc", "https://[", "", "x" * 300))
spoilt = st.dictionaries(st.sampled_from(FIELDS), json_values | urls, max_size=3)
asked = st.tuples(st.sampled_from(sorted(WHOLE)), spoilt, spoilt, urls | json_values)
methods = st.sampled_from(("GET", "POST", "PUT", "PATCH", "DELETE"))


def test_whatever_is_ordered_there_is_an_envelope_and_never_a_500(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Many orders on one running site; hypothesis wants no coroutines, so this drives the event loop."""
    with asyncio.Runner() as runner:
        stage = live(tmp_path, limitable=True, orders_per_minute=10**6)
        site = runner.run(stage.__aenter__())
        runner.run(charging(site))

        @given(asked, st.sampled_from(("2.2.1", "2.3.0")))
        @settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
        def nearly_right(order: tuple[tuple[str, ...], dict[str, Any], dict[str, Any], Any], version: str) -> None:
            place, outside, inside, url = order
            method, whole = WHOLE[place]
            body = {"response_url": url, **whole, **outside}
            for name in ("token", "charging_profile"):
                if isinstance(body.get(name), dict):
                    body[name] = body[name] | inside
            runner.run(_hold(site, method, (version, *place), {}, json.dumps(body).encode()))

        @given(methods, st.sampled_from(sorted(WHOLE)), st.lists(segments, max_size=2), queries, bodies)
        @settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
        def anything(
            method: str, place: tuple[str, ...], more: list[str], query: dict[str, str], body: bytes | None
        ) -> None:
            runner.run(_hold(site, method, ("2.2.1", *place, *more), query, body))

        try:
            nearly_right()
            anything()
            assert len(site.box.site.evses()) == 1
        finally:
            runner.run(stage.__aexit__(None, None, None))
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def _hold(site: Live, method: str, path: tuple[str, ...], query: dict[str, str], body: bytes | None) -> None:
    names = (site.session.id if name == "SESSION" else name for name in path)
    url = "/".join([site.cpo.root, *(quote(name, safe="") for name in names)])
    headers = authorized(site.token) | IDS | ROUTING
    async with site.cpo.http.request(method, url, params=query, data=body, headers=headers) as response:
        envelope = json.loads(await response.read())
    assert response.status < 500, envelope
    assert isinstance(envelope["status_code"], int)


@pytest.mark.parametrize("duration", ["", "0", "-1", "1.5", "soon", "000000001" + "9" * 30, "9" * 5000])
async def test_a_duration_that_is_no_number_of_seconds_is_2001(tmp_path: Path, duration: str) -> None:
    async with live(tmp_path, limitable=True) as site:
        await charging(site)
        asked = {"duration": duration, "response_url": f"{site.emsp.root}/results/p"}
        got = await site.cpo.get(f"/2.2.1/chargingprofiles/{site.session.id}", site.token, params=asked)
        assert (got.code, got.envelope["status_message"]) == (2001, "duration: must be a number of seconds")


@pytest.mark.parametrize("number", ["1e999", "9" * 5000])
async def test_a_number_beyond_all_in_a_field_that_nobody_knows_is_2001(tmp_path: Path, number: str) -> None:
    async with live(tmp_path) as site:
        body = {"session_id": "a", "response_url": f"{site.emsp.root}/results/r", "x": "NUMBER"}
        written = json.dumps(body).replace('"NUMBER"', number).encode()
        got = await site.cpo.ask("POST", "/2.2.1/commands/STOP_SESSION", site.token, written)
        assert (got.status, got.code) == (200, 2001)


async def test_a_correlation_id_that_is_no_text_ends_no_process(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        order = {"session_id": "nobody-knows", "response_url": f"{site.emsp.root}/results/r"}
        said = await _write(
            site, "POST /ocpi/2.2.1/commands/STOP_SESSION", json.dumps(order), "X-Correlation-ID: \udcff"
        )
        assert said["data"]["result"] == "UNKNOWN_SESSION"
        (taken,) = site.box.site.written.commands.values()
        assert taken.taken.correlation is None


async def test_a_hub_that_asks_for_nobody_sees_what_is_its_own(tmp_path: Path) -> None:
    async with live(tmp_path, emsp=Provider(role="HUB")) as site:
        nobody = ("OCPI-from-country-code: \udcff\udcfe", "OCPI-from-party-id: MSP")
        assert (await _write(site, "GET /ocpi/2.2.1/cdrs", "", *nobody))["data"] == []


async def test_a_charging_profile_is_not_written_down_for_an_id_that_no_session_has(tmp_path: Path) -> None:
    async with live(tmp_path, limitable=True) as site:
        asked = {"response_url": f"{site.emsp.root}/results/p"}
        for session_id in ("x" * 37, "%FF"):
            url = f"{site.cpo.root}/2.2.1/chargingprofiles/{session_id}"
            assert (await site.cpo.ask("DELETE", url, site.token, params=asked)).code == 2001
        assert not site.box.site.written.commands


async def _write(site: Live, request: str, body: str, *headers: str) -> Any:
    """Send a request byte by byte as it stands, lone surrogates as the bytes they are for; return the envelope."""
    usual = ("Host: here", *(f"{name}: {value}" for name, value in authorized(site.token).items()), "Connection: close")
    lines = (f"{request} HTTP/1.1", *usual, *headers, f"Content-Length: {len(body)}", "", body)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.cpo.parts.port)
    writer.write("\r\n".join(lines).encode("utf-8", "surrogateescape"))
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])
