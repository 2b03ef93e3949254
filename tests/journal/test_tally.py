"""What is owed is counted once and then kept by what goes away; meanwhile it says whatever the table would."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from gateway.core.identifiers import BackendName
from gateway.journal.tables import OutboxCount
from gateway.journal.tally import Tally

ONE, OTHER = BackendName("one"), BackendName("other")


@dataclass
class Table:
    """What the table holds, and how often somebody had to look; a look lasts until it `may_end`."""

    holds: dict[BackendName, OutboxCount] = field(default_factory=dict)
    looks: int = 0
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def count(self) -> dict[BackendName, OutboxCount]:
        self.looks += 1
        found = dict(self.holds)
        self.has_begun.set()
        await self.may_end.wait()
        return found


def table(**holds: OutboxCount) -> Table:
    found = Table({BackendName(name): count for name, count in holds.items()})
    found.may_end.set()
    return found


async def test_what_was_counted_is_not_counted_again_and_what_is_settled_goes_off_it() -> None:
    tally, held = Tally(), table(one=OutboxCount(3, 1), other=OutboxCount(1, 0))
    await tally.ask(held.count)

    tally.begin()(Counter({(ONE, False): 2, (ONE, True): 1, (OTHER, False): 1}))

    assert await tally.ask(held.count) == {ONE: OutboxCount(1, 0)}
    assert held.looks == 1


async def test_after_anything_else_than_settling_it_is_counted_anew() -> None:
    tally, held = Tally(), table(one=OutboxCount(3, 1))
    await tally.ask(held.count)

    note = tally.begin()
    held.holds[ONE] = OutboxCount(4, 1)
    note(None)

    assert await tally.ask(held.count) == {ONE: OutboxCount(4, 1)}
    assert held.looks == 2


async def test_a_change_that_the_disk_refused_leaves_nothing_to_go_by() -> None:
    tally, held = Tally(), table(one=OutboxCount(3, 1))
    await tally.ask(held.count)
    tally.begin()
    await tally.ask(held.count)
    assert held.looks == 2


async def test_a_count_that_a_change_overtook_is_told_once_and_not_kept() -> None:
    tally, held = Tally(), Table({ONE: OutboxCount(3, 1)})
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(tally.ask(held.count))
        await held.has_begun.wait()
        note = tally.begin()
        held.holds[ONE] = OutboxCount(1, 1)
        note(Counter({(ONE, False): 2}))
        held.may_end.set()
    assert asking.result() == {ONE: OutboxCount(3, 1)}
    assert await tally.ask(held.count) == {ONE: OutboxCount(1, 1)}


async def test_of_two_changes_under_way_the_first_ones_answer_is_not_the_last_word() -> None:
    tally, held = Tally(), table(one=OutboxCount(3, 1))
    await tally.ask(held.count)
    first, second = tally.begin(), tally.begin()
    first(Counter({(ONE, False): 1}))
    held.holds[ONE] = OutboxCount(1, 1)
    second(Counter({(ONE, False): 1}))
    assert await tally.ask(held.count) == {ONE: OutboxCount(1, 1)}
