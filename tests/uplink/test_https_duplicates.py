"""A CDR that the peer has already, and a peer that talks too much."""

import json

import pytest
from aiohttp import web
from uplink.sending import send, send_one
from uplink.shipping import a_cdr, a_session
from uplink.small_peer import TOKEN, SmallPeer, envelope

from gateway.core.delivery import Accepted, Deferred, Rejected
from gateway.settings import OcpiBackendSettings


async def test_r38_a_cdr_whose_reply_was_lost_is_sent_again_byte_for_byte_and_accepted(
    peer: SmallPeer, settings: OcpiBackendSettings
) -> None:
    peer.behave = peer.lose_the_first_reply
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


async def test_cards_and_token_are_not_quoted_back(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def chatty(_request: web.Request) -> web.StreamResponse:
        return envelope(2004, f"token 04a1b2c3 of NL-EXA-C00000001\nis unknown to {TOKEN}")

    peer.behave = chatty

    assert await send_one(settings, a_session()) == Rejected("HTTP 200, OCPI 2004 (token … of … is unknown to …)")
