"""A broker that comes back meets its sites one after the other: a thousand real shippers, each in a time of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import pytest
from uplink.shipping import BACKEND, MemoryOutbox

from gateway.core.delivery import Accepted, Delivery, Receipt
from gateway.uplink.ports import LinkDown
from gateway.uplink.shipper import Shipper

SITES = 1000
BUSIEST = 200  # connections within one second; all at once it would be 1,000


class Returned(Exception):
    """The site is back; nothing of what comes then matters here."""


@dataclass
class Line:
    """A line that was up, goes down at second 0 for all sites, and can be had again at second `back_at`."""

    back_at: float
    now: float = 0.0
    was_up: bool = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Line"]:
        if self.was_up:
            if self.now < self.back_at:
                raise LinkDown("nobody there: switch it on")
            raise Returned
        self.was_up = True
        yield self

    @property
    def lost(self) -> asyncio.Future[str]:
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        lost.set_result("the broker went: look after it")
        return lost

    async def deliver(self, _delivery: Delivery) -> Receipt:
        return Accepted("yes")

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("back_at", [0.0, 2.0, 10.0, 60.0, 600.0])
async def test_no_second_sees_more_than_a_few_of_a_thousand(back_at: float) -> None:
    arrivals = Counter[int]()
    for number in range(SITES):
        line = Line(back_at)
        shipper = Shipper(BACKEND, line, MemoryOutbox(), sleep=line.sleep, chance=Random(number).random)  # noqa: S311 - a die
        with pytest.raises(Returned):
            await shipper.run()
        arrivals[int(line.now)] += 1

    assert max(arrivals.values()) <= BUSIEST
    assert max(arrivals) - back_at <= 61  # and none of them dawdles
