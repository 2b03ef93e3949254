"""A session as the fold of its facts; NEXT is the whole state machine: what is not a row is not legal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    ContactorOpened,
    EnergySampled,
    Fact,
    FactBody,
    Register,
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    StopRequested,
)
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.instant import Instant, on_timeline_of
from gateway.core.period_marks import Course, Point, begin, close, sample, turn
from gateway.core.place import PowerType, Site
from gateway.core.reasons import CancelReason, StopReason
from gateway.core.tariff import Tariff, is_valid_at


class Phase(StrEnum):
    """Where a session stands."""

    AUTHORIZED = "AUTHORIZED"
    CHARGING = "CHARGING"
    PAUSED = "PAUSED"
    ENDING = "ENDING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


RUNNING = frozenset({Phase.CHARGING, Phase.PAUSED})
OPEN = frozenset({Phase.AUTHORIZED, Phase.CHARGING, Phase.PAUSED, Phase.ENDING})

NEXT: Mapping[tuple[Phase | None, type[FactBody]], Phase] = {
    (None, SessionAuthorized): Phase.AUTHORIZED,
    (Phase.AUTHORIZED, SessionCancelled): Phase.CANCELLED,
    (Phase.AUTHORIZED, SessionStarted): Phase.CHARGING,
    (Phase.CHARGING, SessionResumed): Phase.CHARGING,
    (Phase.CHARGING, ContactorClosed): Phase.CHARGING,
    (Phase.CHARGING, ContactorOpened): Phase.CHARGING,
    (Phase.CHARGING, EnergySampled): Phase.CHARGING,
    (Phase.CHARGING, ChargingPaused): Phase.PAUSED,
    (Phase.CHARGING, StopRequested): Phase.ENDING,
    (Phase.PAUSED, SessionResumed): Phase.PAUSED,
    (Phase.PAUSED, ContactorClosed): Phase.PAUSED,
    (Phase.PAUSED, ContactorOpened): Phase.PAUSED,
    (Phase.PAUSED, EnergySampled): Phase.PAUSED,
    (Phase.PAUSED, ChargingContinued): Phase.CHARGING,
    (Phase.PAUSED, StopRequested): Phase.ENDING,
    (Phase.ENDING, ContactorOpened): Phase.ENDING,
    (Phase.ENDING, ContactorClosed): Phase.ENDING,
    (Phase.ENDING, SessionEnded): Phase.COMPLETED,
}

# The facts that move a session; others may name it, to be found in its story.
STEPS: frozenset[type[FactBody]] = frozenset(kind for _, kind in NEXT)


class IllegalFactError(Exception):
    """A fact that no row of NEXT allows: a bug in whoever decided it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """From `since` on the vehicle either takes energy or is parked; `register` is the counter at that moment."""

    charging: bool
    since: Instant
    register: Register


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """All that the facts say of one session.

    `last` is the newest counter value among them. `tariff` is None also where the one that was agreed is not valid at
    the start. `course` knows where the charging periods begin; it is there from the start on.
    """

    id: SessionId
    evse_uid: EvseUid
    phase: Phase
    authorized: SessionAuthorized
    authorized_at: Instant
    site: Site
    tariff: Tariff | None
    run: int
    last_updated: datetime
    touched_at: Instant
    started_at: Instant | None = None
    resumed_at: Instant | None = None
    segments: tuple[Segment, ...] = ()
    course: Course | None = None
    last: Register | None = None
    sampled_at: Instant | None = None
    contactor_closed: bool = False
    opened_at: Instant | None = None
    stop_reason: StopReason | None = None
    stop_at: Instant | None = None
    cancel_reason: CancelReason | None = None
    ended: SessionEnded | None = None

    @property
    def start(self) -> Register | None:
        """The counter value that the bill starts from; None until the session has started."""
        return self.segments[0].register if self.segments else None


# OCPI wants last_updated to grow with every change; its DateTime leaves room for milliseconds, no finer.
_TICK = timedelta(milliseconds=1)


def stamp(at: datetime, before: datetime | None = None) -> datetime:
    """Return a time in whole milliseconds that is later than the one before."""
    whole = at - timedelta(microseconds=at.microsecond % 1000)
    return whole if before is None else max(whole, before + _TICK)


