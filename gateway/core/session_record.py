"""A session as the fold of its facts; session_phase says which may follow which."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.core.chronology import Chronology
from gateway.core.commands import ChargingProfile
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
from gateway.core.facts_proof import MeterSigned
from gateway.core.facts_roaming import (
    ChargingProfileCleared,
    ChargingProfileSet,
    ReservationChanged,
    ReservationClaimed,
    ReservationEnded,
)
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.instant import Instant
from gateway.core.period_marks import Course, Point, begin, close, sample, turn
from gateway.core.place import PowerType, Site
from gateway.core.reasons import CancelReason, StopReason
from gateway.core.reservation_record import Reservation, evolve_reservation
from gateway.core.session_phase import Phase, next_phase
from gateway.core.tariff import Tariff, is_valid_at


@dataclass(frozen=True, slots=True)
class Segment:
    """From `since` on the vehicle either takes energy or is parked; `register` is the counter at that moment."""

    charging: bool
    since: Instant
    register: Register


@dataclass(frozen=True, slots=True)
class Step:
    """What moved the course on: a sample with its power, or a turn to `charging` or from it."""

    register: Register
    power_w: int | None = None
    charging: bool | None = None


@dataclass(frozen=True, slots=True)
class Limited:
    """A charging profile, None once it was cleared, and since when that holds."""

    profile: ChargingProfile | None
    since: Instant


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """All that the facts say of one session.

    `last` is the newest counter value among them. `agreed` is the tariff it was authorised with, `tariff` the same or
    None where that is not valid at the start. `course` knows where the charging periods begin; it is there from the
    start on. It follows from `path` and `chronology`, so that a clock that is put right moves it; a sealed bill has no
    path any more. `is_time_trusted` is said of the sealed bill. `authorized_at` is when the driver was let in last. A
    stop that was decided before a restart, at `stop_decided_at`, was written down after it, at `stop_at`.
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
    chronology: Chronology = field(default_factory=Chronology)
    agreed: Tariff | None = None
    started_at: Instant | None = None
    resumed_at: Instant | None = None
    segments: tuple[Segment, ...] = ()
    course: Course | None = None
    signed: tuple[MeterSigned, ...] = ()
    path: tuple[Step, ...] = ()
    last: Register | None = None
    sampled_at: Instant | None = None
    contactor_closed: bool = False
    opened_at: Instant | None = None
    stop_reason: StopReason | None = None
    stop_at: Instant | None = None
    stop_decided_at: Instant | None = None
    cancel_reason: CancelReason | None = None
    ended: SessionEnded | None = None
    sealed_at: Instant | None = None
    is_time_trusted: bool = True
    reservation: Reservation | None = None
    limited: Limited | None = None

    @property
    def origin(self) -> Instant:
        """The moment that the session's own time line begins at: a reservation's where there was one."""
        return self.reservation.made_at if self.reservation is not None else self.started_at or self.authorized_at

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


def evolve_session(record: SessionRecord, fact: Fact, run: int, chronology: Chronology) -> SessionRecord:
    """Fold one more fact of the session in; `run` counts the daemon's starts."""
    body, at = fact.body, fact.at
    record = replace(
        record,
        phase=next_phase(record.phase, body),
        run=run,
        last_updated=stamp(chronology.place(at), record.last_updated),
        touched_at=at,
        chronology=chronology,
        resumed_at=at if isinstance(body, SessionResumed) else record.resumed_at,
        signed=(*record.signed, body) if isinstance(body, MeterSigned) else record.signed,
    )
    record = _evolve_by_peer(record, body, at)
    match body:
        case SessionCancelled(reason):
            record = replace(record, cancel_reason=reason)
        case SessionStarted(start):
            first = Segment(charging=True, since=at, register=start)
            record = replace(record, started_at=at, last=start, sampled_at=at, segments=(first,))
            record = _begin_course(record)
        case ContactorClosed():
            record = replace(record, contactor_closed=True, opened_at=None)
        case ContactorOpened():
            record = replace(record, contactor_closed=False, opened_at=at)
        case EnergySampled(register, power_w):
            record = _go_on(replace(record, last=register, sampled_at=at), Step(register, power_w=power_w))
        case ChargingPaused(register):
            record = _turn(record, register, charging=False)
        case ChargingContinued(register):
            record = _turn(record, register, charging=True)
        case StopRequested(reason, decided_at):
            record = replace(record, stop_reason=reason, stop_at=at, stop_decided_at=decided_at)
        case SessionEnded():
            record = replace(record, ended=body, last=body.stop, course=_closed(record, body))
            record = seal(record, at, is_time_trusted=body.is_time_trusted) if body.seals else record
        case _:  # the other legal facts change nothing but the phase
            pass
    return record


