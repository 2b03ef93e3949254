"""What has to be written down about the devices of an EVSE: lost, faulty, not believed, or energy nobody asked for."""

from collections.abc import Callable, Iterator

from gateway.core.facts import FactBody, FaultMended, FaultRaised, RegisterNoted
from gateway.core.instant import Instant
from gateway.core.metering import COUNTER_STEP_WH
from gateway.core.reasons import FaultKind, Implausible
from gateway.core.scene import Scene
from gateway.core.sight import FAULTY, EvseSight, Oddity

# One odd value may be a glitch on the wire; three in a row are a meter that does not count as it should.
ODDITIES_TO_A_FAULT = 3

# A free EVSE's counter goes to the journal after this much energy, and once a day where there was any.
NOTED_STEP_WH = COUNTER_STEP_WH
NOTED_AFTER_S = 24 * 3600

_ODDITY_WORDS = {
    Implausible.JUMPED: "counts faster than the connector can deliver; check model, word order and max_power_w",
    Implausible.NOT_AVAILABLE: "says its energy counter is not available; check the model and its wiring",
    Implausible.RAN_BACK: "counts backwards; if it was exchanged: ocpi-gateway meter-exchanged; "
    "if its counter begins at 0 again: set rollover_wh",
}


def raise_and_mend(scene: Scene) -> Iterator[FactBody]:
    """Raise what a look at the devices shows, and mend what it shows no more."""
    for kind, trouble_of, is_seen in _VISIBLE_FAULTS:
        trouble = trouble_of(scene.seen)
        if trouble is not None and kind not in scene.record.faults:
            yield FaultRaised(kind, trouble)
        elif trouble is None and kind in scene.record.faults and is_seen(scene.seen):
            yield FaultMended(kind, by_technician=False)


def find_leak(scene: Scene) -> Iterator[FactBody]:
    """Raise a fault when a contactor is closed, or energy flows, that no session asked for."""
    seen, faults, later = scene.seen, scene.record.faults, scene.chronology.later
    idle_since = _idle_since(scene)
    if FaultKind.CONTACTOR_DID_NOT_OPEN not in faults and seen.closed_since is not None:
        since = later(seen.closed_since, idle_since)
        if scene.lasted(since, scene.rules.contactor_timeout_s):
            yield FaultRaised(
                FaultKind.CONTACTOR_DID_NOT_OPEN,
                "closed without a session; it may be welded: isolate the EVSE, check the contactor",
            )
    if FaultKind.ENERGY_WITHOUT_SESSION in faults:
        return
    if seen.drawing_since is not None and scene.lasted(
        later(later(seen.drawing_since, seen.open_since), idle_since), scene.rules.leak_after_s
    ):
        yield FaultRaised(FaultKind.ENERGY_WITHOUT_SESSION, f"{seen.power_w} W flow without a session")
    elif seen.believed is not None and scene.record.settled is not None:
        leaked_wh = seen.believed.energy_wh - scene.record.settled.energy_wh
        if leaked_wh >= scene.rules.leak_energy_wh:
            yield FaultRaised(
                FaultKind.ENERGY_WITHOUT_SESSION, f"{leaked_wh} Wh were counted since the last session ended"
            )


def note_register(scene: Scene) -> Iterator[FactBody]:
    """Keep the counter of a free EVSE when it has moved noticeably, or at all within a day."""
    seen, known = scene.seen.believed, scene.record.register
    if seen is None or scene.seen.oddity is not None:
        return
    if known is None:
        yield RegisterNoted(seen)
        return
    moved_wh = seen.energy_wh - known.energy_wh
    if moved_wh >= NOTED_STEP_WH or (moved_wh > 0 and scene.lasted(known.at, NOTED_AFTER_S)):
        yield RegisterNoted(seen)


def _idle_since(scene: Scene) -> Instant | None:
    session = scene.record.session
    return session.touched_at if session is not None else None


def _meter_lost(seen: EvseSight) -> str | None:
    return seen.meter_lost.reason if seen.meter_lost is not None else None


def _controller_lost(seen: EvseSight) -> str | None:
    return seen.controller_lost.reason if seen.controller_lost is not None else None


def _controller_fault(seen: EvseSight) -> str | None:
    if seen.controller is None:
        return None
    if seen.controller.fault is not None:
        return seen.controller.fault
    return f"pilot state {seen.controller.pilot}" if seen.controller.pilot in FAULTY else None


def _storage_lost(seen: EvseSight) -> str | None:
    return seen.storage_lost.reason if seen.storage_lost is not None else None


def _odd_counter(seen: EvseSight) -> str | None:
    if seen.oddity is None or seen.oddity.count < ODDITIES_TO_A_FAULT:
        return None
    return f"the meter {describe(seen.oddity)}"


def describe(oddity: Oddity) -> str:
    """Say in words what is wrong with a counter value, and what to do."""
    return _ODDITY_WORDS[oddity.problem]


_VISIBLE_FAULTS: tuple[tuple[FaultKind, Callable[[EvseSight], str | None], Callable[[EvseSight], bool]], ...] = (
    (FaultKind.METER_LOST, _meter_lost, lambda seen: seen.reading is not None),
    (FaultKind.CONTROLLER_LOST, _controller_lost, lambda seen: seen.controller is not None),
    (FaultKind.CONTROLLER_FAULT, _controller_fault, lambda seen: seen.controller is not None),
    (FaultKind.METER_IMPLAUSIBLE, _odd_counter, lambda seen: seen.believed is not None and seen.oddity is None),
    (FaultKind.STORAGE_LOST, _storage_lost, lambda _: True),
)

MENDED_WHEN_SEEN_WELL = frozenset(kind for kind, *_ in _VISIBLE_FAULTS)
"""The faults that nobody has to clear: the next good look at the device does."""
