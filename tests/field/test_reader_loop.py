"""What the site and the technician get to know of a card reader."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from hwsim.cards import LineCards

from drivers.rfid.line import LineReader
from gateway.core.identifiers import ReaderName, TokenUid
from gateway.core.instant import ClockQuality, Instant
from gateway.core.observations import CardPresented, CardUnusable
from gateway.field.reader_loop import CARDS_PER_MINUTE, ReaderLoop

NAME = ReaderName("gate")
DEADLINE_S = 10.0


class CountingClock:
    """Each look at it is one second later."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> Instant:
        self.looks += 1
        return Instant(
            utc=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.looks),
            boot_ns=self.looks * 1_000_000_000,
            boot_id="boot",
            clock=ClockQuality.SYNCHRONISED,
        )


class StandingClock:
    """Everything happens at one moment."""

    def now(self) -> Instant:
        return Instant(datetime(2026, 1, 1, tzinfo=UTC), 0, "boot", ClockQuality.SYNCHRONISED)


class Log:
    """Takes down what is logged, and can be waited for."""

    def __init__(self) -> None:
        self.entries: list[dict[str, object]] = []
        self._news: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, _logger: object, _method: str, entry: dict[str, object]) -> dict[str, object]:
        self.entries.append(entry)
        self._news.put_nowait(str(entry["event"]))
        raise structlog.DropEvent

    async def until(self, event: str) -> None:
        while await self._news.get() != event:
            pass


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    processors = structlog.get_config()["processors"]
    before = list(processors)
    processors[:] = [log]
    yield log
    processors[:] = before


@asynccontextmanager
async def running(loop: ReaderLoop) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(loop.run())
        yield
        task.cancel()


@pytest.fixture
async def cards(tmp_path: Path) -> AsyncIterator[LineCards]:
    async with LineCards(tmp_path / "reader") as cards:
        yield cards


async def test_cards_become_observations_stamped_when_they_come(cards: LineCards) -> None:
    inbox: asyncio.Queue[CardPresented | CardUnusable] = asyncio.Queue()
    loop = ReaderLoop(NAME, LineReader(str(cards.device), reversed_uid=False), CountingClock(), inbox)
    async with asyncio.timeout(DEADLINE_S), running(loop):
        await cards.show(bytes.fromhex("04A1B2C3D4E580"))
        first = await inbox.get()
        await cards.take_away()
        await cards.show(bytes.fromhex("08123456"))
        second = await inbox.get()
    assert first == CardPresented(reader=NAME, at=first.at, uid=TokenUid("04A1B2C3D4E580"))
    assert isinstance(second, CardUnusable)
    assert "random" in second.reason
    assert second.at.boot_ns - first.at.boot_ns == 1_000_000_000


async def test_the_technician_sees_whether_the_reader_is_there_and_why_not(cards: LineCards, log: Log) -> None:
    loop = ReaderLoop(NAME, LineReader(str(cards.device), reversed_uid=False), CountingClock(), asyncio.Queue())
    assert not loop.snapshot().present
    async with asyncio.timeout(DEADLINE_S), running(loop):
        await log.until("reader_found")
        there = loop.snapshot()
        await cards.unplug()
        await log.until("reader_lost")
        away = loop.snapshot()
    assert (there.present, there.device, there.trouble) == (True, str(cards.device), None)
    assert (away.present, away.device) == (False, str(cards.device))
    assert away.trouble is not None
    assert ";" in away.trouble, "a trouble ends with its remedy"


async def test_state_changes_are_logged_once_and_no_uid_ever_is(cards: LineCards, log: Log) -> None:
    loop = ReaderLoop(NAME, LineReader(str(cards.device), reversed_uid=False), CountingClock(), asyncio.Queue())
    await cards.unplug()
    async with asyncio.timeout(DEADLINE_S), running(loop):
        await log.until("reader_lost")
        await cards.plug_in()
        await cards.show(bytes.fromhex("04A1B2C3D4E580"))
        await cards.show(bytes.fromhex("04A1B2C3D4E580"))
        await log.until("card_presented")
        await cards.take_away()
        await cards.show(bytes.fromhex("00000000"))
        await log.until("card_unusable")
    assert [entry["event"] for entry in log.entries] == [
        "reader_lost",
        "reader_found",
        "card_presented",
        "card_unusable",
    ]
    assert log.entries[2]["uid"] == "04…80"
    assert "A1B2C3D4E5" not in str(log.entries)


async def test_a_reader_that_tells_of_cards_without_end_fills_no_journal_and_is_told_of_once(
    cards: LineCards, log: Log
) -> None:
    inbox: asyncio.Queue[CardPresented | CardUnusable] = asyncio.Queue()
    loop = ReaderLoop(NAME, LineReader(str(cards.device), reversed_uid=False), StandingClock(), inbox)
    async with asyncio.timeout(DEADLINE_S), running(loop):
        await log.until("reader_found")
        for number in range(CARDS_PER_MINUTE + 50):
            await cards.show(bytes((4, 1, 1, number)))
        await log.until("reader_floods")
        shown = loop.snapshot()
        await cards.unplug()
        await log.until("reader_lost")
    assert inbox.qsize() == CARDS_PER_MINUTE
    assert [entry["event"] for entry in log.entries].count("reader_floods") == 1
    assert shown.present
    assert shown.trouble is not None
    assert "more than 120 cards a minute" in shown.trouble