def next_phase(phase: Phase | None, body: FactBody) -> Phase:
    """Return where the fact leads; IllegalFactError where it may not stand."""
    try:
        return NEXT[phase, type(body)]
    except KeyError:
        raise IllegalFactError(f"{type(body).__name__} is not legal in phase {phase}") from None


def evolve_session(record: SessionRecord, fact: Fact, run: int) -> SessionRecord:
    """Fold one more fact of the session in; `run` counts the daemon's starts."""
    body, at = fact.body, fact.at
    record = replace(
        record,
        phase=next_phase(record.phase, body),
        run=run,
        last_updated=stamp(at.utc, record.last_updated),
        touched_at=at,
        resumed_at=at if isinstance(body, SessionResumed) else record.resumed_at,
    )
    match body:
        case SessionCancelled(reason):
            record = replace(record, cancel_reason=reason)
        case SessionStarted(start):
            first = Segment(charging=True, since=at, register=start)
            record = replace(record, started_at=at, last=start, sampled_at=at, segments=(first,))
            record = _begin_course(record, at)
        case ContactorClosed():
            record = replace(record, contactor_closed=True, opened_at=None)
        case ContactorOpened():
            record = replace(record, contactor_closed=False, opened_at=at)
        case EnergySampled(register, power_w):
            record = replace(record, last=register, sampled_at=at, course=_sampled(record, register, power_w))
        case ChargingPaused(register):
            record = _turn(record, register, charging=False)
        case ChargingContinued(register):
            record = _turn(record, register, charging=True)
        case StopRequested(reason):
            record = replace(record, stop_reason=reason, stop_at=at)
        case SessionEnded():
            record = replace(record, ended=body, last=body.stop, course=_closed(record, body))
        case _:  # the other legal facts change nothing but the phase
            pass
    return record


def _turn(record: SessionRecord, register: Register, *, charging: bool) -> SessionRecord:
    segment = Segment(charging=charging, since=register.at, register=register)
    last = register if record.last is None or register.energy_wh > record.last.energy_wh else record.last
    course = record.course
    if course is not None:
        course = turn(course, _point(record, register.at, register), charging=charging)
    return replace(record, last=last, segments=(*record.segments, segment), course=course)


def whole_seconds(at: datetime) -> datetime:
    """Cut off what a charging period does not count."""
    return at.replace(microsecond=0)


def session_time(record: SessionRecord, moment: Instant) -> datetime:
    """Place a moment on the session's own time line, in whole seconds."""
    return whole_seconds(on_timeline_of(record.started_at or record.authorized_at, moment))


def _begin_course(record: SessionRecord, at: Instant) -> SessionRecord:
    start = whole_seconds(at.utc)
    tariff = record.tariff if record.tariff is not None and is_valid_at(record.tariff, start) else None
    zone = ZoneInfo(record.site.time_zone)
    return replace(record, tariff=tariff, course=begin(start, tariff, zone, _phase_voltage_v(record)))


def _phase_voltage_v(record: SessionRecord) -> int | None:
    """Return what OCPI's max_voltage is: from line to neutral; on DC it is no more than an upper bound."""
    connectors = record.site.evse(record.evse_uid).connectors
    own = (each for each in connectors if each.id == record.authorized.connector_id)
    connector = next(own, None)
    return None if connector is None or connector.power_type is PowerType.DC else connector.max_voltage_v


def _sampled(record: SessionRecord, register: Register, power_w: int | None) -> Course | None:
    if record.course is None:
        return None
    return sample(record.course, _point(record, register.at, register), power_w)


def _closed(record: SessionRecord, ended: SessionEnded) -> Course | None:
    if record.course is None:
        return None
    last_at = session_time(record, ended.end)
    point = _point(record, ended.stop.at, ended.stop)
    end = max(record.course.marks[0].at + timedelta(seconds=1), last_at)
    return close(record.course, replace(point, at=min(point.at, last_at)), end)


def _point(record: SessionRecord, at: Instant, register: Register) -> Point:
    start = record.start
    return Point(session_time(record, at), register.energy_wh - (start.energy_wh if start is not None else 0))
