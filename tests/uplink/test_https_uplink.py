"""The HTTPS uplink against a real server: requests as OCPI wants them, and every answer judged before it counts."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from uplink.certificates import DAY, Authority, ServerCertificate
from uplink.shipping import a_cdr, a_session
from uplink.small_peer import AUTHORIZATION, TOKEN, SmallPeer, envelope, hang

from gateway.core.delivery import Accepted, Deferred, Delivery, Receipt, Rejected
from gateway.settings import OcpiBackendSettings, TlsSettings
from gateway.uplink.https import OcpiUplink
from gateway.uplink.shipper import LinkDown


@pytest.fixture
async def peer() -> AsyncIterator[SmallPeer]:
    peer = SmallPeer()
    await peer.start()
    yield peer
    await peer.stop()


@pytest.fixture
def settings(peer: SmallPeer, tmp_path: Path) -> OcpiBackendSettings:
    token_file = tmp_path / "token"
    token_file.write_text(f"{TOKEN}\n")
    return OcpiBackendSettings(
        name="roaming",
        versions_url=peer.versions_url,
        token_file=token_file,
        country_code="DE",
        party_id="HUB",
        timeout_s=2.0,
    )


async def send(settings: OcpiBackendSettings, *deliveries: Delivery) -> list[Receipt]:
    async with OcpiUplink(settings).session() as link:
        return [await link.deliver(delivery) for delivery in deliveries]


async def send_one(settings: OcpiBackendSettings, delivery: Delivery) -> Receipt:
    [receipt] = await send(settings, delivery)
    return receipt


async def refusal(settings: OcpiBackendSettings) -> str:
    with pytest.raises(LinkDown) as refused:
        await send(settings)
    assert "\n" not in str(refused.value)
    return str(refused.value)


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


async def test_r01_r03_r05_headers(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
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


async def test_r38_a_cdr_whose_reply_was_lost_is_sent_again_byte_for_byte_and_accepted(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    async def lose_the_first_reply(request: web.Request) -> web.StreamResponse:
        answer = await peer.store(request)
        if len(peer.pushes) == 1:
            assert request.transport is not None
            request.transport.abort()
        return answer

    peer.behave = lose_the_first_reply
    lost, found = await send(settings, a_cdr(), a_cdr())

    assert isinstance(lost, Deferred)
    assert found == Accepted("HTTP 200, the peer has it already, and it is the same", f"{peer.url}/emsp/cdrs/S1-CDR")
    assert [push.body for push in peer.pushes] == [a_cdr().body] * 2


@pytest.mark.parametrize("answer", [(409, 2000, "conflict"), (400, 2001, "Duplicate CDR"), (200, 2000, "id exists")])
async def test_a_duplicate_with_other_contents_is_parked(
    peer: SmallPeer, settings: OcpiBackendSettings, answer: tuple[int, int, str]
) -> None:
    status, code, message = answer
    other = {**json.loads(a_cdr().body), "total_energy": 99}

    async def has_another(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return envelope(data=other)
        return envelope(code, message, status=status)

    peer.behave = has_another
    receipt = await send_one(settings, a_cdr())

    assert isinstance(receipt, Rejected)
    assert "other contents" in receipt.reason


@pytest.mark.parametrize(
    ("status", "code", "data"), [(405, 2000, None), (404, 2003, None), (200, 1000, None), (200, 1000, [])]
)
async def test_a_duplicate_the_peer_does_not_show_is_accepted(
    peer: SmallPeer, settings: OcpiBackendSettings, status: int, code: int, data: object
) -> None:
    async def post_only(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return envelope(code, data=data, status=status)
        return envelope(2001, "exists", status=409)

    peer.behave = post_only

    assert await send_one(settings, a_cdr()) == Accepted("HTTP 409, the peer has it already, and does not show it")


async def test_a_duplicate_that_cannot_be_looked_at_now_is_deferred(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    async def busy(request: web.Request) -> web.StreamResponse:
        return envelope(3000, status=503) if request.method == "GET" else envelope(2001, "exists", status=409)

    peer.behave = busy

    assert isinstance(await send_one(settings, a_cdr()), Deferred)


async def test_a_peer_that_hangs_is_given_up_after_the_deadline(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    peer.behave = hang

    receipt = await send_one(replace(settings, timeout_s=0.2), a_cdr())

    assert isinstance(receipt, Deferred)
    assert "did not answer in time" in receipt.reason


async def test_a_peer_that_trickles_is_given_up_after_the_same_deadline(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    peer.behave = trickle

    assert isinstance(await send_one(replace(settings, timeout_s=0.3), a_cdr()), Deferred)


async def test_an_answer_without_end_is_cut_off(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 100_000)

    peer.behave = flood

    assert isinstance(await send_one(replace(settings, timeout_s=20), a_cdr()), Deferred)


async def test_cards_and_token_are_not_quoted_back(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def chatty(_request: web.Request) -> web.StreamResponse:
        return envelope(2004, f"token 04a1b2c3 of NL-EXA-C00000001\nis unknown to {TOKEN}")

    peer.behave = chatty

    assert await send_one(settings, a_session()) == Rejected("HTTP 200, OCPI 2004 (token … of … is unknown to …)")


async def test_a_rotated_token_is_read_from_its_file(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    settings.token_file.write_text("old-token")
    assert await refusal(settings) == (
        f"127.0.0.1:{peer.port}: HTTP 401, OCPI 2001 (who are you): "
        "the peer does not know our token: check the backend's token_file"
    )

    settings.token_file.write_text(TOKEN)
    assert isinstance(await send_one(settings, a_session()), Accepted)


@pytest.mark.parametrize(("contents", "remedy"), [(None, "correct token_file"), ("", "write"), ("two words", "write")])
async def test_a_token_file_that_is_no_use_is_named(
    settings: OcpiBackendSettings, contents: str | None, remedy: str
) -> None:
    settings.token_file.unlink() if contents is None else settings.token_file.write_text(contents)

    reason = await refusal(settings)

    assert str(settings.token_file) in reason
    assert remedy in reason


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{"version": "2.1.1", "url": "http://x/2.1.1"}], "offers OCPI 2.1.1, not 2.2.1"),
        ("surprise", "malformed"),
        ([{"version": "2.2.1", "url": "ftp://x"}], "nobody can use"),
    ],
)
async def test_versions_that_are_no_use_are_told(
    peer: SmallPeer, settings: OcpiBackendSettings, data: object, said: str
) -> None:
    peer.versions = data

    assert said in await refusal(settings)


async def test_a_missing_endpoint_is_named(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    usual = peer.usual_details()
    peer.details = {**usual, "endpoints": [it for it in usual["endpoints"] if it["identifier"] != "cdrs"]}  # type: ignore[attr-defined, index]

    assert await refusal(settings) == ("the peer has no cdrs endpoint of role RECEIVER: ask its operator to offer one")


async def test_a_peer_answering_html_is_told(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def website(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<!doctype html><h1>It works!</h1>", content_type="text/html")

    peer.versions_answer = website

    reason = await refusal(settings)

    assert "with a web page" in reason
    assert reason.endswith("check versions_url and any proxy")


async def test_a_peer_that_is_not_there_is_named_with_its_remedy(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    await peer.stop()

    assert await refusal(settings) == (
        f"127.0.0.1:{peer.port} refuses connections: check that the backend runs and the port is right"
    )


async def test_a_name_that_does_not_resolve_is_told(settings: OcpiBackendSettings) -> None:
    reason = await refusal(replace(settings, versions_url="http://no-such-host.invalid/versions"))

    assert "does not resolve" in reason


class TlsRig:
    """A peer behind TLS with a certificate of choice."""

    def __init__(self, folder: Path, settings: OcpiBackendSettings) -> None:
        self.authority = Authority(folder / "ca", "site-ca")
        self._settings = settings

    async def reason(self, certificate: ServerCertificate, host: str = "127.0.0.1", ca: Path | None = None) -> str:
        return await refusal_or_none(certificate, self._settings, host, ca or self.authority.ca_file)


async def refusal_or_none(
    certificate: ServerCertificate, settings: OcpiBackendSettings, host: str, ca_file: Path
) -> str:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    peer = SmallPeer(host=host)
    await peer.start(context)
    try:
        await send(replace(settings, versions_url=peer.versions_url, tls=TlsSettings(ca_file=ca_file)), a_session())
    except LinkDown as fault:
        return str(fault)
    finally:
        await peer.stop()
    return ""


@pytest.fixture
def tls(tmp_path: Path, settings: OcpiBackendSettings) -> TlsRig:
    return TlsRig(tmp_path, settings)


async def test_a_certificate_of_the_ca_file_is_trusted(tls: TlsRig) -> None:
    assert await tls.reason(tls.authority.issue("good", "127.0.0.1")) == ""


async def test_a_certificate_not_yet_valid_points_to_the_clock(tls: TlsRig) -> None:
    reason = await tls.reason(tls.authority.issue("early", "127.0.0.1", begins=DAY, ends=2 * DAY))

    assert "is not yet valid, more likely this machine's clock is wrong: check `timedatectl`" in reason


async def test_an_expired_certificate_is_told(tls: TlsRig) -> None:
    certificate = tls.authority.issue("late", "127.0.0.1", begins=-2 * DAY, ends=-timedelta(minutes=5))

    assert "has expired: the backend's operator must renew it" in await tls.reason(certificate)


async def test_a_certificate_for_another_host_is_told(tls: TlsRig) -> None:
    reason = await tls.reason(tls.authority.issue("other", "peer.example"), host="localhost")

    assert "is for another host name: use the name the certificate was issued for" in reason


async def test_a_certificate_of_an_unknown_ca_is_told(tls: TlsRig, tmp_path: Path) -> None:
    foreign = Authority(tmp_path / "foreign", "foreign-ca")

    reason = await tls.reason(tls.authority.issue("good", "127.0.0.1"), ca=foreign.ca_file)

    assert "was issued by a CA this gateway does not know: put that CA's certificate into" in reason


async def test_a_missing_ca_file_is_named(tls: TlsRig, tmp_path: Path) -> None:
    reason = await tls.reason(tls.authority.issue("good", "127.0.0.1"), ca=tmp_path / "nowhere.pem")

    assert (
        reason
        == f"{tmp_path}/nowhere.pem cannot be read (No such file or directory): correct the backend's tls settings"
    )


async def test_tls_to_a_plain_port_is_told(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    reason = await refusal(replace(settings, versions_url=f"https://127.0.0.1:{peer.port}/versions"))

    assert "check that its port speaks TLS" in reason


async def test_an_https_peer_that_advertises_http_is_refused(tls: TlsRig, settings: OcpiBackendSettings) -> None:
    certificate = tls.authority.issue("good", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    peer = SmallPeer(versions=[{"version": "2.2.1", "url": "http://127.0.0.1/2.2.1"}])
    await peer.start(context)
    reason = await refusal(
        replace(settings, versions_url=peer.versions_url, tls=TlsSettings(ca_file=tls.authority.ca_file))
    )
    await peer.stop()

    assert "without TLS" in reason
