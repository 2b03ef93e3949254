"""What every CardReader promises, shown on PC/SC with a real pcscd and on lines from a pty and a Unix socket."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

import pytest
from contracts.card_reader_story import until
from hwsim.cards import LineCards, VirtualCard
from hwsim.pcscd import Pcscd

from drivers.rfid import CardArrived, CardLeft, CardReader, CardUnreadable, ReaderFound, ReaderLost, Uid
from drivers.rfid.line import LineReader
from drivers.rfid.pcsc import PcscReader

CARD = bytes.fromhex("04A1B2C3D4E580")
OTHER_CARD = bytes.fromhex("DEADBEEF")


class Bench(Protocol):
    """A reader and hands that lay cards on it; it starts unplugged."""

    def reader(self, *, reversed_uid: bool = False) -> CardReader: ...
    async def plug_in(self) -> None: ...
    async def unplug(self) -> None: ...
    async def lay(self, uid: bytes) -> None: ...
    async def rest(self) -> None:
        """Give the reader several chances to see the card again."""
        ...

    async def take_away(self) -> None: ...


class PcscBench:
    def __init__(self) -> None:
        self._pcscd = Pcscd()
        self._pcscd.serve_this_process()
        self._card: VirtualCard | None = None

    def reader(self, *, reversed_uid: bool = False) -> CardReader:
        return PcscReader("virtual pcd 00 00", reversed_uid=reversed_uid)

    async def plug_in(self) -> None:
        await self._pcscd.start()

    async def unplug(self) -> None:
        await self._pcscd.stop()

    async def lay(self, uid: bytes) -> None:
        self._card = VirtualCard(uid)
        await self._card.insert(self._pcscd.slots[0].port)

    async def rest(self) -> None:
        assert self._card is not None
        await self._card.seen(times=4)

    async def take_away(self) -> None:
        if self._card is not None:
            await self._card.remove()

    async def close(self) -> None:
        await self.take_away()
        await self._pcscd.close()


class LineBench:
    def __init__(self, device: Path, *, as_socket: bool) -> None:
        self._cards = LineCards(device, as_socket=as_socket)
        self._uid = b""

    def reader(self, *, reversed_uid: bool = False) -> CardReader:
        return LineReader(str(self._cards.device), reversed_uid=reversed_uid)

    async def plug_in(self) -> None:
        await self._cards.plug_in()

    async def unplug(self) -> None:
        await self._cards.unplug()

    async def lay(self, uid: bytes) -> None:
        self._uid = uid
        await self._cards.show(uid)

    async def rest(self) -> None:
        for _ in range(3):
            await self._cards.show(self._uid)

    async def take_away(self) -> None:
        await self._cards.take_away()

    async def close(self) -> None:
        await self._cards.unplug()


@pytest.fixture(params=[pytest.param("pcsc", marks=pytest.mark.slow), "pty", "socket"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = (
        PcscBench() if request.param == "pcsc" else LineBench(tmp_path / "reader", as_socket=request.param == "socket")
    )
    yield bench
    await bench.close()


async def test_a_card_arrives_once_however_long_it_rests(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.lay(CARD)
        assert await until(events, CardArrived) == [CardArrived(Uid("04A1B2C3D4E580"))]
        await bench.rest()
        await bench.take_away()
        assert await until(events, CardLeft) == [CardLeft()]


async def test_a_card_that_leaves_and_returns_counts_twice(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        for _ in range(2):
            await bench.lay(CARD)
            await until(events, CardArrived)
            await bench.take_away()
            assert await until(events, CardLeft) == [CardLeft()]


async def test_a_card_that_rests_when_the_reader_is_first_seen_has_arrived(bench: Bench) -> None:
    await bench.plug_in()
    await bench.lay(CARD)
    async with aclosing(bench.reader().events()) as events:
        assert CardArrived(Uid("04A1B2C3D4E580")) in await until(events, CardArrived)


@pytest.mark.parametrize("uid", ["DEADBEEF", "04A1B2C3D4E500", "04A1B2C3D4E5F6071829"])
async def test_the_uid_is_upper_case_hex_in_the_order_the_reader_returns_it(bench: Bench, uid: str) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.lay(bytes.fromhex(uid))
        assert await until(events, CardArrived) == [CardArrived(Uid(uid))]


async def test_a_reader_that_delivers_the_last_byte_first_is_put_right(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader(reversed_uid=True).events()) as events:
        await until(events, ReaderFound)
        await bench.lay(bytes.fromhex("80E5D4C3B2A104"))
        assert await until(events, CardArrived) == [CardArrived(Uid("04A1B2C3D4E580"))]


@pytest.mark.parametrize(
    ("uid", "word"),
    [
        ("08123456", "random"),
        ("00000000000000", "empty"),
        ("FFFFFFFF", "blank"),
        ("8804A1B2", "cascade"),
        ("04A1B2C3D4", "5 bytes"),
    ],
)
async def test_a_uid_that_tells_nobody_is_refused_with_a_reason(bench: Bench, uid: str, word: str) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.lay(bytes.fromhex(uid))
        (refusal,) = await until(events, CardUnreadable)
        assert isinstance(refusal, CardUnreadable)
        assert word in refusal.reason
        await bench.rest()
        await bench.take_away()
        assert await until(events, CardLeft) == [CardLeft()]


async def test_a_reader_that_is_not_there_yet_is_waited_for(bench: Bench) -> None:
    async with aclosing(bench.reader().events()) as events:
        (lost,) = await until(events, ReaderLost)
        assert isinstance(lost, ReaderLost)
        assert ";" in lost.reason, "a reason ends with a remedy"
        await bench.plug_in()
        await until(events, ReaderFound)
        await bench.lay(CARD)
        await until(events, CardArrived)


async def test_a_reader_that_vanished_and_returned_reads_cards_again(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.unplug()
        await until(events, ReaderLost)
        await bench.plug_in()
        await until(events, ReaderFound)
        await bench.lay(CARD)
        assert await until(events, CardArrived) == [CardArrived(Uid("04A1B2C3D4E580"))]


async def test_a_card_that_rested_while_the_reader_was_away_is_not_counted_again(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.lay(CARD)
        await until(events, CardArrived)
        await bench.unplug()
        await bench.plug_in()
        seen = await until(events, ReaderLost, ReaderFound)
        await bench.rest()
        await bench.take_away()
        seen += await until(events, CardLeft)
        assert not [event for event in seen if isinstance(event, CardArrived)]
        assert seen.count(CardLeft()) == 1


async def test_a_card_taken_away_while_the_reader_was_away_has_left(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.lay(CARD)
        await until(events, CardArrived)
        await bench.unplug()
        await until(events, ReaderLost)
        await bench.take_away()
        await bench.plug_in()
        await until(events, CardLeft)
        await bench.lay(CARD)
        assert await until(events, CardArrived) == [CardArrived(Uid("04A1B2C3D4E580"))]


async def test_another_card_after_an_outage_ends_the_first_visit_and_begins_its_own(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await until(events, ReaderFound)
        await bench.lay(CARD)
        await until(events, CardArrived)
        await bench.unplug()
        await until(events, ReaderLost)
        await bench.take_away()
        await bench.lay(OTHER_CARD)
        await bench.plug_in()
        seen = await until(events, CardArrived)
        assert seen[-2:] == [CardLeft(), CardArrived(Uid("DEADBEEF"))]


async def test_a_uid_never_prints_whole(bench: Bench) -> None:
    await bench.plug_in()
    async with aclosing(bench.reader().events()) as events:
        await bench.lay(CARD)
        (*_, arrived) = await until(events, CardArrived)
        assert "A1B2C3D4E5" not in f"{arrived} {arrived!r}"
