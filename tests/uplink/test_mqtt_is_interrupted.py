"""What a broker still answers after we have stopped waiting for it is nothing to complain about."""

import asyncio
import logging
from pathlib import Path

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
