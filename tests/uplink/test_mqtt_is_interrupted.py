"""Whoever stops waiting for a broker goes at once, and what it still answers is nothing to complain about."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from uplink.mosquitto import HOST, Mosquitto, running

from gateway.uplink.broker import Broker


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
