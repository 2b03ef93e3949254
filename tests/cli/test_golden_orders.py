"""What orders answer, and what only a daemon with its desks can tell: word for word."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.evening import Evening
from cli.goldens import golden
from roaming import Emsp, serving
from web.garage_day import session_id

from gateway.web.peers_api import peer_routes


async def test_a_meter_exchange_and_a_retry_are_word_for_word_this(served: Evening) -> None:
    said = await served.ask("meter-exchanged", "EVSE-1", "--old-wh", "1002000", "--new-wh", "7")
    assert (said.code, said.err, said.out) == (0, "", golden("meter-exchanged"))
    said = await served.ask("outbox", "retry", session_id(served.plant))
    assert (said.code, said.err, said.out) == (0, "", golden("outbox_retry"))


async def test_the_inventory_and_what_is_sent_again_are_word_for_word_this(served: Evening) -> None:
    said = await served.ask("cdrs", "inventory", "backend")
    assert (said.code, said.err, said.out) == (0, "", golden("cdrs_inventory"))
    said = await served.ask("cdrs", "resend", "backend", "1", "7-9")
    assert (said.code, said.err, said.out) == (1, "", golden("cdrs_resend"))


async def test_a_cdr_taken_back_is_word_for_word_this(served: Evening) -> None:
    order = ("cdr", "credit", session_id(served.plant), "--reason", "wrong energy", "--replace", "--energy-wh", "1900")
    said = await served.ask(*order)
    assert (said.code, said.err, said.out) == (0, "", golden("cdr_credit"))


@pytest.fixture
async def roaming(evening: Evening, tmp_path: Path) -> AsyncIterator[Evening]:
    async with (
        serving(tmp_path / "roaming", public_url="https://garage.example.com/ocpi") as cpo,
        evening.serving(routes=peer_routes(cpo.parts.desk)),
    ):
        yield evening


async def test_peers_from_none_to_forgotten_are_word_for_word_this(roaming: Evening) -> None:
    (roaming.folder / "token-a").write_text("TOKEN-A-of-emsp\n")
    said = await roaming.ask("peers", "list")
    assert (said.code, said.err, said.out) == (0, "", golden("peers_list_empty"))
    async with Emsp().up() as emsp:
        token = str(roaming.folder / "token-a")
        said = await roaming.ask("peers", "register", emsp.versions_url, "--token-file", token, "--name", "msp")
        assert (said.code, said.err, said.out) == (0, "", golden("peers_register"))
        said = await roaming.ask("peers", "rotate", "msp")
        assert (said.code, said.err, said.out) == (0, "", golden("peers_rotate"))
        said = await roaming.ask("peers", "invite", "hub")
        token = re.findall(r"token: (\S+)", said.out)[0]
        assert (said.code, said.err, said.out) == (0, "", golden("peers_invite", token=token))
        said = await roaming.ask("peers", "list")
        assert (said.code, said.err, said.out) == (0, "", golden("peers_list"))
        said = await roaming.ask("peers", "forget", "msp")
        assert (said.code, said.err, said.out) == (0, "", golden("peers_forget"))


async def test_a_short_trace_of_a_quiet_line_is_word_for_word_this(
    served: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(served.folder)
    said = await served.ask("bus", "trace", "--pcap", "line.pcap", "--seconds", "0.01")
    assert (said.code, said.err, said.out) == (0, "", golden("bus_trace"))
