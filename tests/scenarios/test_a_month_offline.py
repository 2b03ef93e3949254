"""Thirty days without a backend, 2,400 sessions at four outlets: only the journal grows, and then all of it arrives."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from plant import EVSE, Outlet, policy, site, token
from scenarios.box import Backend, Box, TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.identifiers import EvseUid, ReaderName, TokenUid
from gateway.core.observations import CardPresented, Tick
from gateway.core.rules import Policy
from gateway.journal.replay import replay
from gateway.projection import project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROUNDS = 600  # of a session at each outlet
PAUSE_S = 30 * 86_400 // ROUNDS - 600
SAMPLES = 8
UIDS = (EVSE, EvseUid("EVSE-2"), EvseUid("EVSE-3"), EvseUid("EVSE-4"))
CARDS = {uid: f"04A1B2C3D4E58{number}" for number, uid in enumerate(UIDS)}
# As gateway/journal/README.md has it: with one backend that is away.
KB_PER_SESSION = 14
MOST_MORE_MEMORY = 6_000_000


def rules() -> Policy:
    made = policy(*UIDS)
    return replace(
        made, evses={uid: replace(made.evses[uid], readers=(ReaderName(f"at {uid}"),)) for uid in made.evses}
    )


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@dataclass
class Garage:
    """Four outlets at a box; time goes in the steps that it is told."""

    box: Box
    outlets: dict[EvseUid, Outlet] = field(default_factory=lambda: {uid: Outlet() for uid in UIDS})

    async def step(self, *steps: int) -> None:
        for seconds in steps:
            self.box.clock.turn(seconds)
            now = self.box.clock.now()
            for uid, outlet in self.outlets.items():
                outlet.step(seconds, wanted=self.box.site.wants_energy(uid))
                for observation in outlet.show(uid, now):
                    await self.box.site.inbox.put(observation)
            await self.box.site.inbox.put_and_wait(Tick(now))

    async def tap(self) -> None:
        for uid, card in CARDS.items():
            await self.box.site.inbox.put(CardPresented(ReaderName(f"at {uid}"), self.box.clock.now(), TokenUid(card)))

    async def begin(self) -> None:
        for outlet in self.outlets.values():
            outlet.plugged, outlet.power_w = True, 11_000
        await self.step(1)
        await self.tap()
        await self.step(1, 1, 1)

    async def end(self) -> None:
        await self.tap()
        await self.step(1, 1, 1)
        for outlet in self.outlets.values():
            outlet.plugged, outlet.power_w = False, 0
        await self.step(1)


async def test_a_month_offline_costs_disk_as_documented_and_no_memory_and_ends_with_live_first(tmp_path: Path) -> None:
    path, backend, clock = tmp_path / "journal.sqlite", Backend(is_away=True), TurnedClock()
    tokens = tuple(token(card) for card in CARDS.values())
    async with running_box(path, backend=backend, clock=clock, rules=rules(), tokens=tokens, place=site(*UIDS)) as box:
        garage, memory = Garage(box), list[int]()
        for number in range(ROUNDS):
            await garage.begin()
            await garage.step(*(60,) * SAMPLES)
            await garage.end()
            await garage.step(PAUSE_S)
            if number in {ROUNDS // 4, ROUNDS - 1}:
                memory.append(resident())
        assert box.site.outbox.owed(backend_name := next(iter(await box.journal.counts()))).owed == 2 * 4 * ROUNDS
        assert memory[-1] - memory[0] <= MOST_MORE_MEMORY
        assert path.stat().st_size <= 4 * ROUNDS * KB_PER_SESSION * 1024

        await garage.begin()
        backend.come_back()
        await asyncio.wait_for(backend.wait_for(ObjectKind.SESSION, 4), 30)
        going_on = {
            json.loads(one.body)["id"] for one in backend.received if json.loads(one.body).get("status") == "ACTIVE"
        }
        assert len(going_on) == 4  # before any of the backlog
        assert {one.object_id for one in backend.received[:4]} == going_on

        seen = len(backend.received)
        await garage.step(60)  # each of the four changes while the backlog drains
        while not going_on <= {one.object_id for one in backend.received[seen:]}:
            backend.arrived.clear()
            await asyncio.wait_for(backend.arrived.wait(), 30)
        assert box.site.outbox.owed(backend_name).owed > 0

        await backend.wait_for(ObjectKind.CDR, 4 * ROUNDS)
    old = [one for one in backend.of(ObjectKind.SESSION) if one.object_id not in going_on]
    assert len(old) == len({one.object_id for one in old}) == 4 * ROUNDS
    assert {json.loads(one.body)["status"] for one in old} == {"COMPLETED"}
    cdrs = backend.of(ObjectKind.CDR)
    assert len({one.object_id for one in cdrs}) == len(cdrs) == 4 * ROUNDS
    assert sorted(one.link.number for one in cdrs if one.link) == list(range(1, 4 * ROUNDS + 1))
    assert replay(path, project).is_equal
