"""Whoever stops waiting for a broker goes at once, and what it still answers is nothing to complain about."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from uplink.mosquitto import HOST, Mosquitto, running
from uplink.scripted_broker import ScriptedBroker, connected

from gateway.core.identifiers import Party
from gateway.settings import MqttBackendSettings
from gateway.uplink.broker import Broker
from gateway.uplink.mqtt import MqttUplink


async def test_the_answer_to_a_subscription_that_was_called_off_is_dropped_silently(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with running(Mosquitto(tmp_path / "broker")) as mosquitto, Broker(HOST, mosquitto.port) as broker:
        subscribing = asyncio.ensure_future(broker.subscribe("requests", timeout=10))
        await asyncio.sleep(0)  # now it has been sent
        subscribing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await subscribing
        await broker.publish_acknowledged("later", b"")  # answered after what was asked before
        assert caplog.messages == []


class CalledOffAtTheAnswer(Broker):
    """Whoever subscribes is called off in the very moment in which the broker's answer is there."""

    subscribing: "asyncio.Future[Any]"

    def _on_subscribe(self, *answer: Any) -> None:
        super()._on_subscribe(*answer)
        self.subscribing.cancel()


async def test_who_is_called_off_as_the_answer_comes_goes(tmp_path: Path) -> None:
    async with (
        running(Mosquitto(tmp_path / "broker")) as mosquitto,
        CalledOffAtTheAnswer(HOST, mosquitto.port) as broker,
    ):
        broker.subscribing = asyncio.ensure_future(broker.subscribe("requests", timeout=10))
        with pytest.raises(asyncio.CancelledError):
            await broker.subscribing


def a_message(topic: bytes, properties: bytes = b"\x00") -> bytes:
    body = len(topic).to_bytes(2, "big") + topic + properties + b"{}"
    return bytes((0x30, len(body))) + body


async def test_a_message_whose_topic_is_none_is_passed_over_and_the_next_is_heard() -> None:
    broker = ScriptedBroker()
    async with asyncio.timeout(5), connected(broker) as line:
        await broker.say(a_message(b"\xff\xfe"), a_message(b"a/+"), a_message(b""), a_message(b"good"))
        assert str((await anext(line.messages)).topic) == "good"


async def test_a_broker_that_falls_silent_before_our_last_word_is_hung_up_on() -> None:
    broker = ScriptedBroker()
    async with asyncio.timeout(10), await asyncio.start_server(broker.serve, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = MqttBackendSettings("broker", HOST, port, "ocpi/v1", "gateway", timeout_s=0.3)
        async with answering_once(broker), MqttUplink(settings, Party("SE", "ABC")).session():
            pass
        await broker.left.wait()


@asynccontextmanager
async def answering_once(broker: ScriptedBroker) -> AsyncIterator[None]:
    """Acknowledge the first message, no other."""

    async def answer() -> None:
        await broker.say(b"\x40\x02" + (await broker.published.get()).to_bytes(2, "big"))

    answered = asyncio.create_task(answer())
    yield
    await answered


async def test_a_socket_that_is_closed_by_then_is_not_waited_for() -> None:
    broker, complaints = ScriptedBroker(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with asyncio.timeout(5), connected(broker) as line:
        closed = socket.socket()
        closed.close()
        line._on_socket_register_write(None, None, closed)  # noqa: SLF001 - as paho calls it
        await asyncio.sleep(0)
    assert complaints == []
