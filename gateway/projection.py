"""What a fact means for the derived tables: the rows that `replay` can rebuild at any time from the journal alone."""

from collections.abc import Iterable, Iterator

from gateway.core.billing import is_billed, to_cdr, to_session
from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    DeliveryAccepted,
    DeliveryParked,
    DeliveryReleased,
    DeliveryRequested,
    EnergySampled,
    Fact,
    GatewayStarted,
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionStarted,
)
from gateway.core.facts_roaming import ReservationChanged, ReservationClaimed, ReservationEnded, SessionReserved
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.rows import CdrRow, Owe, OweAgain, Park, Release, RowChange, SessionRow, Settle
from gateway.core.session_record import SessionRecord, seal
from gateway.core.site_state import SiteState, evolve
from gateway.ocpi.v2_2_1.cdr import encode_cdr
from gateway.ocpi.v2_2_1.session import encode_session

# The facts after which a backend should know of a session anew.
_MILESTONES = (
    SessionReserved,
    ReservationChanged,
    ReservationClaimed,
    ReservationEnded,
    SessionAuthorized,
    SessionCancelled,
    SessionStarted,
    EnergySampled,
    ChargingPaused,
    ChargingContinued,
    SessionEnded,
)


def project(facts: Iterable[Fact], state: SiteState | None = None) -> Iterator[RowChange]:
    """Yield the row changes of facts, oldest first; `state` is the fold of everything before them."""
    state = state or SiteState()
    for fact in facts:
        before, state = state, evolve(state, fact)
        yield from _rows(before, state, fact)


def _rows(before: SiteState, state: SiteState, fact: Fact) -> Iterator[RowChange]:
    body = fact.body
    match body:
        case DeliveryAccepted():
            yield Settle(body.backend, body.object, body.object_id, body.up_to_seq)
        case DeliveryParked():
            yield Park(body.backend, body.object, body.object_id, body.up_to_seq, body.reason)
        case DeliveryReleased():
            yield Release(body.backend, body.object, body.object_id)
        case DeliveryRequested():
            yield OweAgain(body.backend, body.number)
        case GatewayStarted() | TimeLearned():
            yield from _put_right_rows(before, state, fact.seq)
        case CdrSealed():
            yield from _sealed_rows(before, state, fact, body)
        case _ if isinstance(body, _MILESTONES) and fact.evse_uid is not None:
            record = state.evse(fact.evse_uid).session
            if record is not None:
                yield from _milestone_rows(state, record, fact)
        case _:
            return


def _milestone_rows(state: SiteState, record: SessionRecord, fact: Fact) -> Iterator[RowChange]:
    yield from _session_rows(state, record, fact.seq)
    is_over = isinstance(fact.body, SessionEnded) and fact.body.seals
    if is_over or (isinstance(fact.body, ReservationEnded) and is_billed(record)):
        yield from _cdr_rows(state, record, fact.seq)


def _sealed_rows(before: SiteState, state: SiteState, fact: Fact, body: CdrSealed) -> Iterator[RowChange]:
    waiting = before.session(fact.session_id) if fact.session_id is not None else None
    if waiting is not None:
        yield from _cdr_rows(state, seal(waiting, fact.at, is_time_trusted=body.is_time_trusted), fact.seq)


def _put_right_rows(before: SiteState, state: SiteState, seq: int) -> Iterator[RowChange]:
    """Tell anew of the sessions that a clock put right has moved."""
    known = {record.id: record.last_updated for record in before.unsealed}
    for record in state.unsealed:
        if record.last_updated != known.get(record.id):
            yield from _session_rows(state, record, seq)


def _session_rows(state: SiteState, record: SessionRecord, seq: int) -> Iterator[RowChange]:
    session = to_session(record)
    body = encode_session(session, record.site)
    yield SessionRow(session.id, session.evse_uid, session.status.value, seq, body)
    for backend in state.backends:
        yield Owe(Delivery(backend, ObjectKind.SESSION, session.id, record.site.party, record.id, seq, body))


def _cdr_rows(state: SiteState, record: SessionRecord, seq: int) -> Iterator[RowChange]:
    cdr = to_cdr(record)
    body = encode_cdr(cdr)
    yield CdrRow(cdr.id, cdr.session_id, seq, body)
    for backend in state.backends:
        yield Owe(Delivery(backend, ObjectKind.CDR, cdr.id, record.site.party, record.id, seq, body))
