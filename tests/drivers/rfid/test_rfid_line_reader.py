"""What a line reader does with a line that is not a card, and with a device that is no reader."""

import asyncio
import os
import stat
from contextlib import aclosing
from pathlib import Path

import pytest
from contracts.card_reader_story import until
from hwsim.cards import LineCards

from drivers.rfid import CardArrived, CardLeft, CardUnreadable, ReaderFound, ReaderLost, Uid
from drivers.rfid.line import LineReader, Lines


@pytest.fixture(params=["pty", "socket"])
def cards(request: pytest.FixtureRequest, tmp_path: Path) -> LineCards:
    return LineCards(tmp_path / "reader", as_socket=request.param == "socket")


async def test_a_line_that_is_no_number_is_an_unreadable_card(cards: LineCards) -> None:
    async with cards, aclosing(LineReader(str(cards.device), reversed_uid=False).events()) as events:
        await until(events, ReaderFound)
        cards.say("hello")
        (refusal,) = await until(events, CardUnreadable)
        assert isinstance(refusal, CardUnreadable)
        assert "line speed" in refusal.reason
        await cards.show(bytes.fromhex("04A1B2C3"))
        assert await until(events, CardArrived) == [CardLeft(), CardArrived(Uid("04A1B2C3"))]


async def test_noise_without_a_line_end_does_not_stop_the_reader(cards: LineCards) -> None:
    async with cards, aclosing(LineReader(str(cards.device), reversed_uid=False).events()) as events:
        await until(events, ReaderFound)
        cards.say("x" * 3000)
        await until(events, CardUnreadable)
        await cards.take_away()
        await cards.show(bytes.fromhex("04A1B2C3"))
        (*_, arrived) = await until(events, CardArrived)
        assert arrived == CardArrived(Uid("04A1B2C3"))


async def test_the_end_of_a_line_that_is_too_long_is_no_card() -> None:
    stream = asyncio.StreamReader(limit=256)
    lines = Lines(stream)
    stream.feed_data(b"F" * 300)
    assert await lines.next() == b"F" * 300
    stream.feed_data(b"F" * 300)
    stream.feed_data(b"04A1B2C3\r\n04D5E6F7\r\n")
    assert await lines.next() == b"04D5E6F7\r\n"


async def test_a_module_that_frames_its_lines_and_writes_small_letters_is_understood(cards: LineCards) -> None:
    async with cards, aclosing(LineReader(str(cards.device), reversed_uid=False).events()) as events:
        await until(events, ReaderFound)
        cards.say("\x0204a1b2c3\x03")
        assert await until(events, CardArrived) == [CardArrived(Uid("04A1B2C3"))]


async def test_a_device_that_is_no_reader_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    async with aclosing(LineReader(str(tmp_path / "notes.txt"), reversed_uid=False).events()) as events:
        (lost,) = await until(events, ReaderLost)
        assert isinstance(lost, ReaderLost)
        assert "neither a character device nor a unix socket" in lost.reason
        assert "`device`" in lost.reason


async def test_a_socket_nobody_serves_is_told_from_one_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "orphan"
    os.mknod(path, stat.S_IFSOCK | 0o600)
    async with aclosing(LineReader(str(path), reversed_uid=False).events()) as events:
        (lost,) = await until(events, ReaderLost)
        assert isinstance(lost, ReaderLost)
        assert "start the program that does" in lost.reason


async def test_a_device_another_process_holds_is_said_so_and_taken_when_free(tmp_path: Path) -> None:
    async with LineCards(tmp_path / "reader") as cards:
        first, second = (LineReader(str(cards.device), reversed_uid=False).events() for _ in range(2))
        await until(first, ReaderFound)
        async with aclosing(second):
            (lost,) = await until(second, ReaderLost)
            assert isinstance(lost, ReaderLost)
            assert "another process holds it" in lost.reason
            await first.aclose()
            await until(second, ReaderFound)
