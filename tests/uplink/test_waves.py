"""A wave of a backlog: its window never sleeps beside lanes that wait, and it never runs far ahead of the disk."""

import asyncio
from collections.abc import Sequence

from uplink.shipping import MemoryOutbox, a_session

from gateway.core.delivery import Accepted, Delivery, Receipt, Verdict
from gateway.uplink.lanes import Lane
from gateway.uplink.wave import Source, Wave

WINDOW = 8


class Line:
    """Takes everything at once, and counts."""

    def __init__(self) -> None:
        self.taken = 0
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def deliver(self, delivery: Delivery) -> Receipt:
        del delivery
        self.taken += 1
        return Accepted("taken")


class Disk(MemoryOutbox):
    """Writes verdicts while it is well."""

    def __init__(self) -> None:
        super().__init__()
        self.is_well = asyncio.Event()
        self.written = 0

    async def report(self, verdicts: Sequence[Verdict]) -> None:
        await self.is_well.wait()
        self.written += len(verdicts)


def backlog(*batches: int) -> Source:
    """Hand lanes over in batches of so many sessions, each after the window ran dry."""
    names = iter(range(sum(batches)))
    left = iter(batches)

    async def more() -> Sequence[Lane]:
        for _ in range(100):
            await asyncio.sleep(0)
        return [(a_session(f"S{next(names)}"),) for _ in range(next(left, 0))]

    async def live() -> Sequence[Lane]:
        return ()

    return Source(more, live, lambda: False)


async def test_a_window_that_ran_dry_goes_on_when_more_of_the_backlog_comes() -> None:
    line, disk = Line(), Disk()
    disk.is_well.set()
    async with asyncio.timeout(10):
        await Wave(line, disk, {}).ship((), backlog(200, 200), WINDOW)
    assert (line.taken, disk.written) == (400, 400)


async def test_no_more_goes_out_than_a_power_cut_may_repeat_while_the_disk_is_slow() -> None:
    line, disk = Line(), Disk()
    wave = asyncio.create_task(Wave(line, disk, {}).ship((), backlog(300, 300, 300), WINDOW))
    for _ in range(5_000):
        await asyncio.sleep(0)
    unbooked = line.taken
    disk.is_well.set()
    async with asyncio.timeout(10):
        await wave
    assert unbooked <= 2 * 256 + WINDOW
    assert (line.taken, disk.written) == (900, 900)
