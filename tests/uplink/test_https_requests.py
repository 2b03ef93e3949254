"""The HTTPS uplink against a real server: requests as OCPI wants them."""

from dataclasses import replace

import pytest
from aiohttp import web
from uplink.sending import refusal, send, send_one
from uplink.shipping import a_cdr, a_session
from uplink.small_peer import AUTHORIZATION, TOKEN, SmallPeer, envelope

from gateway.core.delivery import Accepted, Deferred, ObjectKind, Rejected
from gateway.settings import OcpiBackendSettings


async def test_r25_a_session_is_put_to_its_own_url(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    assert await send_one(settings, a_session()) == Accepted("HTTP 201, OCPI 1000")

    [push] = peer.pushes
    assert (push.method, push.path) == ("PUT", "/emsp/sessions/NL/EXA/S1")
    assert push.body == a_session().body


async def test_r46_a_cdr_is_posted_and_its_location_kept(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    receipt = await send_one(settings, a_cdr())

    assert receipt == Accepted("HTTP 201, OCPI 1000", f"{peer.url}/emsp/cdrs/S1-CDR")
    assert [(push.method, push.path, push.body) for push in peer.pushes] == [("POST", "/emsp/cdrs", a_cdr().body)]


@pytest.mark.parametrize(
    ("header", "kept"),
    [(None, None), ("/cdrs/7", "{url}/cdrs/7"), ("7", "{url}/emsp/7"), ("http://[bad", None), ("not a url", None)],
)
async def test_r46_a_location_may_be_absent_relative_or_nonsense(
    peer: SmallPeer, settings: OcpiBackendSettings, header: str | None, kept: str | None
) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return envelope(headers={} if header is None else {"Location": header})

    peer.behave = answer
    receipt = await send_one(settings, a_cdr())

    assert receipt == Accepted("HTTP 200, OCPI 1000", kept and kept.format(url=peer.url))


async def test_r01_r03_r05_r06_headers(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    await send(settings, a_session(), a_session(), a_session(seq=2))

    assert {request.headers["Authorization"] for request in peer.seen} == {AUTHORIZATION}
    request_ids = [request.headers["X-Request-ID"] for request in peer.seen]
    assert len(set(request_ids)) == len(request_ids)
    first, again, newer = (push.headers["X-Correlation-ID"] for push in peer.pushes)
    assert first == again != newer
    assert peer.pushes[0].headers["OCPI-from-party-id"] == "EXA"
    assert peer.pushes[0].headers["OCPI-to-party-id"] == "HUB"
    assert peer.pushes[0].headers["Content-Type"] == "application/json"
    for request in peer.seen:
        if request.method == "GET":
            assert not [name for name in request.headers if name.lower().startswith("ocpi-")]


async def test_r11_endpoints_with_and_without_trailing_slash(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    peer.details = peer.usual_details("/a/sessions/", "/a/cdrs/")
    await send(settings, a_session(), a_cdr())

    assert [push.path for push in peer.pushes] == ["/a/sessions/NL/EXA/S1", "/a/cdrs/"]


async def test_ids_are_quoted_in_urls(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    await send(settings, replace(a_session(), object_id="a/b c"))

    [push] = peer.pushes
    assert push.path == "/emsp/sessions/NL/EXA/a/b c"  # decoded by the server; one segment on the wire


async def test_endpoints_are_asked_for_once(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    await send(settings, a_session("S1"), a_session("S2"), a_cdr("S1"))

    assert (peer.counts["/versions"], peer.counts["/2.2.1"]) == (1, 1)


async def test_an_endpoint_that_moved_is_found_again(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/emsp"):
            peer.details = peer.usual_details("/new/sessions", "/new/cdrs")
            return envelope(2000, status=404)
        return await peer.store(request)

    peer.behave = moved

    assert isinstance(await send_one(settings, a_session()), Accepted)
    assert list(peer.stored) == ["/new/sessions/NL/EXA/S1"]


async def test_404_parks_a_session_but_says_nothing_about_a_cdr(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def not_there(_request: web.Request) -> web.StreamResponse:
        return envelope(2003, "unknown party", status=404)

    peer.behave = not_there
    session, cdr = await send(settings, a_session(), a_cdr())

    assert session == Rejected("HTTP 404, OCPI 2003 (unknown party)")
    assert isinstance(cdr, Deferred)
    assert cdr.reason.endswith("ask its operator to mend it")


@pytest.mark.parametrize("status", [307, 308])
async def test_r10_redirects_keep_method_and_body(peer: SmallPeer, settings: OcpiBackendSettings, status: int) -> None:
    async def slash(request: web.Request) -> web.StreamResponse:
        if request.path == "/emsp/cdrs":
            return web.Response(status=status, headers={"Location": "/emsp/cdrs/"})
        return envelope()

    peer.behave = slash

    assert isinstance(await send_one(settings, a_cdr()), Accepted)
    assert [(push.method, push.path, push.body) for push in peer.pushes] == [
        ("POST", "/emsp/cdrs", a_cdr().body),
        ("POST", "/emsp/cdrs/", a_cdr().body),
    ]


async def test_r10_the_token_never_follows_a_redirect_elsewhere(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    other = SmallPeer()
    await other.start()

    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": f"{other.url}/emsp/cdrs"})

    peer.behave = elsewhere
    receipt = await send_one(settings, a_cdr())
    await other.stop()

    assert isinstance(receipt, Deferred)
    assert "points elsewhere" in receipt.reason
    assert other.seen == []


async def test_a_redirect_loop_ends(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def loop(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": request.path})

    peer.behave = loop

    assert isinstance(await send_one(settings, a_cdr()), Deferred)
    assert len(peer.pushes) == 4


async def test_r03_a_put_that_aiohttp_repeats_by_itself_has_an_id_of_its_own(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    peer.behave = peer.lose_the_first_reply

    assert await send_one(settings, a_session()) == Accepted("HTTP 200, OCPI 1000")
    first, second = peer.pushes
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert first.headers["X-Correlation-ID"] == second.headers["X-Correlation-ID"]
    assert first.body == second.body == a_session().body


async def test_r01_a_peer_that_wants_the_token_as_it_stands_gets_it_so(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    peer.authorization = f"Token {TOKEN}"

    assert isinstance(await send_one(settings, a_cdr()), Accepted)
    assert {request.headers["Authorization"] for request in peer.pushes} == {f"Token {TOKEN}"}


async def test_r01_a_token_that_is_wrong_in_either_form_is_said_to_be_wrong(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    peer.authorization = "Token something-else"

    assert "does not know our token" in await refusal(settings)
    assert len(peer.seen) == 2


@pytest.mark.parametrize("status", [200, 404])
async def test_r73_a_tariff_that_is_no_more_is_deleted_whether_the_peer_knew_it_or_not(
    peer: SmallPeer, settings: OcpiBackendSettings, status: int
) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return envelope(1000 if status == 200 else 2003, status=status)

    place = {"identifier": "tariffs", "role": "RECEIVER", "url": f"{peer.url}/emsp/tariffs"}
    usual = peer.usual_details()
    peer.details = {**usual, "endpoints": [*usual["endpoints"], place]}  # type: ignore[misc] # the peer's own list
    peer.behave = answer
    gone = replace(a_session(), kind=ObjectKind.TARIFF, object_id="DAY", body=b"")

    assert isinstance(await send_one(settings, gone), Accepted)
    assert {(seen.method, seen.path) for seen in peer.seen if "tariffs" in seen.path} == {
        ("DELETE", "/emsp/tariffs/NL/EXA/DAY")
    }