def _evolve_by_peer(record: SessionRecord, body: FactBody, at: Instant) -> SessionRecord:
    """Fold in what the driver's provider had a say in; it gives the newest reference, and that is carried."""
    match body:
        case ReservationClaimed(_, reference):
            return replace(record, authorized_at=at, authorized=_refer(record.authorized, reference))
        case ReservationChanged(_, _, reference) if record.reservation is not None:
            changed = evolve_reservation(record.reservation, body)
            return replace(record, reservation=changed, authorized=_refer(record.authorized, reference))
        case ReservationEnded() if record.reservation is not None:
            record = replace(record, reservation=evolve_reservation(record.reservation, body))
            return seal(record, at, is_time_trusted=record.chronology.is_trusted(record.origin))
        case ChargingProfileSet(_, profile):
            return replace(record, limited=Limited(profile, at))
        case ChargingProfileCleared():
            return replace(record, limited=Limited(None, at))
        case _:
            return record


def _refer(authorized: SessionAuthorized, reference: str | None) -> SessionAuthorized:
    return authorized if reference is None else replace(authorized, authorization_reference=reference)


def _turn(record: SessionRecord, register: Register, *, charging: bool) -> SessionRecord:
    segment = Segment(charging=charging, since=register.at, register=register)
    last = register if record.last is None or register.energy_wh > record.last.energy_wh else record.last
    record = replace(record, last=last, segments=(*record.segments, segment))
    return _go_on(record, Step(register, charging=charging))


def seal(record: SessionRecord, at: Instant, *, is_time_trusted: bool) -> SessionRecord:
    """Close the bill: nothing that is learned of the time later moves it."""
    return replace(record, sealed_at=at, is_time_trusted=is_time_trusted, path=())


def put_right(record: SessionRecord, chronology: Chronology, at: Instant) -> SessionRecord:
    """Reckon a session that is not sealed by what is known of the time now; the same but for that if nothing moves."""
    before, record = record, replace(record, chronology=chronology)
    if record.started_at is not None:
        record = _begin_course(record)
        for step in before.path:
            record = replace(record, course=_stepped(record, step))
        if record.ended is not None:
            record = replace(record, course=_closed(record, record.ended))
    if _times(record) == _times(before) and (record.course, record.tariff) == (before.course, before.tariff):
        return record
    return replace(record, last_updated=stamp(chronology.place(at), record.last_updated))


def _times(record: SessionRecord) -> tuple[datetime, datetime]:
    last = record.ended.end if record.ended is not None else record.touched_at
    return session_time(record, record.origin), session_time(record, last)


def _go_on(record: SessionRecord, step: Step) -> SessionRecord:
    return replace(record, course=_stepped(record, step), path=(*record.path, step))


def _stepped(record: SessionRecord, step: Step) -> Course | None:
    if record.course is None:
        return None
    point = _point(record, step.register.at, step.register)
    if step.charging is None:
        return sample(record.course, point, step.power_w)
    return turn(record.course, point, charging=step.charging)


def whole_seconds(at: datetime) -> datetime:
    """Cut off what a charging period does not count."""
    return at.replace(microsecond=0)


def session_time(record: SessionRecord, moment: Instant) -> datetime:
    """Place a moment on the session's own time line, in whole seconds; differences are true durations."""
    known = record.chronology
    return whole_seconds(known.place(record.origin) + known.elapsed(record.origin, moment))


def _begin_course(record: SessionRecord) -> SessionRecord:
    agreed, start = record.agreed, session_time(record, record.started_at or record.origin)
    tariff = agreed if agreed is not None and is_valid_at(agreed, session_time(record, record.origin)) else None
    zone = ZoneInfo(record.site.time_zone)
    return replace(record, tariff=tariff, course=begin(start, tariff, zone, _phase_voltage_v(record)))


def _phase_voltage_v(record: SessionRecord) -> int | None:
    """Return what OCPI's max_voltage is: from line to neutral; on DC it is no more than an upper bound."""
    connectors = record.site.evse(record.evse_uid).connectors
    own = (each for each in connectors if each.id == record.authorized.connector_id)
    connector = next(own, None)
    return None if connector is None or connector.power_type is PowerType.DC else connector.max_voltage_v


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
