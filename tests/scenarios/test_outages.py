"""A night without backends, a refused object, a sudden death: what the backend ends up with."""

import json
from pathlib import Path

from plant import EVSE, Outlet, token
from scenarios.box import CARD, Backend, TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.facts import DeliveryParked, SessionEnded, SessionStarted
from gateway.core.observations import DeliveryRetried
from gateway.journal.reader import open_reader
from gateway.journal.replay import replay
from gateway.projection import project


async def test_one_charge_ends_in_one_completed_session_and_one_cdr(tmp_path: Path) -> None:
    async with running_box(tmp_path / "journal.sqlite") as box:
        await box.charge(seconds=180)
        await box.backend.wait_for(ObjectKind.CDR, 1)
        (cdr,) = box.backend.of(ObjectKind.CDR)
        newest = json.loads(box.backend.of(ObjectKind.SESSION)[-1].body)
        assert newest["status"] == "COMPLETED"
        assert json.loads(cdr.body)["total_energy"] == newest["kwh"]
        assert json.loads(cdr.body)["session_id"] == newest["id"]


async def test_the_start_is_on_disk_before_anybody_wants_the_contactor_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    on_disk: list[bool] = []
    async with running_box(path) as box:

        def look() -> None:
            if box.site.wants_energy(EVSE):
                with open_reader(path) as reader:
                    on_disk.append(any(isinstance(fact.body, SessionStarted) for fact in reader.facts()))

        box.site.on_outputs(look)
        await box.charge(seconds=60)
    assert on_disk
    assert all(on_disk)


async def test_after_an_offline_night_each_session_arrives_once_in_its_newest_state(tmp_path: Path) -> None:
    backend = Backend(is_away=True)
    async with running_box(tmp_path / "journal.sqlite", backend=backend) as box:
        for _ in range(4):
            await box.charge(seconds=200)
        assert not backend.received
        backend.come_back()
        await backend.wait_for(ObjectKind.CDR, 4)
    sessions, cdrs = backend.of(ObjectKind.SESSION), backend.of(ObjectKind.CDR)
    assert len(sessions) == len({delivery.object_id for delivery in sessions}) == 4
    assert {json.loads(delivery.body)["status"] for delivery in sessions} == {"COMPLETED"}
    assert len({delivery.object_id for delivery in cdrs}) == 4


async def test_a_refused_object_is_parked_with_its_reason_and_holds_nobody_up(tmp_path: Path) -> None:
    backend = Backend(is_away=True)
    async with running_box(tmp_path / "journal.sqlite", backend=backend) as box:
        await box.charge(seconds=60)
        (owed, *_) = await box.journal.outbox()
        backend.refuses = {(ObjectKind.SESSION, owed.delivery.object_id), (ObjectKind.CDR, owed.delivery.object_id)}
        await box.charge(seconds=60)
        backend.come_back()
        await backend.wait_for(ObjectKind.CDR, 1)
        parked = [fact.body for fact in await box.facts() if isinstance(fact.body, DeliveryParked)]
        assert {body.reason for body in parked} == {"not like this"}
        assert {row.park_reason for row in await box.journal.outbox(parked_only=True)} == {"not like this"}


async def test_a_parked_object_is_sent_again_when_a_technician_says_so(tmp_path: Path) -> None:
    backend = Backend(is_away=True)
    async with running_box(tmp_path / "journal.sqlite", backend=backend) as box:
        await box.charge(seconds=60)
        cdr = next(row.delivery for row in await box.journal.outbox() if row.delivery.kind is ObjectKind.CDR)
        backend.refuses = {(ObjectKind.CDR, cdr.object_id)}
        backend.come_back()
        while not await box.journal.outbox(parked_only=True):
            await box.wait(1)
        backend.refuses = set()
        await box.site.inbox.put_and_wait(DeliveryRetried(cdr, box.clock.now()))
        await backend.wait_for(ObjectKind.CDR, 1)
    assert [delivery.body for delivery in backend.of(ObjectKind.CDR)] == [cdr.body]


async def test_a_gateway_that_dies_mid_session_goes_on_with_the_same_session(tmp_path: Path) -> None:
    path, clock, outlet, backend = tmp_path / "journal.sqlite", TurnedClock(), Outlet(), Backend()
    parts = {"clock": clock, "outlet": outlet, "backend": backend}
    async with running_box(path, **parts) as box:  # type: ignore[arg-type]
        outlet.plugged, outlet.power_w = True, 11_000
        await box.wait(2)
        await box.tap()
        await box.wait(120)
    clock.turn(30)
    async with running_box(path, **parts) as box:  # type: ignore[arg-type]
        await box.wait(60)
        await box.tap()
        await box.wait(3)
        await backend.wait_for(ObjectKind.CDR, 1)
        ended = [fact for fact in await box.facts() if isinstance(fact.body, SessionEnded)]
    assert len({delivery.object_id for delivery in backend.received}) == 1
    (only,) = ended
    assert isinstance(only.body, SessionEnded)
    assert only.body.stop.energy_wh == outlet.shown_wh


async def test_the_derived_tables_follow_from_the_facts_alone(tmp_path: Path) -> None:
    path, backend = tmp_path / "journal.sqlite", Backend()
    async with running_box(path, backend=backend, tokens=(token(CARD),)) as box:
        await box.charge(seconds=100)
        await backend.wait_for(ObjectKind.CDR, 1)
        backend.is_away = True
        await box.charge(seconds=100)
    assert replay(path, project).is_equal
