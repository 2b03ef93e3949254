"""Whatever is lost, refused for now or cut off, and whenever the gateway dies: in the end the peer has what we have."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenarios.box import Backend, TurnedClock, running_box
from thoroughness import examples

from gateway.core.delivery import Deferred, Delivery, ObjectKind, Receipt
from gateway.uplink.ports import LinkDown

pytestmark = pytest.mark.slow

FATES = ("taken", "reply lost", "not now", "line cut")


@dataclass
class FatefulPeer(Backend):
    """Meets each delivery with the next fate, and takes all that come after the last; keeps what it was given."""

    fates: list[str] = field(default_factory=list)
    stored: dict[tuple[ObjectKind, str], bytes] = field(default_factory=dict)

    async def deliver(self, delivery: Delivery) -> Receipt:
        fate = self.fates.pop(0) if self.fates else "taken"
        if fate == "line cut":
            raise LinkDown("the line was cut")
        if fate == "not now":
            return Deferred("not now")
        key = (delivery.kind, delivery.object_id)
        if delivery.kind is ObjectKind.CDR:
            assert self.stored.get(key, delivery.body) == delivery.body, "a sealed CDR came with other bytes"
        self.stored[key] = delivery.body
        return Deferred("the reply was lost") if fate == "reply lost" else await super().deliver(delivery)

    async def be_patient(self, _seconds: float) -> None:
        """Let no time pass: what is owed is tried again at once."""
        await asyncio.sleep(0)


async def live_through(folder: Path, fates: list[str], lives: list[int]) -> None:
    clock, peer = TurnedClock(), FatefulPeer(fates=list(fates))
    path, outlet = folder / "journal.sqlite", None
    for seconds in lives:
        async with running_box(path, clock=clock, outlet=outlet, backend=peer) as box:
            outlet = box.outlet
            if not outlet.plugged:
                outlet.plugged, outlet.power_w = True, 11_000
                await box.wait(2)
                await box.tap()
            await box.wait(seconds)
        clock.turn(5)
    async with running_box(path, clock=clock, outlet=outlet, backend=peer) as box:
        await box.wait(5)
        await box.tap()
        await box.wait(3)
        while await box.journal.outbox():
            await box.wait(1)
        sessions, cdrs = await box.journal.sessions(10), await box.journal.cdrs(10)
    ours = {(ObjectKind.SESSION, row.session_id): row.body for row in sessions}
    ours |= {(ObjectKind.CDR, row.cdr_id): row.body for row in cdrs}
    assert peer.stored == ours
    assert len(cdrs) == 1


@given(st.lists(st.sampled_from(FATES), max_size=14), st.lists(st.integers(5, 80), min_size=1, max_size=3))
@settings(deadline=None, max_examples=examples(25), suppress_health_check=list(HealthCheck))
def test_r_29_our_state_and_the_peers_agree_after_any_interleaving_of_failures(
    fates: list[str], lives: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(asyncio.wait_for(live_through(Path(folder), fates, lives), 40))
