"""What can be wrong with a peer, each in one line that ends with the remedy."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from uplink.sending import refusal, send_one
from uplink.shipping import a_cdr, a_session
from uplink.small_peer import TOKEN, SmallPeer, hang

from gateway.core.delivery import Accepted, Deferred, Rejected
from gateway.settings import OcpiBackendSettings


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


async def test_an_answer_that_comes_in_pieces_is_read_whole(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    async def in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b'{"status_code":2001,"timestamp"', b':"2026-03-01T10:00:00Z",', b'"status_message":"so it is"}'):
            await response.write(piece)
            await asyncio.sleep(0)
        return response

    peer.behave = in_pieces

    assert await send_one(settings, a_cdr()) == Rejected("HTTP 200, OCPI 2001 (so it is)")


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
