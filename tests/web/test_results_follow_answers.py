"""One result to each order, and never before the order itself was answered; too many orders leave no trace."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from live_cpo import Live, live
from plant import EVSE
from web.test_ocpi_commands import RESERVE, START

from gateway.core.command_book import CommandRecord
from gateway.core.facts import Fact
from gateway.core.facts_roaming import CommandAnswered, CommandFinished, CommandTaken
from gateway.ocpi.reply import Reply
from gateway.ocpi.v2_2_1.command import read_command
from gateway.web.ocpi_wire import OcpiHttpServer, write

pytestmark = pytest.mark.slow

LARGE = b'"' + b"x" * 30_000_000 + b'"'  # more than sockets hold between two that do not read


async def taken_and_not_answered(site: Live) -> CommandRecord:
    address = f"{site.emsp.root}/results/first"
    command, _ = read_command("RESERVE_NOW", json.dumps({**RESERVE, "response_url": address}).encode())
    record = await site.desk.take(
        command, peer="msp", on_behalf_of=None, key="first", correlation=None, reply_to=address
    )
    assert isinstance(record, CommandRecord)
    return record


async def test_r_67_a_result_waits_until_the_order_was_answered(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        first = await taken_and_not_answered(site)
        await site.order("CANCEL_RESERVATION", {"reservation_id": "R-1"})
        await site.emsp.told()
        assert [url.split("?")[0] for url, _, _ in site.emsp.results] == ["/results/CANCEL_RESERVATION"]
        site.desk.answered(first.taken.id)
        await site.emsp.told(2)
        assert site.emsp.results[1][0] == "/results/first"


@asynccontextmanager
async def line_to_a_large_answer(told: asyncio.Event) -> AsyncIterator[asyncio.StreamReader]:
    """Ask a server for an answer that no socket holds, and read only its beginning."""

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return write(Reply(LARGE, written=told.set), datetime.now(UTC))

    runner = web.ServerRunner(OcpiHttpServer(answer, lambda: datetime.now(UTC), 5.0), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2], limit=1 << 16)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        await reader.readline()
        yield reader
    finally:
        writer.transport.abort()
        await runner.cleanup()


async def test_an_answer_counts_as_written_once_all_of_it_is_on_the_line() -> None:
    told = asyncio.Event()
    async with asyncio.timeout(20), line_to_a_large_answer(told) as reader:
        assert not told.is_set()
        while await reader.read(1 << 20):
            pass
        assert told.is_set()


async def test_a_line_that_breaks_over_an_answer_holds_no_result_back_for_ever() -> None:
    told = asyncio.Event()
    async with asyncio.timeout(20):
        async with line_to_a_large_answer(told):
            assert not told.is_set()
        await told.wait()


async def test_more_orders_than_a_peer_may_give_are_refused_without_a_fact(tmp_path: Path) -> None:
    async with live(tmp_path, orders_per_minute=2) as site:
        unknown: dict[str, Any] = {"session_id": "nothing"}
        await site.order("START_SESSION", START)
        await site.order("STOP_SESSION", unknown)
        refused = await site.order("STOP_SESSION", unknown)
        assert (refused.status, refused.code) == (200, 2000)
        assert len(await written(site, CommandTaken)) == 2
        assert (await site.order("START_SESSION", START)).data["result"] == "ACCEPTED"  # a repetition is no new order
        await site.box.wait(60)
        assert (await site.order("STOP_SESSION", unknown)).data["result"] == "UNKNOWN_SESSION"


async def test_a_result_that_timed_out_is_sent_once_and_then_no_more(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        await site.order("START_SESSION", START)
        site.box.outlet.plugged, site.box.outlet.power_w = True, 11_000
        await site.box.wait(5)
        site.box.outlet.controller_silent = True
        await site.order("STOP_SESSION", {"session_id": site.session.id})
        await site.box.wait(46)
        assert [said["result"] for said in await site.emsp.told(2)] == ["ACCEPTED", "TIMEOUT"]
        await until_booked(site)
        site.box.outlet.controller_silent = False
        await site.box.wait(60)
        assert [len(await written(site, kind)) for kind in (CommandFinished, CommandAnswered)] == [2, 2]
        assert len(site.emsp.results) == 2


async def test_a_result_that_nobody_acknowledges_is_given_up_and_not_sent_again(tmp_path: Path) -> None:
    async with live(tmp_path, timeout_s=0.2) as site:
        site.emsp.hangs_on_results = True
        await site.order("RESERVE_NOW", RESERVE)
        await site.emsp.told()
        await until_booked(site)
        site.emsp.hangs_on_results = False
        site.emsp.let_go.set()
        await site.order("CANCEL_RESERVATION", {"reservation_id": "R-1"})
        await site.emsp.told(2)
        assert [url.split("?")[0] for url, _, _ in site.emsp.results] == [
            "/results/RESERVE_NOW",
            "/results/CANCEL_RESERVATION",
        ]


async def test_status_shows_until_when_an_evse_is_kept_and_what_is_still_to_come_of_orders(tmp_path: Path) -> None:
    async with live(tmp_path) as site:
        await site.order("RESERVE_NOW", RESERVE)
        (evse,) = site.box.site.evses()
        assert (evse.reserved_until, evse.pending_orders) == (datetime(2026, 3, 2, 0, 30, tzinfo=UTC), 0)
        await site.order("CANCEL_RESERVATION", {"reservation_id": "R-1"})
        await site.order("START_SESSION", START)
        site.box.outlet.plugged, site.box.outlet.power_w = True, 11_000
        await site.box.wait(5)
        site.box.outlet.controller_silent = True
        await site.order("STOP_SESSION", {"session_id": site.session.id})
        (evse,) = site.box.site.evses()
        assert (evse.reserved_until, evse.pending_orders) == (None, 1)


async def written(site: Live, kind: type) -> list[Fact]:
    return [fact for fact in await site.box.facts() if isinstance(fact.body, kind)]


async def until_booked(site: Live) -> None:
    changed = asyncio.Event()
    site.box.site.on_outputs(changed.set)
    async with asyncio.timeout(10):
        while any(record.owed_at is not None for record in site.box.site.written.commands.values()):
            changed.clear()
            await changed.wait()
    assert site.box.site.written.evse(EVSE).session is not None
