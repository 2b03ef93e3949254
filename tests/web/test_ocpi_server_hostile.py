"""Our OCPI server against those who mean it harm, or know no better."""

import asyncio
import gzip
import io
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory import resident_kib
from roaming import Cpo, Emsp, a_token, authorized, befriend, serving
from thoroughness import examples
from uplink.certificates import Authority

from gateway.web.unusable import ServerUnusable

TOKEN_PATH = "/2.2.1/tokens/DE/MSP/04A1B2C3D4E580"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MODULES = (
    *("versions", "2.2.1", "2.3.0", "credentials", "locations", "sessions", "cdrs", "tariffs", "tokens", "commands"),
    *("chargingprofiles", "charging_preferences", "START_SESSION", "RESERVE_NOW", "..", ""),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
half_tokens = st.fixed_dictionaries({}, optional=dict.fromkeys(a_token(), json_values)).map(
    lambda fields: a_token() | fields
)
bodies = st.one_of(
    st.none(),
    st.binary(max_size=200),
    st.one_of(json_values, half_tokens).map(lambda value: json.dumps(value).encode()),
)
segments = st.one_of(st.sampled_from(MODULES), st.text(max_size=12), st.sampled_from(("DE", "MSP", "04A1", "LOC1")))
queries = st.dictionaries(
    st.sampled_from(("date_from", "date_to", "offset", "limit", "type", "x")), st.text(max_size=25), max_size=4
)


def test_whatever_is_asked_there_is_an_envelope_and_never_a_500(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Many requests of any shape on one server; hypothesis wants no coroutines, so this drives the event loop."""
    with asyncio.Runner() as runner:
        stage = serving(tmp_path)
        cpo = runner.run(stage.__aenter__())

        async def friend() -> str:
            async with Emsp().up() as emsp:
                return await befriend(cpo, emsp)

        token = runner.run(friend())

        @given(st.sampled_from(METHODS), st.lists(segments, max_size=5), queries, bodies)
        @settings(max_examples=examples(400), deadline=None, suppress_health_check=list(HealthCheck))
        def hold(method: str, path: list[str], query: dict[str, str], body: bytes | None) -> None:
            got = runner.run(_ask(cpo, token, method, (path, query, body)))
            assert got["status"] < 500, got
            assert isinstance(got["envelope"]["status_code"], int)

        try:
            hold()
        finally:
            runner.run(stage.__aexit__(None, None, None))
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.slow
async def test_what_nobody_can_use_leaves_no_memory_behind(tmp_path: Path) -> None:
    """Known and unknown tokens, paths that are never the same, bodies that are refused: nothing of them is kept."""
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        token = await befriend(cpo, emsp)

        async def knock(times: range) -> None:
            for number in times:
                body = json.dumps(a_token(f"{number:014X}") | {"valid": "perhaps"}).encode()
                await cpo.ask("GET", f"/2.2.1/locations/nowhere-{number}", token)
                await cpo.ask("PUT", f"/2.2.1/tokens/DE/MSP/{number:014X}", token, body)
                await cpo.ask("GET", "/versions", f"wrong-{number}")

        await knock(range(300))
        before_kib = resident_kib()
        await knock(range(300, 1500))
        assert resident_kib() - before_kib < 3 << 10


async def _ask(
    cpo: Cpo, token: str, method: str, rest: tuple[list[str], dict[str, str], bytes | None]
) -> dict[str, Any]:
    path, query, body = rest
    if method == "DELETE" and "credentials" in path:
        method = "GET"
    url = "/".join([cpo.root, *(quote(part, safe="") for part in path)])
    async with cpo.http.request(method, url, params=query, data=body, headers=authorized(token)) as response:
        return {"status": response.status, "envelope": json.loads(await response.read())}


async def test_a_body_of_more_than_a_megabyte_is_413(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        got = await cpo.ask("PUT", TOKEN_PATH, await befriend(cpo, emsp), io.BytesIO(b" " * ((1 << 20) + 1)))
        assert (got.status, got.code) == (413, 2000)


async def test_a_small_body_that_unpacks_to_a_large_one_is_413(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        packed = gzip.compress(b" " * (8 << 20))
        got = await cpo.ask("PUT", TOKEN_PATH, await befriend(cpo, emsp), packed, headers={"Content-Encoding": "gzip"})
        assert got.status == 413


@pytest.mark.parametrize("depth", [33, 5_000, 400_000])
async def test_a_body_that_is_nested_too_deep_is_400(tmp_path: Path, depth: int) -> None:
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        got = await cpo.ask("PUT", TOKEN_PATH, await befriend(cpo, emsp), b"[" * depth + b"]" * depth)
        assert (got.status, got.code) == (400, 2000)


async def test_brackets_inside_a_text_are_no_depth(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        sent = a_token(issuer='[{"' * 20)
        assert (await cpo.ask("PUT", TOKEN_PATH, await befriend(cpo, emsp), sent)).status == 201


async def test_a_request_that_dribbles_is_cut_off(tmp_path: Path) -> None:
    async with serving(tmp_path, request_timeout_s=0.2) as cpo:
        reader, writer = await asyncio.open_connection("127.0.0.1", cpo.parts.port)
        writer.write(b"GET /ocpi/versions HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_a_body_that_dribbles_is_408(tmp_path: Path) -> None:
    async with serving(tmp_path, request_timeout_s=0.2) as cpo, Emsp().up() as emsp:
        head = authorized(await befriend(cpo, emsp))["Authorization"]
        reader, writer = await asyncio.open_connection("127.0.0.1", cpo.parts.port)
        lines = (f"PUT /ocpi{TOKEN_PATH} HTTP/1.1", "Host: x", f"Authorization: {head}", "Content-Length: 99", "", "{")
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408")


async def test_wrong_tokens_are_slowed_down_and_right_ones_are_not(tmp_path: Path) -> None:
    async with serving(tmp_path, wrong_tokens_per_minute=3) as cpo, Emsp().up() as emsp:
        token = await befriend(cpo, emsp)
        statuses = [(await cpo.get("/versions", "wrong")).status for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        refused = await cpo.get("/versions", "wrong")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert (await cpo.get("/versions", token)).status == 200


async def test_behind_a_proxy_each_address_is_counted_by_itself(tmp_path: Path) -> None:
    async with serving(tmp_path, wrong_tokens_per_minute=1, behind_proxy=True) as cpo:

        async def wrong(address: str) -> int:
            return (await cpo.get("/versions", "wrong", headers={"X-Forwarded-For": f"evil, {address}"})).status

        assert [await wrong(each) for each in ("192.0.2.1", "192.0.2.2", "192.0.2.1")] == [401, 401, 429]


async def test_what_is_no_http_is_answered_in_an_envelope_and_closed(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo:
        reader, writer = await asyncio.open_connection("127.0.0.1", cpo.parts.port)
        writer.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
        assert b'"status_code":2000' in answer


async def test_a_token_never_stands_in_an_answer_to_somebody_else(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo:
        got = await cpo.get("/versions", "a-secret-of-somebody")
        assert b"a-secret" not in got.body


async def test_an_invitation_lets_one_registration_in_also_when_two_come_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        emsp.accepted.add("TOKEN-B")
        token_a = (await cpo.parts.desk.invite("msp")).token
        posts = (cpo.ask("POST", "/2.2.1/credentials", token_a, emsp.credentials("TOKEN-B")) for _ in range(4))
        assert sorted(got.status for got in await asyncio.gather(*posts)) == [200, 405, 405, 405]


async def test_a_port_that_is_taken_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    async with serving(tmp_path / "one") as cpo:
        with pytest.raises(ServerUnusable, match=r"change \[ocpi_server\] host or port"):
            async with serving(tmp_path / "two", port=cpo.parts.port):
                pass


async def test_it_serves_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    certificate = authority.issue("server", "localhost")
    async with serving(tmp_path / "state", cert_file=certificate.cert_file, key_file=certificate.key_file) as cpo:
        context = ssl.create_default_context(cafile=authority.ca_file)
        url = f"https://localhost:{cpo.parts.port}/ocpi/versions"
        async with cpo.http.get(url, ssl=context) as response:
            assert response.status == 401


@asynccontextmanager
async def from_(address: str, port: int, count: int = 1) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Connect so often, and say nothing."""
    lines = [await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)) for _ in range(count)]
    try:
        yield [reader for reader, _ in lines]
    finally:
        for _, writer in lines:
            writer.transport.abort()


