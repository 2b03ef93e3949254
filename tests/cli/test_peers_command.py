"""`ocpi-gateway peers` against the daemon's window and a real eMSP."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.evening import Evening
from roaming import Emsp, serving
from web.garage_day import GarageView

from gateway.web.local_api import serve
from gateway.web.peers_api import peer_routes
from gateway.web.registration_desk import RegistrationDesk

OFFERED = (
    *("credentials SENDER", "tokens SENDER"),
    *("sessions RECEIVER", "cdrs RECEIVER", "locations RECEIVER", "tariffs RECEIVER"),
)


async def window(evening: Evening, desk: RegistrationDesk | None) -> None:
    """Be the daemon's window, with or without endpoints of its own."""
    view = GarageView(evening.plant)
    await serve(evening.folder / "gw.sock", view, view, view, version="1.2.3", routes=peer_routes(desk))  # type: ignore[arg-type]


@pytest.fixture
async def roaming(evening: Evening, tmp_path: Path) -> AsyncIterator[Evening]:
    async with serving(tmp_path / "roaming") as cpo:
        task = asyncio.create_task(window(evening, cpo.parts.desk))
        await asyncio.sleep(0)
        yield evening
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def emsp(tmp_path: Path) -> AsyncIterator[Emsp]:
    (tmp_path / "token-a").write_text("TOKEN-A-of-emsp\n")
    async with Emsp().up() as peer:
        yield peer


async def test_register_says_who_it_is_and_list_shows_it(roaming: Evening, emsp: Emsp) -> None:
    said = await roaming.ask("peers", "register", emsp.versions_url, "--token-file", str(roaming.folder / "token-a"))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "127.0.0.1 is registered: OCPI 2.2.1, EMSP DE*MSP",
        f"it offers {', '.join(OFFERED)}",
    ]
    listed = await roaming.ask("peers", "list")
    header, row = listed.out.splitlines()
    assert header.split() == ["PEER", "STANDING", "VERSION", "ROLES", "SINCE"]
    assert row.split() == ["127.0.0.1", "registered", "2.2.1", "EMSP", "DE*MSP", "2026-03-02T00:00:00Z"]


async def test_no_token_is_ever_listed(roaming: Evening, emsp: Emsp) -> None:
    await roaming.ask("peers", "register", emsp.versions_url, "--token-file", str(roaming.folder / "token-a"))
    listed = (await roaming.ask("peers", "list", "--json")).out
    assert json.loads(listed)[0]["standing"] == "registered"
    assert not [token for token in (*emsp.accepted, emsp.known["token"]) if token in listed]


async def test_without_peers_list_says_how_to_begin(roaming: Evening) -> None:
    said = await roaming.ask("peers", "list")
    assert said.out == "no peer yet; ocpi-gateway peers register, or peers invite, begins with one\n"


async def test_a_daemon_without_the_section_says_what_to_add(evening: Evening) -> None:
    task = asyncio.create_task(window(evening, None))
    await asyncio.sleep(0)
    said = await evening.ask("peers", "list")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
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
    ],
)
async def test_wrong_arguments_are_told_before_the_daemon_is_asked(
    evening: Evening, words: tuple[str, ...], complaint: str
) -> None:
    said = await evening.ask("peers", *words)
    assert (said.code, said.err) == (2, f"ocpi-gateway: {complaint}\n")
