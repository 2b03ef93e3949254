"""What has to be written down as a session goes its way: one function per thing that can happen, none decides twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from gateway.core.charging_limit import is_held_back
from gateway.core.clock_rules import is_trusted
from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    ContactorOpened,
    EnergySampled,
    FactBody,
    FaultRaised,
    Register,
    SessionCancelled,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    StopRequested,
)
from gateway.core.instant import Instant, after
from gateway.core.reasons import CancelReason, FaultKind, StopReason
from gateway.core.scene import Scene
from gateway.core.session_phase import Phase
from gateway.core.session_record import SessionRecord, session_time
from gateway.core.sight import ASKING

_SECOND = timedelta(seconds=1)
# Nobody knows when the vehicle left: time is billed up to the last moment that is on record.
_UNKNOWN_END = frozenset({StopReason.INTERRUPTED, StopReason.EVSE_REMOVED})


def start_session(scene: Scene) -> Iterator[FactBody]:
    """Start once the way is clear: device seen, vehicle not absent, a fresh counter value at hand."""
    register = scene.fresh_register
    if scene.record.faults or scene.seen.controller is None or scene.seen.plugged is False or register is None:
        return
    yield SessionStarted(register)


def cancel_session(scene: Scene) -> Iterator[FactBody]:
    """Give up waiting."""
    reason = find_obstacle(scene)
    if reason is not None:
        yield SessionCancelled(reason)


def find_obstacle(scene: Scene) -> CancelReason | None:
    """Say why not to wait any longer: for the vehicle, for the meter, or because something broke meanwhile."""
    waited_from = scene.chronology.later(scene.session.authorized_at, scene.seen.plugged_since)
    faults = scene.record.faults
    if FaultKind.METER_LOST in faults or FaultKind.METER_IMPLAUSIBLE in faults:
        return CancelReason.METER_SILENT
    if faults:
        return CancelReason.EVSE_OUT_OF_ORDER
    if scene.seen.plugged is False:
        timed_out = scene.lasted(scene.session.authorized_at, scene.rules.plug_timeout_s)
        return CancelReason.PLUG_TIMEOUT if timed_out else None
    if scene.lasted(waited_from, scene.rules.start_reading_timeout_s):
        silent = scene.fresh_register is None
        return CancelReason.METER_SILENT if silent else CancelReason.EVSE_OUT_OF_ORDER
    return None


def resume_session(scene: Scene) -> Iterator[FactBody]:
    """Look again after a restart: go on where the vehicle is still there, else end with what the counter says.

    Where no pilot tells, a session goes on only after a gap that is known and short.
    """
    if scene.seen.controller is None:
        return
    down = _time_down(scene)
    if scene.seen.plugged is None:
        still_there = down is not None and down <= timedelta(seconds=scene.rules.resume_max_gap_s)
    else:
        still_there = scene.seen.plugged
    if still_there:
        yield SessionResumed(None if down is None else down // timedelta(seconds=1))
    else:
        yield StopRequested(StopReason.INTERRUPTED)


def note_contactor(scene: Scene) -> Iterator[FactBody]:
    """Write down each time the contactor is seen in its other position."""
    closed = scene.seen.controller.contactor_closed if scene.seen.controller is not None else None
    if closed is not None and closed != scene.session.contactor_closed:
        yield ContactorClosed() if closed else ContactorOpened()


def find_stuck_contactor(scene: Scene) -> Iterator[FactBody]:
    """Raise a fault when energy was released and asked for, and the contactor has never closed."""
    session, controller = scene.session, scene.seen.controller
    if session.contactor_closed or session.started_at is None or controller is None or session.opened_at is not None:
        return
    if controller.contactor_closed is not False or FaultKind.CONTACTOR_DID_NOT_CLOSE in scene.record.faults:
        return
    if is_held_back(session, scene.now):
        return
    asked_from = session.started_at
    if controller.pilot is not None:
        if controller.pilot not in ASKING or scene.seen.busy_since is None:
            return
        asked_from = scene.chronology.later(asked_from, scene.seen.busy_since.at)
    if scene.lasted(asked_from, scene.rules.contactor_timeout_s):
        yield FaultRaised(
            FaultKind.CONTACTOR_DID_NOT_CLOSE,
            "told to close and did not; check coil voltage, wiring and the relay output",
        )


def stop_session(scene: Scene) -> Iterator[FactBody]:
    """Ask for the end, for the first reason that holds."""
    for reason, holds in STOP_REASONS:
        if holds(scene):
            yield StopRequested(reason)
            return


def turn_pause(scene: Scene) -> Iterator[FactBody]:
    """Note when the vehicle stops or starts asking for energy; back-dated to when it was first seen."""
    current = scene.session.segments[-1]
    if current.charging and scene.seen.quiet_since is not None:
        since = _not_before(scene, scene.seen.quiet_since, current.register)
        if scene.lasted(scene.chronology.later(since.at, current.since), scene.rules.idle_after_s):
            yield ChargingPaused(since)
    elif not current.charging and scene.seen.busy_since is not None:
        yield ChargingContinued(_not_before(scene, scene.seen.busy_since, current.register))


def sample_energy(scene: Scene) -> Iterator[FactBody]:
    """Keep the counter once per sample interval, so that a power cut costs no more than that."""
    sampled_at, register = scene.session.sampled_at, scene.seen.believed
    if sampled_at is None or register is None or not scene.chronology.is_before(sampled_at, register.at):
        return
    if scene.lasted(sampled_at, scene.rules.sample_interval_s):
        yield EnergySampled(register, scene.seen.power_w)


def end_session(scene: Scene) -> Iterator[FactBody]:
    """Close the bill with the first counter value after the contactor was seen open, or explain why without it."""
    stop_at, seen, is_before = scene.session.stop_at or scene.now, scene.seen, scene.chronology.is_before
    safe_since = _safe_since(scene, stop_at)
    if safe_since is not None and seen.believed is not None and not is_before(seen.believed.at, safe_since):
        yield _ended(scene, seen.believed, measured_open=True)
    elif seen.closed_since is not None and scene.lasted(
        scene.chronology.later(stop_at, seen.closed_since), scene.rules.contactor_timeout_s
    ):
        yield FaultRaised(
            FaultKind.CONTACTOR_DID_NOT_OPEN,
            "told to open and did not; it may be welded: isolate the EVSE, check the contactor",
        )
        yield _ended(scene, scene.best_register, measured_open=False)
    elif FaultKind.METER_IMPLAUSIBLE in scene.record.faults or scene.lasted(
        stop_at, scene.rules.final_reading_timeout_s
    ):
        yield _ended(scene, scene.best_register, measured_open=False)


def end_unseen(scene: Scene) -> SessionEnded:
    """Close the bill with what is on record, where nothing can be read any more."""
    return _ended(scene, scene.best_register, measured_open=False)


def _safe_since(scene: Scene, stop_at: Instant) -> Instant | None:
    """Tell since when no energy can flow, if the last look at the controller was after the stop.

    Before it the contactor may have been about to close; and where a pilot closes it, it is safe only once told off.
    """
    controller = scene.seen.controller
    if controller is None or scene.chronology.is_before(controller.at, stop_at):
        return None
    return scene.seen.safe_since


def _ended(scene: Scene, stop: Register, *, measured_open: bool) -> SessionEnded:
    session, later = scene.session, scene.chronology.later
    end = later(session.segments[-1].since, stop.at)
    if session.stop_reason in _UNKNOWN_END and session.last is not None:
        end = later(session.segments[-1].since, session.last.at)
    elif session.stop_decided_at is not None:  # nobody charged on until the daemon was back
        end = later(session.segments[-1].since, session.stop_decided_at)
    end = _after_last_period_began(session, end)
    trusted = is_trusted(scene.chronology, session, end)
    seals = trusted or scene.rules.cdr_clock_wait_s == 0
    return SessionEnded(stop, end, measured_open, seals=seals, is_time_trusted=trusted)


def _after_last_period_began(session: SessionRecord, end: Instant) -> Instant:
    """Give the last period a second of its own: it was reported, and energy that came after has its price."""
    if session.course is None:
        return end
    missing = session.course.marks[-1].at - session_time(session, end) + _SECOND
    return end if missing < _SECOND else after(end, missing)


def _time_down(scene: Scene) -> timedelta | None:
    """Return how long nobody looked; None where a reboot lies between and the clock cannot be trusted."""
    touched_at = scene.session.touched_at
    if not scene.chronology.knows_between(touched_at, scene.now):
        return None
    return scene.chronology.elapsed(touched_at, scene.now)


def _not_before(scene: Scene, register: Register, floor: Register) -> Register:
    return floor if scene.chronology.is_before(register.at, floor.at) else register


def _has_fault(scene: Scene) -> bool:
    return FaultKind.CONTROLLER_FAULT in scene.record.faults


def _meter_is_gone(scene: Scene) -> bool:
    lost = scene.seen.meter_lost
    if FaultKind.METER_IMPLAUSIBLE in scene.record.faults:
        return True
    return lost is not None and scene.lasted(lost.at, scene.rules.meter_lost_stop_s)


def _storage_is_gone(scene: Scene) -> bool:
    lost = scene.seen.storage_lost
    return lost is not None and scene.lasted(lost.at, scene.rules.storage_lost_stop_s)


def _energy_is_up(scene: Scene) -> bool:
    limits = (scene.limits.max_energy_wh, scene.session.authorized.max_energy_wh)
    limit = min((each for each in limits if each is not None), default=None)
    start, now = scene.session.start, scene.seen.believed
    return limit is not None and start is not None and now is not None and now.energy_wh - start.energy_wh >= limit


def _time_is_up(scene: Scene) -> bool:
    limit, started_at = scene.limits.max_duration_s, scene.session.started_at
    return limit is not None and started_at is not None and scene.lasted(started_at, limit)


def _is_idle(scene: Scene) -> bool:
    """Where no pilot will ever tell of unplugging, long idleness ends the session."""
    if scene.session.phase is not Phase.PAUSED or scene.seen.plugged is not None:
        return False
    return scene.lasted(scene.session.segments[-1].since, scene.rules.idle_end_s)


STOP_REASONS: tuple[tuple[StopReason, Callable[[Scene], bool]], ...] = (
    (StopReason.UNPLUGGED, lambda scene: scene.seen.plugged is False),
    (StopReason.CONTROLLER_FAULT, _has_fault),
    (StopReason.CONTACTOR_DID_NOT_CLOSE, lambda scene: FaultKind.CONTACTOR_DID_NOT_CLOSE in scene.record.faults),
    (StopReason.METER_LOST, _meter_is_gone),
    (StopReason.STORAGE_LOST, _storage_is_gone),
    (StopReason.ENERGY_LIMIT, _energy_is_up),
    (StopReason.TIME_LIMIT, _time_is_up),
    (StopReason.IDLE, _is_idle),
)