@pytest.mark.parametrize("is_tls", [False, True])
async def test_who_only_connects_shuts_nobody_else_out(tmp_path: Path, is_tls: bool) -> None:  # noqa: FBT001 - a column
    ways = _certified(tmp_path) if is_tls else {}
    async with asyncio.timeout(20), serving(tmp_path / "state", **ways) as cpo:
        port = cpo.parts.port
        async with from_("127.0.0.1", port, 64):
            async with from_("127.0.0.1", port) as (one_too_many,):
                assert await one_too_many.read() == b""
            async with (
                from_("127.0.0.2", port, 64),
                from_("127.0.0.3", port, 64),
                from_("127.0.0.4", port, 63),
                from_("127.0.0.5", port) as (let_in,),
                from_("127.0.0.6", port) as (not_any_more,),
            ):
                assert await not_any_more.read() == b""
                assert not let_in.at_eof()


async def test_the_places_of_those_who_left_are_free_again(tmp_path: Path) -> None:
    async with asyncio.timeout(20), serving(tmp_path) as cpo:
        async with from_("127.0.0.1", cpo.parts.port, 64):
            with pytest.raises(aiohttp.ClientError):
                await cpo.get("/versions")
        status = None
        while status is None:  # they may not have been seen leaving yet
            with suppress(aiohttp.ClientError):
                status = (await cpo.get("/versions")).status
        assert status == 401


async def test_a_tls_handshake_that_does_not_come_is_cut_off(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(5),
        serving(tmp_path / "state", request_timeout_s=0.2, **_certified(tmp_path)) as cpo,
        from_("127.0.0.1", cpo.parts.port) as (line,),
    ):
        assert await line.read() == b""


def _certified(folder: Path) -> dict[str, Any]:
    certificate = Authority(folder, "ca").issue("server", "localhost")
    return {"cert_file": certificate.cert_file, "key_file": certificate.key_file}


async def test_a_server_that_has_ended_is_forgotten_by_the_event_loop(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo:
        assert (await cpo.get("/versions")).status == 401
    loop = asyncio.get_running_loop()
    sockets = [socket.socket() for _ in range(64)]
    try:
        assert not [one for one in sockets if loop.remove_reader(one)]
    finally:
        for one in sockets:
            one.close()
