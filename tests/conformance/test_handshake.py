"""The credentials handshake in both directions, against a peer over real sockets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from roaming import Cpo, Emsp, authorized, befriend, serving

from gateway.ocpi.peer import Standing, TokenForm
from gateway.web.unusable import RegistrationFailed

# Each test has a server, a journal and a registry of its own.
pytestmark = pytest.mark.slow

CREDENTIALS = "/2.2.1/credentials"
ROLE = {"role": "EMSP", "business_details": {"name": "Provider"}, "party_id": "MSP", "country_code": "DE"}


async def test_r_14_a_peer_registers_with_token_a_and_from_then_on_uses_token_c(cpo: Cpo, emsp: Emsp) -> None:
    invitation = await cpo.parts.desk.invite("msp")
    versions = await cpo.get(invitation.versions_url, invitation.token)
    assert versions.data == [{"version": each, "url": f"{cpo.root}/{each}"} for each in ("2.2.1", "2.3.0")]
    details = await cpo.get("/2.2.1", invitation.token)
    assert {(line["identifier"], line["role"]) for line in details.data["endpoints"]} >= {
        ("credentials", "SENDER"),
        ("locations", "SENDER"),
        ("sessions", "SENDER"),
        ("cdrs", "SENDER"),
        ("tariffs", "SENDER"),
        ("tokens", "RECEIVER"),
    }
    emsp.accepted.add("TOKEN-B")
    posted = await cpo.ask("POST", CREDENTIALS, invitation.token, emsp.credentials("TOKEN-B"))
    assert (posted.status, posted.code) == (200, 1000)
    role = posted.data["roles"][0]
    assert (role["role"], role["country_code"], role["party_id"]) == ("CPO", "SE", "ABC")
    assert role["business_details"] == {"name": "Garage"}
    assert posted.data["url"] == invitation.versions_url
    assert emsp.seen == [("GET", "/versions"), ("GET", "/2.2.1")]
    assert (await cpo.get("/2.2.1/cdrs", posted.data["token"])).status == 200


async def test_r_14_token_a_is_dead_after_the_registration(cpo: Cpo, emsp: Emsp) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    emsp.accepted.add("TOKEN-B")
    await cpo.ask("POST", CREDENTIALS, token_a, emsp.credentials("TOKEN-B"))
    assert (await cpo.get("/versions", token_a)).status == 401


async def test_r_14_we_register_with_a_token_a_and_use_token_c_from_then_on(cpo: Cpo, emsp: Emsp) -> None:
    peer = await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert peer.standing is Standing.REGISTERED
    assert peer.token == "TOKEN-C-1"
    assert peer.version == "2.2.1"
    assert peer.endpoint("cdrs", "RECEIVER") == f"{emsp.root}/2.2.1/cdrs"
    assert (await cpo.get("/2.2.1/cdrs", emsp.known["token"])).status == 200


async def test_r_15_our_versions_answer_token_b_while_our_own_post_is_in_flight(cpo: Cpo, emsp: Emsp) -> None:
    emsp.calls_back = True
    await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert emsp.seen_back == [200, 200]


async def test_r_16_a_second_post_is_405(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    again = await cpo.ask("POST", CREDENTIALS, token, emsp.credentials("TOKEN-B"))
    assert again.status == 405
    assert "POST" not in again.headers["Allow"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_r_16_put_and_delete_before_the_registration_are_405(cpo: Cpo, emsp: Emsp, method: str) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    assert (await cpo.ask(method, CREDENTIALS, token_a, emsp.credentials("TOKEN-B"))).status == 405


async def test_r_17_a_peer_whose_versions_cannot_be_read_is_told_3001(cpo: Cpo, emsp: Emsp) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    got = await cpo.ask("POST", CREDENTIALS, token_a, emsp.credentials("a-token-it-does-not-know-itself"))
    assert (got.status, got.code) == (200, 3001)
    assert (await cpo.get("/versions", token_a)).status == 200, "the invitation still stands"


async def test_r_17_a_peer_without_a_common_version_is_told_3002(cpo: Cpo, emsp: Emsp) -> None:
    emsp.versions = ("2.0", "2.1.1")
    emsp.accepted.add("TOKEN-B")
    token_a = (await cpo.parts.desk.invite("msp")).token
    assert (await cpo.ask("POST", CREDENTIALS, token_a, emsp.credentials("TOKEN-B"))).code == 3002


async def test_r_17_a_peer_without_the_endpoints_we_need_is_told_3003(cpo: Cpo, emsp: Emsp) -> None:
    emsp.receivers = ("sessions",)
    emsp.accepted.add("TOKEN-B")
    token_a = (await cpo.parts.desk.invite("msp")).token
    assert (await cpo.ask("POST", CREDENTIALS, token_a, emsp.credentials("TOKEN-B"))).code == 3003


async def test_r_17_we_do_not_post_where_endpoints_are_missing(cpo: Cpo, emsp: Emsp) -> None:
    emsp.receivers = ()
    with pytest.raises(RegistrationFailed, match="sessions"):
        await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert ("POST", "/2.2.1/credentials") not in emsp.seen
    assert cpo.parts.desk.peers() == ()


async def test_r_17_a_peer_that_refuses_our_post_is_no_peer(cpo: Cpo, emsp: Emsp) -> None:
    emsp.refuses = True
    with pytest.raises(RegistrationFailed, match="3001"):
        await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert cpo.parts.desk.peers() == ()
    assert (await cpo.get("/versions", emsp.known["token"])).status == 401


@dataclass
class Careless(Emsp):
    """Its credentials name a versions URL that goes without TLS."""

    def credentials(self, token: str) -> dict[str, Any]:
        return super().credentials(token) | {"url": "http://192.0.2.1/versions"}


async def test_a_peer_that_would_have_our_token_without_tls_is_not_registered(cpo: Cpo) -> None:
    async with Careless().up() as emsp:
        with pytest.raises(RegistrationFailed, match="goes without TLS, give an https URL"):
            await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert all(peer.standing is not Standing.REGISTERED for peer in cpo.parts.desk.peers())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://[", "peer: url: is no http or https URL"),
        ("", "peer: url: is no http or https URL"),
        ("https://[2001:db8::1]:99999/versions", "2001-db8--1: url: is no http or https URL"),
        (f"ftp://{'a' * 80}/versions", f"{'a' * 64}: url: is no http or https URL"),
    ],
)
async def test_a_peer_is_named_after_its_host_as_far_as_it_has_one(cpo: Cpo, url: str, said: str) -> None:
    with pytest.raises(RegistrationFailed) as failure:
        await cpo.parts.desk.register(url, "TOKEN-A", None, TokenForm.BASE64)
    assert str(failure.value) == said


async def test_r_18_put_rotates_and_the_old_token_stops_working(cpo: Cpo, emsp: Emsp) -> None:
    old = await befriend(cpo, emsp)
    emsp.accepted.add("TOKEN-B2")
    new = (await cpo.ask("PUT", CREDENTIALS, old, emsp.credentials("TOKEN-B2"))).data["token"]
    assert (await cpo.get("/2.2.1/tariffs", old)).status == 401
    assert (await cpo.get("/2.2.1/tariffs", new)).status == 200
    assert cpo.parts.desk.peers()[0].token == "TOKEN-B2"


async def test_r_18_a_rotation_of_ours_changes_both_tokens(cpo: Cpo, emsp: Emsp) -> None:
    emsp.calls_back = True
    await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    old = emsp.known["token"]
    peer = await cpo.parts.desk.rotate("msp")
    assert peer.token == "TOKEN-C-2"
    assert (await cpo.get("/2.2.1/tariffs", old)).status == 401
    assert (await cpo.get("/2.2.1/tariffs", emsp.known["token"])).status == 200


async def test_r_18_a_refused_rotation_leaves_both_tokens_as_they_were(cpo: Cpo, emsp: Emsp) -> None:
    await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    old, emsp.refuses = emsp.known["token"], True
    with pytest.raises(RegistrationFailed, match="3001"):
        await cpo.parts.desk.rotate("msp")
    assert cpo.parts.desk.peers()[0].token == "TOKEN-C-1"
    assert (await cpo.get("/2.2.1/tariffs", old)).status == 200
    assert (await cpo.get("/2.2.1/tariffs", emsp.known["token"])).status == 401


async def test_r_18_tokens_survive_a_restart(tmp_path: Path, emsp: Emsp) -> None:
    async with serving(tmp_path) as before:
        token = await befriend(before, emsp)
    async with serving(tmp_path) as after:
        assert (await after.get("/2.2.1/tariffs", token)).status == 200
        assert after.parts.desk.peers()[0].token == "TOKEN-B"


async def test_tokens_that_peers_send_are_kept_as_digests_only(tmp_path: Path, emsp: Emsp) -> None:
    async with serving(tmp_path) as cpo:
        token = await befriend(cpo, emsp)
    assert token.encode() not in _everything_in(tmp_path)
    assert b"TOKEN-B" in _everything_in(tmp_path), "what we send must be kept as it is"


def _everything_in(folder: Path) -> bytes:
    for path in folder.glob("registry.sqlite*"):
        assert path.stat().st_mode & 0o077 == 0, path
    return b"".join(path.read_bytes() for path in folder.glob("registry.sqlite*"))


async def test_get_returns_our_credentials_with_the_token_in_use(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    assert (await cpo.get(CREDENTIALS, token)).data["token"] == token


async def test_delete_unregisters(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    assert (await cpo.ask("DELETE", CREDENTIALS, token)).code == 1000
    assert (await cpo.get("/versions", token)).status == 401
    assert cpo.parts.desk.peers() == ()


async def test_to_forget_a_peer_unregisters_there_too(cpo: Cpo, emsp: Emsp) -> None:
    await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert await cpo.parts.desk.forget("msp") == "unregistered there too"
    assert emsp.accepted == set()
    assert (await cpo.get("/versions", emsp.known["token"])).status == 401


async def test_a_peer_that_wants_raw_tokens_is_spoken_to_in_raw_tokens(cpo: Cpo, emsp: Emsp) -> None:
    emsp.raw = True
    peer = await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert peer.form is TokenForm.RAW
    assert (await cpo.ask("GET", "/versions", headers=authorized(emsp.known["token"], raw=True))).status == 200


async def test_r_11_a_peer_with_trailing_slashes_registers_all_the_same(cpo: Cpo, emsp: Emsp) -> None:
    emsp.trailing = "/"
    peer = await cpo.parts.desk.register(f"{emsp.versions_url}/", "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    assert peer.endpoint("cdrs", "RECEIVER") == f"{emsp.root}/2.2.1/cdrs/"


@pytest.mark.parametrize("end", ["", "/"])
async def test_r_11_a_peer_is_told_endpoints_with_slashes_if_its_own_have_them(cpo: Cpo, emsp: Emsp, end: str) -> None:
    emsp.trailing = end
    await cpo.parts.desk.register(emsp.versions_url, "TOKEN-A-of-emsp", "msp", TokenForm.BASE64)
    details = await cpo.get("/2.2.1", emsp.known["token"])
    urls = {one["identifier"]: one["url"] for one in details.data["endpoints"]}
    assert urls["cdrs"] == f"{cpo.root}/2.2.1/cdrs{end}"
    assert (await cpo.get(f"{urls['cdrs']}/", emsp.known["token"])).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": "T", "url": "u", "roles": []},
        {"token": "with space", "url": "http://127.0.0.1/", "roles": []},
        {"token": "T", "url": "http://127.0.0.1/", "roles": [ROLE | {"role": "\x1b[31mEMSP"}]},
    ],
)
async def test_malformed_credentials_are_told_2001(cpo: Cpo, body: object) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    got = await cpo.ask("POST", CREDENTIALS, token_a, body)
    assert (got.status, got.code) == (200, 2001)


async def test_a_peer_that_nobody_protects_with_tls_is_not_called(cpo: Cpo, emsp: Emsp) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    theirs = emsp.credentials("TOKEN-B") | {"url": "http://192.0.2.1/versions"}
    got = await cpo.ask("POST", CREDENTIALS, token_a, theirs)
    assert got.code == 2001
    assert "https" in got.envelope["status_message"]


async def test_an_invitation_to_somebody_registered_is_refused(cpo: Cpo, emsp: Emsp) -> None:
    await befriend(cpo, emsp)
    with pytest.raises(RegistrationFailed, match="rotate it, or forget it first"):
        await cpo.parts.desk.invite("msp")
