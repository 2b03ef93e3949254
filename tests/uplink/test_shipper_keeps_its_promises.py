"""The shipper: nothing lost, nothing skipped, order per session, and no object in another one's way."""

import asyncio

import pytest
from structlog.testing import capture_logs
from uplink.shipping import AT_ONCE, BACKEND, MemoryOutbox, Stumbling, a_cdr, a_session, shipping

from gateway.core.delivery import Accepted, Deferred, Delivery, ObjectKind, Receipt, Rejected
from gateway.uplink.backoff import Backoff
from gateway.uplink.ports import LinkDown, Outbox, Uplink
from gateway.uplink.shipper import LinkState, Shipper


class Naps:
    """The waits a shipper took; each ends at once."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


def a_shipper(uplink: Uplink, outbox: Outbox, backoff: Backoff = AT_ONCE, naps: Naps | None = None) -> Shipper:
    return Shipper(BACKEND, uplink, outbox, backoff=backoff, sleep=naps or Naps(), chance=lambda: 0.0)


async def test_an_accepted_object_is_settled_and_not_sent_again() -> None:
    outbox, uplink = MemoryOutbox(a_session()), Stumbling()

    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()
        outbox.owe(a_session("S2", 3))
        await outbox.until_empty()

    assert uplink.ids == ["S1", "S2"]


async def test_r35_r75_a_night_offline_costs_the_newest_state_once() -> None:
    outbox, uplink = MemoryOutbox(), Stumbling(connections_refused=50)
    for seq in range(1, 200):
        outbox.owe(a_session("S1", seq))

    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()

    assert [(row.object_id, row.up_to_seq) for row in uplink.handed] == [("S1", 199)]


async def test_a_cdr_goes_after_its_sessions_last_put() -> None:
    outbox, uplink = MemoryOutbox(a_cdr("S1", 5), a_session("S1", 5)), Stumbling()

    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()

    assert uplink.ids == ["S1", "S1-CDR"]


async def test_a_cdr_waits_while_its_session_is_deferred() -> None:
    outbox = MemoryOutbox(a_session("S1", 5), a_cdr("S1", 5))
    uplink = Stumbling(lambda row, nth: Deferred("later") if row.object_id == "S1" and nth < 3 else Accepted("yes"))

    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()

    assert uplink.ids == ["S1", "S1", "S1", "S1-CDR"]


async def test_a_cdr_does_not_wait_for_ever_for_its_session() -> None:
    outbox = MemoryOutbox(a_session("S1", 5), a_cdr("S1", 5))

    def answer(row: Delivery, _nth: int) -> Receipt:
        return Deferred("sessions are broken") if row.kind is ObjectKind.SESSION else Accepted("yes")

    async with shipping(a_shipper(Stumbling(answer), outbox)):
        await outbox.until_accepted()

    assert outbox.accepted == [("S1-CDR", 5)]


async def test_a_parked_session_never_blocks_its_cdr() -> None:
    outbox = MemoryOutbox(a_session("S1", 5), a_cdr("S1", 5))
    uplink = Stumbling(lambda row, _: Rejected("no such token") if row.object_id == "S1" else Accepted("yes"))

    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()

    assert outbox.parked == {(ObjectKind.SESSION, "S1"): "no such token"}
    assert outbox.accepted == [("S1-CDR", 5)]


async def test_objects_that_are_deferred_for_ever_do_not_block_the_ones_behind_them() -> None:
    poison = {f"P{n}" for n in range(600)}  # more than are looked at together
    outbox = MemoryOutbox(*(a_session(name, 1) for name in sorted(poison)), a_session("GOOD", 2))

    def answer(row: Delivery, _nth: int) -> Receipt:
        return Deferred("HTTP 500") if row.object_id in poison else Accepted("yes")

    async with shipping(a_shipper(Stumbling(answer), outbox)):
        await outbox.until_accepted()

    assert outbox.accepted == [("GOOD", 2)]


async def test_r38_a_cdr_is_the_same_bytes_at_each_try() -> None:
    outbox = MemoryOutbox(a_cdr())
    uplink = Stumbling(lambda _row, nth: Deferred("reply lost") if nth < 5 else Accepted("yes"))

    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()

    assert {row.body for row in uplink.handed} == {a_cdr().body}
    assert len(uplink.handed) == 5


async def test_an_answer_to_an_old_state_leaves_the_newer_one_owed() -> None:
    outbox = MemoryOutbox(a_session("S1", 1))

    def answer(row: Delivery, _nth: int) -> Receipt:
        if row.up_to_seq == 1:
            outbox.owe(a_session("S1", 7))
        return Accepted("yes")

    async with shipping(a_shipper(Stumbling(answer), outbox)):
        await outbox.until_empty()

    assert outbox.accepted == [("S1", 1), ("S1", 7)]


@pytest.mark.parametrize("fault", [ConnectionResetError("gone"), TimeoutError(), LinkDown("no"), OSError(5, "I/O")])
async def test_a_fault_of_the_line_that_an_uplink_lets_through_is_a_deferral(fault: Exception) -> None:
    outbox = MemoryOutbox(a_session())

    def answer(_row: Delivery, nth: int) -> Receipt:
        if nth == 1:
            raise fault
        return Accepted("yes")

    async with shipping(a_shipper(Stumbling(answer), outbox)):
        await outbox.until_empty()

    assert outbox.accepted == [("S1", 1)]


async def test_a_bug_ends_the_shipper_and_settles_nothing_it_touched() -> None:
    outbox = MemoryOutbox(a_session("S1"), a_session("S2"))

    def answer(row: Delivery, _nth: int) -> Receipt:
        if row.object_id == "S1":
            raise ZeroDivisionError
        return Accepted("yes")

    with pytest.raises(ZeroDivisionError):
        await a_shipper(Stumbling(answer), outbox).run()

    assert outbox.accepted == [("S2", 1)]
    assert [row.object_id for row in await outbox.due(BACKEND, 9)] == ["S1"]


async def test_waits_grow_while_nothing_moves_and_start_anew_after_success() -> None:
    outbox, naps = MemoryOutbox(a_session()), Naps()
    uplink = Stumbling(lambda _row, nth: Accepted("yes") if nth == 4 else Deferred("busy"))

    async with shipping(a_shipper(uplink, outbox, Backoff(base_s=2, cap_s=60), naps)):
        await outbox.until_empty()
        outbox.owe(a_session("S2", 2))
        await outbox.until_empty()

    assert naps.taken == [1, 2, 4, 1, 2, 4]


async def test_retry_after_is_honoured_though_other_objects_went_through() -> None:
    outbox, naps = MemoryOutbox(a_session("S1"), a_session("S2")), Naps()
    uplink = Stumbling(
        lambda row, nth: Deferred("slow down", 30) if row.object_id == "S2" and nth == 1 else Accepted("yes")
    )

    async with shipping(a_shipper(uplink, outbox, Backoff(base_s=1, cap_s=60), naps)):
        await outbox.until_empty()

    assert naps.taken == [30]


async def test_a_connection_lost_while_idle_is_made_anew_at_once() -> None:
    outbox, uplink = MemoryOutbox(a_session("S1")), Stumbling()

    async with asyncio.timeout(5), shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()
        first = await uplink.links.get()
        first.lost.set_result("the broker went: look after it")
        await uplink.links.get()  # though nothing is due
        outbox.owe(a_session("S2", 2))
        await outbox.until_empty()

    assert outbox.accepted == [("S1", 1), ("S2", 2)]


async def test_a_pause_ends_with_the_connection_it_was_about() -> None:
    outbox = MemoryOutbox(a_session("S1"))
    uplink = Stumbling(lambda _row, nth: Accepted("yes") if nth > 1 or uplink.sessions > 1 else Deferred("busy", 3600))
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if seconds >= 3600:
            (await uplink.links.get()).lost.set_result("the broker went: look after it")
            await asyncio.Event().wait()

    async with asyncio.timeout(5), shipping(Shipper(BACKEND, uplink, outbox, backoff=AT_ONCE, sleep=nap)):
        await outbox.until_empty()

    assert naps == [3600, 0]
    assert outbox.accepted == [("S1", 1)]


async def test_a_change_is_logged_once_and_repetitions_are_not() -> None:
    outbox, uplink = MemoryOutbox(a_session()), Stumbling(connections_refused=20)

    with capture_logs() as logs:
        async with shipping(a_shipper(uplink, outbox)):
            await outbox.until_empty()

    assert [entry["event"] for entry in logs] == ["uplink_in_trouble", "uplink_well"]
    assert logs[0]["reason"] == "nobody there: switch it on"
    assert logs[1]["failures"] == 20


async def test_the_state_tells_the_newest_trouble_and_forgets_it_when_all_is_well() -> None:
    outbox, uplink = MemoryOutbox(a_session()), Stumbling(connections_refused=1)
    seen: list[str | None] = []
    shipper = Shipper(BACKEND, uplink, outbox, sleep=lambda _: note(), chance=lambda: 0.0)

    async def note() -> None:
        seen.append(shipper.state.trouble)

    async with shipping(shipper):
        await outbox.until_empty()
        await asyncio.sleep(0)

    assert seen == ["nobody there: switch it on"]
    assert (shipper.state.connected, shipper.state.trouble) == (True, None)


async def test_one_stumbling_object_is_trouble_told_once_while_the_backend_counts_as_connected() -> None:
    outbox = MemoryOutbox(a_session("BAD", 1))
    passed = asyncio.Event()
    states: list[LinkState] = []

    def answer(row: Delivery, _nth: int) -> Receipt:
        if row.object_id == "BAD":
            return Deferred("HTTP 500")
        if row.up_to_seq == 30:
            passed.set()
        elif row.up_to_seq > 3:
            states.append(shipper.state)
        outbox.owe(a_session("GOOD", row.up_to_seq + 1))
        return Accepted("yes")

    outbox.owe(a_session("GOOD", 2))
    shipper = a_shipper(Stumbling(answer), outbox)
    with capture_logs() as logs:
        async with shipping(shipper):
            await passed.wait()

    assert [entry["event"] for entry in logs] == ["uplink_in_trouble"]
    assert {state.trouble for state in states} == {"HTTP 500"}


async def test_what_was_live_is_not_sent_once_more_when_the_backlog_comes_to_it() -> None:
    outbox = MemoryOutbox(*(a_session(f"S{n:04d}", n) for n in range(1, 60)))
    uplink = Stumbling()

    def answer(row: Delivery, _nth: int) -> Receipt:
        if row.up_to_seq == 20:
            outbox.owe(a_session("LIVE", 2000))
        return Accepted("yes")

    uplink.answer = answer
    async with shipping(a_shipper(uplink, outbox)):
        await outbox.until_empty()

    assert len(uplink.ids) == len(set(uplink.ids)) == 60
    assert uplink.ids.index("LIVE") < 40  # before the rest of the backlog
