"""Sending through the HTTPS uplink, and being refused by it."""

from functools import partial

import pytest

from gateway.core.delivery import Delivery, Receipt
from gateway.settings import OcpiBackendSettings
from gateway.uplink.access import read_access
from gateway.uplink.https import OcpiUplink
from gateway.uplink.ports import LinkDown


async def send(settings: OcpiBackendSettings, *deliveries: Delivery) -> list[Receipt]:
    async with OcpiUplink(settings, partial(read_access, settings)).session() as link:
        return [await link.deliver(delivery) for delivery in deliveries]


async def send_one(settings: OcpiBackendSettings, delivery: Delivery) -> Receipt:
    [receipt] = await send(settings, delivery)
    return receipt


async def refusal(settings: OcpiBackendSettings) -> str:
    with pytest.raises(LinkDown) as refused:
        await send(settings)
    assert "\n" not in str(refused.value)
    return str(refused.value)
