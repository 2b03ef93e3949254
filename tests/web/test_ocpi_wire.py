"""The HTTP side of our OCPI server: requests in pieces, answers of any size, peers that read slowly."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from memory import resident_kib

from gateway.ocpi.reply import Reply
from gateway.web.ocpi_wire import OcpiHttpServer, write

PATIENCE_S = 0.1
HEAD = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


@asynccontextmanager
async def line_to(
    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], unread_s: float = 60.0
) -> AsyncIterator[Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]]:
    """Serve; yields what opens one more connection."""
    runner = web.ServerRunner(OcpiHttpServer(answer, now, PATIENCE_S, unread_s), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    lines: list[asyncio.StreamWriter] = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2], limit=1 << 16)
        lines.append(writer)
        return reader, writer

    try:
        yield connect
    finally:
        for writer in lines:
            writer.transport.abort()
        await runner.cleanup()


def now() -> datetime:
    return datetime.now(UTC)


async def whole(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_a_body_that_comes_right_behind_its_head_is_not_taken_for_the_next_request() -> None:
    """The server has read the head and not begun with it; what it is still at when its patience ends is not cut off."""
    loop = asyncio.get_running_loop()
    patience_over = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        loop.call_later(2 * PATIENCE_S, patience_over.set)
        await patience_over.wait()
        return write(Reply(b"1"), now())

    behind, signal = socket.socketpair()
    async with asyncio.timeout(10), line_to(answer) as connect:
        reader, writer = await connect()
        with behind, signal:
            loop.add_reader(behind, lambda: writer.write(behind.recv(4)))
            writer.write(HEAD)
            signal.send(b"null")  # becomes readable after the head did: it is passed on when that was read
            head, _ = await whole(reader)
            loop.remove_reader(behind)
        assert head.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("size", [0, 10, 2_047, 200_000, (1 << 18) - 100, 1 << 18, 3_000_000])
async def test_an_answer_of_any_size_arrives_whole_and_the_next_behind_it(size: int) -> None:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return write(Reply(b'"' + b"x" * size + b'"'), now())

    async with asyncio.timeout(10), line_to(answer) as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(GET)
            _, body = await whole(reader)
            assert body.startswith(b'{"data":"' + b"x" * size + b'","status_code":1000,')


async def test_an_answer_to_head_has_no_body() -> None:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return write(Reply(b"[]"), now())

    async with asyncio.timeout(10), line_to(answer) as connect:
        reader, writer = await connect()
        writer.write(GET.replace(b"GET", b"HEAD"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(GET)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")


async def test_peers_that_do_not_read_share_one_large_page() -> None:
    page = b'"' + b"x" * (20 << 20) + b'"'
    asked: asyncio.Queue[None] = asyncio.Queue()

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        asked.put_nowait(None)
        return write(Reply(page), now())

    async with asyncio.timeout(20), line_to(answer) as connect:
        before_kib = resident_kib()
        for _ in range(8):
            reader, writer = await connect()
            writer.write(GET)
            await asked.get()
            await reader.readline()
        assert resident_kib() - before_kib < len(page) >> 10


async def test_a_peer_that_does_not_read_its_answer_is_hung_up_on() -> None:
    given_up = asyncio.Event()

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return write(Reply(b'"' + b"x" * (20 << 20) + b'"', written=given_up.set), now())

    async with asyncio.timeout(20), line_to(answer, unread_s=0.2) as connect:
        reader, writer = await connect()
        writer.write(GET)
        await given_up.wait()
        assert len(await reader.read()) < 20 << 20
