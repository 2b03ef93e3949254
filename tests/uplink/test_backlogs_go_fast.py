"""What makes a backlog go fast, and what bounds it."""

import asyncio
from pathlib import Path

import aiomqtt
import pytest
from uplink.mosquitto import HOST, Mosquitto, running
from uplink.shipping import AT_ONCE, BACKEND, MemoryOutbox, Stumbling, a_session, shipping

from gateway.uplink.broker import Broker
from gateway.uplink.shipper import Shipper


async def test_verdicts_on_a_backlog_are_booked_many_at_once() -> None:
    outbox, uplink = MemoryOutbox(*(a_session(f"S{n:04d}", n) for n in range(1, 401))), Stumbling()

    async with shipping(Shipper(BACKEND, uplink, outbox, backoff=AT_ONCE)):
        await outbox.until_empty()

    assert len(outbox.accepted) == 400
    assert outbox.reports <= 8


async def test_the_window_bounds_what_is_in_flight() -> None:
    outbox, uplink = MemoryOutbox(*(a_session(f"S{n}", n) for n in range(1, 40))), Stumbling()

    async with shipping(Shipper(BACKEND, uplink, outbox, backoff=AT_ONCE)):
        await outbox.until_empty()

    assert len(uplink.handed) == 39
    assert uplink.most_in_flight == 8


@pytest.mark.slow
async def test_a_crowd_of_messages_and_acknowledgements_comes_through_whole_and_in_order(tmp_path: Path) -> None:
    sent = [b"%d " % number * (number % 300 + 1) for number in range(400)]

    async with (
        running(Mosquitto(tmp_path / "broker")) as broker,
        Broker(HOST, broker.port, protocol=aiomqtt.ProtocolVersion.V5) as line,
    ):
        await line.subscribe("crowd", qos=1)
        codes = await asyncio.gather(*(line.publish_acknowledged("crowd", payload) for payload in sent))
        heard = [(await anext(aiter(line.messages))).payload for _ in sent]

    assert set(codes) == {0}
    assert heard == sent
