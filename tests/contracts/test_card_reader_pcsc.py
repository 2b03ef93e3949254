"""What PC/SC adds to the promise: pcscd comes and goes, cards misbehave, other programs hold them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from contracts.card_reader_story import DEADLINE_S, until
from hwsim.cards import Nature, VirtualCard
from hwsim.pcscd import Pcscd
from smartcard import scard

from drivers.rfid import CardArrived, CardLeft, CardUnreadable, ReaderFound, ReaderLost, Uid
from drivers.rfid.pcsc import PcscReader

pytestmark = pytest.mark.slow

UID = "04A1B2C3D4E580"
CARD = bytes.fromhex(UID)


@pytest.fixture
async def pcscd() -> AsyncIterator[Pcscd]:
    async with Pcscd() as pcscd:
        pcscd.serve_this_process()
        yield pcscd


def first_reader() -> PcscReader:
    return PcscReader("Virtual PCD 00 00", reversed_uid=False)


async def test_pcscd_killed_while_a_card_rests_does_not_count_the_card_again(pcscd: Pcscd) -> None:
    card = VirtualCard(CARD)
    async with aclosing(first_reader().events()) as events, card.on(pcscd.slots[0].port):
        await until(events, CardArrived)
        for _ in range(2):
            await pcscd.kill()
            await pcscd.start()
            seen = await until(events, ReaderLost, ReaderFound)
            await card.seen(times=3)
            assert not [event for event in seen if isinstance(event, CardArrived | CardLeft)]
        await card.remove()
        assert await until(events, CardLeft) == [CardLeft()]


async def test_pcscd_absent_at_start_is_reported_once_and_waited_for(pcscd: Pcscd) -> None:
    await pcscd.stop()
    async with aclosing(first_reader().events()) as events:
        (lost,) = await until(events, ReaderLost)
        assert isinstance(lost, ReaderLost)
        assert "systemctl enable --now pcscd.socket" in lost.reason
        await pcscd.start()
        assert await until(events, ReaderFound) == [ReaderFound("Virtual PCD 00 00")]


async def test_a_pcscd_without_readers_is_told_from_no_pcscd(pcscd: Pcscd) -> None:
    await pcscd.stop()
    await pcscd.start(plugged=False)
    async with aclosing(first_reader().events()) as events:
        (lost,) = await until(events, ReaderLost)
        assert isinstance(lost, ReaderLost)
        assert "none at all" in lost.reason
        await pcscd.restart()
        await until(events, ReaderFound)


async def test_a_match_that_fits_no_reader_names_those_that_are_there(pcscd: Pcscd) -> None:
    async with aclosing(PcscReader("ACR1252", reversed_uid=False).events()) as events:
        (lost,) = await until(events, ReaderLost)
        assert isinstance(lost, ReaderLost)
        assert "'ACR1252'" in lost.reason
        assert pcscd.slots[1].name in lost.reason


@pytest.mark.parametrize(
    ("nature", "word"),
    [
        (Nature.MUTE, "does not answer"),
        (Nature.TORN_OFF, "taken away"),
        (Nature.NO_UID, "no number"),
        (Nature.RANDOM_UID, "random"),
    ],
)
async def test_a_card_that_cannot_be_read_is_said_once_and_the_next_one_works(
    pcscd: Pcscd, nature: Nature, word: str
) -> None:
    bad, good = VirtualCard(CARD, nature=nature), VirtualCard(CARD)
    port = pcscd.slots[0].port
    async with aclosing(first_reader().events()) as events:
        await until(events, ReaderFound)
        await bad.insert(port)
        (refusal,) = await until(events, CardUnreadable)
        assert isinstance(refusal, CardUnreadable)
        assert word in refusal.reason
        await bad.remove()
        assert await until(events, CardLeft) == [CardLeft()]
        async with good.on(port):
            assert await until(events, CardArrived) == [CardArrived(Uid(UID))]


async def test_a_slow_card_is_read_all_the_same(pcscd: Pcscd) -> None:
    async with (
        aclosing(first_reader().events()) as events,
        VirtualCard(CARD, answer_delay_s=1.0).on(pcscd.slots[0].port),
    ):
        assert CardArrived(Uid(UID)) in await until(events, CardArrived)


async def test_a_card_swapped_for_another_while_it_is_read_leaves_no_trace(pcscd: Pcscd) -> None:
    slow, other = VirtualCard(CARD, answer_delay_s=0.5), VirtualCard(bytes.fromhex("DEADBEEF"))
    port = pcscd.slots[0].port
    async with aclosing(first_reader().events()) as events:
        await until(events, ReaderFound)
        await slow.insert(port)
        await slow.asked()
        await slow.remove()
        async with other.on(port):
            assert CardArrived(Uid("DEADBEEF")) in (seen := await until(events, CardArrived))
            assert CardArrived(Uid(UID)) not in seen
            await other.seen(times=3)
        assert await until(events, CardLeft) == [CardLeft()]


async def test_two_readers_are_watched_side_by_side(pcscd: Pcscd) -> None:
    second_reader = PcscReader("Virtual PCD 00 01", reversed_uid=False)
    async with (
        aclosing(first_reader().events()) as first,
        aclosing(second_reader.events()) as second,
    ):
        await until(first, ReaderFound)
        await until(second, ReaderFound)
        async with (
            VirtualCard(CARD).on(pcscd.slots[0].port),
            VirtualCard(bytes.fromhex("DEADBEEF")).on(pcscd.slots[1].port),
        ):
            assert await until(second, CardArrived) == [CardArrived(Uid("DEADBEEF"))]
            assert await until(first, CardArrived) == [CardArrived(Uid(UID))]


async def test_a_card_held_by_another_program_is_reported_when_it_is_not_let_go(pcscd: Pcscd) -> None:
    async with (
        VirtualCard(CARD).on(pcscd.slots[0].port),
        Holder(pcscd.slots[0].name),
        aclosing(first_reader().events()) as events,
    ):
        (*_, refusal) = await until(events, CardUnreadable)
        assert isinstance(refusal, CardUnreadable)
        assert "another program" in refusal.reason


async def test_a_card_held_by_another_program_is_read_when_it_is_let_go(pcscd: Pcscd) -> None:
    async with VirtualCard(CARD).on(pcscd.slots[0].port):
        async with Holder(pcscd.slots[0].name):
            events = first_reader().events()
            await until(events, ReaderFound)
        async with aclosing(events):
            assert await until(events, CardArrived) == [CardArrived(Uid(UID), lay_there=True)]


async def test_closing_the_events_ends_the_thread(pcscd: Pcscd) -> None:
    reader = PcscReader(pcscd.slots[1].name, reversed_uid=False)
    events = reader.events()
    await until(events, ReaderFound)
    (watching,) = (each for each in threading.enumerate() if each.name == f"pcsc {pcscd.slots[1].name}")
    async with asyncio.timeout(1):
        await events.aclose()
    watching.join(timeout=1)
    assert not watching.is_alive()


class Holder:
    """Another PC/SC program that has a card for itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __aenter__(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.to_thread(self._take)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(scard.SCardReleaseContext, self._context)

    def _take(self) -> None:
        _, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        state = scard.SCARD_STATE_EMPTY
        while not state & scard.SCARD_STATE_PRESENT:
            _, [(_, state, _)] = scard.SCardGetStatusChange(self._context, 10_000, [(self._name, state)])
        code, *_ = scard.SCardConnect(
            self._context, self._name, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        assert code == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(code)
