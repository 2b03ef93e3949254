"""What peers pull: locations, sessions, CDRs and tariffs, page by page."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from plant import EVSE
from roaming import ROUTING, Cpo, Emsp, Got, befriend, serving

from gateway.core.facts import Fact
from gateway.core.identifiers import CdrId, EvseUid, SessionId
from gateway.core.instant import ClockQuality, Instant
from gateway.core.rows import CdrRow, SessionRow
from gateway.core.telemetry import EvseStatus

# Each test has a server, a journal and a registry of its own.
pytestmark = pytest.mark.slow

SESSIONS = "/2.2.1/sessions?date_from=2020-01-01T00:00:00Z"
NEXT = re.compile(r'<([^>]+)>; rel="next"')


async def test_r_33_sessions_need_date_from(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    got = await cpo.get("/2.2.1/sessions", token)
    assert (got.status, got.code) == (200, 2001)
    assert "date_from" in got.envelope["status_message"]
    assert (await cpo.get(SESSIONS, token)).code == 1000


async def test_a_pulled_session_and_cdr_are_byte_for_byte_the_pushed_ones(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    (session,), (cdr,) = await cpo.journal.sessions(10), await cpo.journal.cdrs(10)
    assert (await cpo.get(SESSIONS, token)).body.startswith(b'{"data":[' + session.body + b"],")
    assert (await cpo.get("/2.2.1/cdrs", token)).body.startswith(b'{"data":[' + cdr.body + b"],")


async def test_only_what_belongs_to_the_peers_drivers_is_shown(cpo: Cpo) -> None:
    async with Emsp(party=("NL", "TNM")).up() as stranger:
        token = await befriend(cpo, stranger, "tnm")
        for path in (SESSIONS, "/2.2.1/cdrs"):
            got = await cpo.get(path, token)
            assert (got.data, got.headers["X-Total-Count"]) == ([], "0")


async def test_our_own_partys_backend_sees_everything(cpo: Cpo) -> None:
    async with Emsp(party=("SE", "ABC"), role="CPO").up() as backend:
        assert len((await cpo.get("/2.2.1/cdrs", await befriend(cpo, backend))).data) == 1


async def test_a_hub_sees_what_belongs_to_the_party_it_asks_for(cpo: Cpo) -> None:
    async with Emsp(party=("NL", "HUB"), role="HUB").up() as hub:
        token = await befriend(cpo, hub)
        assert len((await cpo.get("/2.2.1/cdrs", token)).data) == 1
        other = ROUTING | {"OCPI-from-party-id": "OTH"}
        assert (await cpo.get("/2.2.1/cdrs", token, headers=other)).data == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
async def test_r_60_the_union_of_all_pages_is_the_set(cpo: Cpo, emsp: Emsp, limit: int) -> None:
    token = await befriend(cpo, emsp)
    ids = await many_cdrs(cpo, 7)
    pages = await all_pages(cpo, token, f"/2.2.1/cdrs?limit={limit}")
    assert [cdr["id"] for page in pages for cdr in page.data] == ids
    assert {page.headers["X-Total-Count"] for page in pages} == {"7"}
    assert {page.headers["X-Limit"] for page in pages} == {"100"}
    assert "Link" not in pages[-1].headers


async def test_r_60_pages_are_stable_under_inserts(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    ids = await many_cdrs(cpo, 4)
    first = await cpo.get("/2.2.1/cdrs?limit=2", token)
    await many_cdrs(cpo, 9)
    onward = NEXT.search(first.headers["Link"])
    assert onward is not None
    assert [cdr["id"] for cdr in (await cpo.get(onward[1], token)).data] == ids[2:4]


async def test_r_60_date_from_is_included_and_date_to_is_not(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    ids = await many_cdrs(cpo, 5)
    stamps = [cdr["last_updated"] for cdr in (await cpo.get("/2.2.1/cdrs", token)).data]
    assert all(one < other for one, other in pairwise(stamps))
    got = await cpo.get(f"/2.2.1/cdrs?date_from={stamps[1]}&date_to={stamps[3]}", token)
    assert [cdr["id"] for cdr in got.data] == ids[1:3]
    assert got.headers["X-Total-Count"] == "2"


async def test_r_60_link_keeps_every_filter(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    ids = await many_cdrs(cpo, 6)
    stamps = [cdr["last_updated"] for cdr in (await cpo.get("/2.2.1/cdrs", token)).data]
    pages = await all_pages(cpo, token, f"/2.2.1/cdrs?date_from={stamps[1]}&date_to={stamps[5]}&limit=3")
    assert [cdr["id"] for page in pages for cdr in page.data] == ids[1:5]
    assert len(pages) == 2


async def test_r_60_no_page_is_larger_than_x_limit(tmp_path: Path, emsp: Emsp) -> None:
    async with serving(tmp_path, page_limit=3) as cpo:
        token = await befriend(cpo, emsp)
        await many_cdrs(cpo, 5)
        got = await cpo.get("/2.2.1/cdrs?limit=1000000", token)
        assert (len(got.data), got.headers["X-Limit"]) == (3, "3")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "offset=-1", "offset=1e3", f"offset={'9' * 40}", "date_from=yesterday"]
)
async def test_r_60_nonsense_in_the_query_is_2001(cpo: Cpo, emsp: Emsp, query: str) -> None:
    token = await befriend(cpo, emsp)
    for path in ("/2.2.1/cdrs", "/2.2.1/locations", "/2.2.1/tariffs"):
        assert (await cpo.get(f"{path}?{query}", token)).code == 2001


async def test_r_20_a_date_without_z_is_utc_and_one_with_an_offset_is_2001(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    assert (await cpo.get("/2.2.1/cdrs?date_from=2020-01-01T00:00:00", token)).code == 1000
    assert (await cpo.get("/2.2.1/cdrs?date_from=2020-01-01T00:00:00%2B01:00", token)).code == 2001


async def test_r_60_a_session_that_changes_keeps_its_place(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    await cpo.get(SESSIONS, token)
    (session,) = await cpo.journal.sessions(1)
    second = session.body.replace(session.session_id.encode(), b"second")
    await add_sessions(cpo, [("second", second)])
    later = json.loads(session.body) | {"last_updated": "2027-01-01T00:00:00Z"}
    await add_sessions(cpo, [(session.session_id, json.dumps(later).encode())])
    got = await cpo.get(SESSIONS, token)
    assert [each["id"] for each in got.data] == [session.session_id, "second"]
    assert got.data[0]["last_updated"] == "2027-01-01T00:00:00Z"


async def test_r_62_the_location_is_shown_on_three_levels(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    (location,) = (await cpo.get("/2.2.1/locations", token)).data
    evse = location["evses"][0]
    assert (await cpo.get("/2.2.1/locations/LOC1", token)).data == location
    assert (await cpo.get("/2.2.1/locations/loc1/evse-1", token)).data == evse
    assert (await cpo.get("/2.2.1/locations/LOC1/EVSE-1/1", token)).data == evse["connectors"][0]
    for path in ("LOC2", "LOC1/EVSE-9", "LOC1/EVSE-1/9", "LOC1/EVSE-1/1/1"):
        got = await cpo.get(f"/2.2.1/locations/{path}", token)
        assert (got.status, got.code) == (404, 2003)


async def test_r_59_a_status_changes_the_evse_and_last_updated_up_to_the_location(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    before = (await cpo.get("/2.2.1/locations/LOC1", token)).data
    cpo.clock.turn(60)
    cpo.sight.statuses[EVSE] = EvseStatus.CHARGING
    after = (await cpo.get("/2.2.1/locations/LOC1", token)).data
    assert (before["evses"][0]["status"], after["evses"][0]["status"]) == ("AVAILABLE", "CHARGING")
    assert after["last_updated"] == after["evses"][0]["last_updated"] == "2026-03-02T00:01:00Z"
    assert after["evses"][0]["connectors"] == before["evses"][0]["connectors"]


async def test_r_59_what_does_not_change_keeps_its_last_updated_over_a_restart(tmp_path: Path, emsp: Emsp) -> None:
    async with serving(tmp_path) as cpo:
        token = await befriend(cpo, emsp)
        before = (await cpo.get("/2.2.1/locations", token)).data
    async with serving(tmp_path) as cpo:
        cpo.clock.turn(3600)
        assert (await cpo.get("/2.2.1/locations", token)).data == before


async def test_r_60_locations_are_filtered_by_last_updated(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    assert (await cpo.get("/2.2.1/locations?date_from=2026-03-02T00:00:01Z", token)).data == []
    cpo.clock.turn(10)
    cpo.sight.statuses[EVSE] = EvseStatus.OUTOFORDER
    assert len((await cpo.get("/2.2.1/locations?date_from=2026-03-02T00:00:01Z", token)).data) == 1


async def test_r_63_the_location_says_what_a_location_must(cpo: Cpo, emsp: Emsp) -> None:
    location = (await cpo.get("/2.2.1/locations/LOC1", await befriend(cpo, emsp))).data
    assert re.fullmatch(r"-?[0-9]{1,2}\.[0-9]{5,7}", location["coordinates"]["latitude"])
    assert re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{5,7}", location["coordinates"]["longitude"])
    assert location["time_zone"] in available_timezones()
    assert (location["country"], location["publish"]) == ("SWE", True)


async def test_tariffs_are_those_that_connectors_name(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    (tariff,) = (await cpo.get("/2.2.1/tariffs", token)).data
    evse = (await cpo.get("/2.2.1/locations/LOC1/EVSE-1", token)).data
    assert evse["connectors"][0]["tariff_ids"] == [tariff["id"]]
    assert (tariff["country_code"], tariff["party_id"]) == ("SE", "ABC")


async def all_pages(cpo: Cpo, token: str, path: str) -> Sequence[Got]:
    pages = [await cpo.get(path, token)]
    while onward := NEXT.search(pages[-1].headers.get("Link", "")):
        pages.append(await cpo.get(onward[1], token))
    return pages


async def many_cdrs(cpo: Cpo, count: int) -> list[str]:
    """Have so many CDRs in the journal, a minute apart; returns their ids in order."""
    rows = list(reversed(await cpo.journal.cdrs(100)))
    model: dict[str, Any] = json.loads(rows[0].body)
    ids = [str(row.cdr_id) for row in rows]
    for number in range(len(rows), count):
        stamp = datetime.fromisoformat(model["last_updated"]) + timedelta(minutes=number)
        cdr = model | {"id": f"CDR-{number}", "last_updated": f"{stamp:%Y-%m-%dT%H:%M:%SZ}"}
        seq = await cpo.journal.last_seq() + 1
        row = CdrRow(CdrId(cdr["id"]), SessionId(f"S-{number}"), seq, json.dumps(cdr).encode())
        await cpo.journal.append([nothing_happened(cpo, seq)], [row])
        ids.append(cdr["id"])
    return ids


async def add_sessions(cpo: Cpo, sessions: Sequence[tuple[str, bytes]]) -> None:
    for session_id, body in sessions:
        seq = await cpo.journal.last_seq() + 1
        row = SessionRow(SessionId(session_id), EvseUid("EVSE-1"), "COMPLETED", seq, body)
        await cpo.journal.append([nothing_happened(cpo, seq)], [row])


def nothing_happened(cpo: Cpo, seq: int) -> Fact:
    last = cpo.plant.facts[-1]
    at = Instant(last.at.utc, last.at.boot_ns, last.at.boot_id, ClockQuality.SYNCHRONISED)
    return Fact(seq, at, last.evse_uid, last.session_id, last.body)
