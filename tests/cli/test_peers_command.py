"""`ocpi-gateway peers` against the daemon's window and a real eMSP."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.evening import Evening, unfolded
from roaming import Emsp, serving

from gateway.ocpi.peer import Endpoint, Peer, Standing
from gateway.web.peers_api import peer_line, peer_routes

OFFERED = (
    *("credentials SENDER", "tokens SENDER"),
    *("sessions RECEIVER", "cdrs RECEIVER", "locations RECEIVER", "tariffs RECEIVER"),
)


def test_what_a_peer_calls_its_modules_does_not_steer_the_terminal() -> None:
    named = (Endpoint("tokens\x1b[31m", "SENDER\n", "https://peer.example/tokens"),)
    peer = Peer("msp", Standing.REGISTERED, datetime(2026, 3, 2, tzinfo=UTC), endpoints=named)
    assert peer_line(peer).modules == ("tokens [31m SENDER",)


@pytest.fixture
async def roaming(evening: Evening, tmp_path: Path) -> AsyncIterator[Evening]:
    async with serving(tmp_path / "roaming") as cpo, evening.serving(routes=peer_routes(cpo.parts.desk)):
        yield evening


@pytest.fixture
async def emsp(tmp_path: Path) -> AsyncIterator[Emsp]:
    (tmp_path / "token-a").write_text("TOKEN-A-of-emsp\n")
    async with Emsp().up() as peer:
        yield peer


async def test_register_says_who_it_is_and_list_shows_it(roaming: Evening, emsp: Emsp) -> None:
    said = await roaming.ask("peers", "register", emsp.versions_url, "--token-file", str(roaming.folder / "token-a"))
    assert (said.code, said.err) == (0, "")
    assert unfolded(said.out).splitlines() == [
        "127.0.0.1 is registered: OCPI 2.2.1, EMSP DE*MSP",
        f"it offers {', '.join(OFFERED)}",
    ]
    listed = await roaming.ask("peers", "list")
    header, row = listed.out.splitlines()
    assert header.split() == ["PEER", "STANDING", "VERSION", "SINCE", "ROLES"]
    assert row.split() == ["127.0.0.1", "registered", "2.2.1", "2026-03-02", "01:00:00", "EMSP", "DE*MSP"]


async def test_no_token_is_ever_listed(roaming: Evening, emsp: Emsp) -> None:
    await roaming.ask("peers", "register", emsp.versions_url, "--token-file", str(roaming.folder / "token-a"))
    listed = (await roaming.ask("peers", "list", "--json")).out
    assert json.loads(listed)[0]["standing"] == "registered"
    assert not [token for token in (*emsp.accepted, emsp.known["token"]) if token in listed]


async def test_without_peers_list_says_how_to_begin(roaming: Evening) -> None:
    said = await roaming.ask("peers", "list")
    assert said.out == "no peer yet; ocpi-gateway peers register, or peers invite, begins with one\n"


async def test_a_daemon_without_the_section_says_what_to_add(evening: Evening) -> None:
    async with evening.serving(routes=peer_routes(None)):
        said = await evening.ask("peers", "list")
    assert said.code == 1
    assert said.err == ("ocpi-gateway: no peer can call in; add [ocpi_server] to the config and restart the daemon\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("rotate", "nobody"), "there is no peer nobody; known peers: none"),
        (("forget", "nobody"), "there is no peer nobody; known peers: none"),
        (("invite", "two words"), "a peer's name is up to 64 letters, digits, -, _ and .; choose another name"),
    ],
)
async def test_what_cannot_be_done_is_one_line(roaming: Evening, words: tuple[str, str], complaint: str) -> None:
    said = await roaming.ask("peers", *words)
    assert (said.code, said.out, said.err) == (1, "", f"ocpi-gateway: {complaint}\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("rotate",), "rotate whom? see ocpi-gateway peers --help"),
        (("register", "http://x"), "register needs the token that the peer gave us; add --token-file F"),
        (("register", "http://x", "--token-file", "/nowhere"), "/nowhere cannot be read as text; check --token-file"),
        (("register", "http://x", "--token-file", "/dev/zero"), "/dev/zero cannot be read as text; check --token-file"),
    ],
)
async def test_wrong_arguments_are_told_before_the_daemon_is_asked(
    evening: Evening, words: tuple[str, ...], complaint: str
) -> None:
    said = await evening.ask("peers", *words)
    assert (said.code, said.err) == (2, f"ocpi-gateway: {complaint}\n")
