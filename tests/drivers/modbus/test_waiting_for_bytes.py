"""Waiting for bytes: until they come or the deadline passes, with one alarm for all waits."""

import asyncio

import pytest

from drivers.modbus.wire import Inbox, WireDown

SOON_S = 0.02
LATER_S = 0.06


def nothing_there() -> None:
    pass


def in_s(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_a_wait_ends_at_its_deadline_though_an_earlier_wait_was_longer() -> None:
    inbox, loop = Inbox(nothing_there), asyncio.get_running_loop()
    loop.call_soon(inbox.feed, b"1")
    assert await inbox.more(in_s(10.0))
    inbox.take()
    deadline_s = in_s(SOON_S)

    assert not await inbox.more(deadline_s)

    assert deadline_s <= now_s() + 0.001
    assert now_s() < deadline_s + 5.0


async def test_a_wait_lasts_to_its_deadline_though_an_earlier_wait_was_shorter() -> None:
    inbox, loop = Inbox(nothing_there), asyncio.get_running_loop()
    loop.call_soon(inbox.feed, b"1")
    assert await inbox.more(in_s(SOON_S))
    inbox.take()
    deadline_s = in_s(LATER_S)

    assert not await inbox.more(deadline_s)

    assert now_s() >= deadline_s - 0.001


async def test_bytes_that_come_after_an_old_alarm_has_rung_still_end_the_wait() -> None:
    inbox, loop = Inbox(nothing_there), asyncio.get_running_loop()
    loop.call_soon(inbox.feed, b"1")
    assert await inbox.more(in_s(SOON_S))
    inbox.take()
    loop.call_later(LATER_S, inbox.feed, b"2")

    assert await inbox.more(in_s(10.0))
    assert inbox.take() == b"2"


async def test_a_thousand_answers_in_time_leave_one_timer_behind() -> None:
    inbox, loop = Inbox(nothing_there), asyncio.get_running_loop()
    timers_before = len(loop._scheduled)  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio tells nobody
    for _ in range(1000):
        loop.call_soon(inbox.feed, b"1")
        assert await inbox.more(in_s(5.0))
        inbox.take()

    assert len(loop._scheduled) == timers_before + 1  # type: ignore[attr-defined]  # noqa: SLF001


async def test_whoever_waits_is_told_that_the_wire_is_lost_and_a_new_one_begins_empty() -> None:
    inbox, loop = Inbox(nothing_there), asyncio.get_running_loop()
    loop.call_soon(inbox.lose, "gone")
    with pytest.raises(WireDown, match="gone"):
        await inbox.more(in_s(10.0))
    inbox.feed(b"old")

    inbox.reset()

    assert not await inbox.more(now_s())


async def test_what_the_system_has_when_time_is_up_is_not_missed() -> None:
    inbox = Inbox(lambda: inbox.feed(b"late"))

    assert await inbox.more(now_s() - 1.0)
    assert inbox.take() == b"late"
