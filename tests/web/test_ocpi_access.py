"""Who is let in: what was right once is asked anew each time."""

import base64
from dataclasses import replace

import pytest
from plant import MIDNIGHT

from gateway.ocpi.peer import Caller, InboundToken, Peer, PeerRecord, Purpose, Standing, TokenForm
from gateway.ocpi.presented import digest
from gateway.ocpi.reply import Reply
from gateway.web.ocpi_access import Gatekeeper

TOKEN = "a-token-of-ours"
PEER = Peer("msp", Standing.REGISTERED, MIDNIGHT)
RECORD = PeerRecord(PEER, (InboundToken(digest(TOKEN), Purpose.CURRENT),))
BASE64 = f"Token {base64.b64encode(TOKEN.encode()).decode()}"


class Peers:
    """The directory as a list that tests change."""

    def __init__(self) -> None:
        self.known = [RECORD]

    def records(self) -> list[PeerRecord]:
        return self.known


@pytest.fixture
def peers() -> Peers:
    return Peers()


def asking(peers: Peers) -> Gatekeeper:
    return Gatekeeper(peers, 30, lambda: 0.0)


def address() -> str:
    return "192.0.2.1"


@pytest.mark.parametrize(("header", "form"), [(BASE64, TokenForm.BASE64), (f"Token {TOKEN}", TokenForm.RAW)])
def test_a_token_that_was_right_opens_nothing_once_it_is_withdrawn(peers: Peers, header: str, form: TokenForm) -> None:
    gate = asking(peers)
    for _ in range(2):
        assert gate.admit(header, address) == Caller(PEER, Purpose.CURRENT, form, TOKEN)
    peers.known = []
    refused = gate.admit(header, address)
    assert isinstance(refused, Reply)
    assert refused.status == 401


def test_what_is_known_of_a_peer_is_as_it_is_now(peers: Peers) -> None:
    gate = asking(peers)
    gate.admit(BASE64, address)
    changed = replace(PEER, version="2.3.0")
    peers.known = [PeerRecord(changed, (InboundToken(digest(TOKEN), Purpose.PENDING),))]
    assert gate.admit(BASE64, address) == Caller(changed, Purpose.PENDING, TokenForm.BASE64, TOKEN)


def test_a_header_that_meant_one_token_means_another_once_that_is_gone(peers: Peers) -> None:
    """The same text may be a token as it stands and, decoded, another peer's."""
    gate = asking(peers)
    gate.admit(BASE64, address)
    raw = BASE64.removeprefix("Token ")
    other = replace(PEER, name="other")
    peers.known = [PeerRecord(other, (InboundToken(digest(raw), Purpose.CURRENT),))]
    assert gate.admit(BASE64, address) == Caller(other, Purpose.CURRENT, TokenForm.RAW, raw)
