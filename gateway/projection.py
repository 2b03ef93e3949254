"""What a fact means for the derived tables: the rows that `replay` can rebuild at any time from the journal alone."""

from collections.abc import Iterable, Iterator, Mapping

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.billing import to_cdr, to_session
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
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionStarted,
)
from gateway.core.facts_backends import BackendTermsAgreed
from gateway.core.rows import CdrRow, Owe, OweAgain, Park, Release, Restate, RowChange, SessionRow, Settle, Wording
from gateway.core.session_record import SessionRecord
from gateway.core.site_state import SiteState, evolve
from gateway.ocpi.dialects import DIALECTS

# The facts after which a backend should know of a session anew.
_MILESTONES = (
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
        state = evolve(state, fact)
        yield from _rows(state, fact)


def _rows(state: SiteState, fact: Fact) -> Iterator[RowChange]:
    body = fact.body
    match body:
        case DeliveryAccepted():
            yield Settle(body.backend, body.object, body.object_id, body.up_to_seq)
        case DeliveryParked():
            yield Park(body.backend, body.object, body.object_id, body.up_to_seq, body.reason)
        case DeliveryReleased():
            yield Release(body.backend, body.object, body.object_id)
        case DeliveryRequested():
            yield OweAgain(body.backend, body.number, state.terms_of(body.backend).version)
        case BackendTermsAgreed(backend, terms):
            yield Restate(backend, terms)
        case _ if isinstance(body, _MILESTONES) and fact.evse_uid is not None:
            record = state.evse(fact.evse_uid).session
            if record is not None:
                yield from _session_rows(state, record, fact.seq)
                if isinstance(body, SessionEnded):
                    yield from _cdr_rows(state, record, fact.seq)
        case _:
            return


def _session_rows(state: SiteState, record: SessionRecord, seq: int) -> Iterator[RowChange]:
    session = to_session(record)
    bodies = {version: dialect.encode_session(session, record.site) for version, dialect in DIALECTS.items()}
    yield SessionRow(session.id, session.evse_uid, session.status.value, seq, bodies[FIRST_VERSION])
    yield from _owe(state, record, seq, (ObjectKind.SESSION, session.id), bodies)


def _cdr_rows(state: SiteState, record: SessionRecord, seq: int) -> Iterator[RowChange]:
    cdr = to_cdr(record)
    bodies = {version: dialect.encode_cdr(cdr) for version, dialect in DIALECTS.items()}
    yield CdrRow(cdr.id, cdr.session_id, seq, bodies[FIRST_VERSION])
    yield from _owe(state, record, seq, (ObjectKind.CDR, cdr.id), bodies)


def _owe(
    state: SiteState, record: SessionRecord, seq: int, what: tuple[ObjectKind, str], bodies: Mapping[str, bytes]
) -> Iterator[RowChange]:
    """Keep the object in every version, and owe it to each backend that may hear of this driver, in its own."""
    kind, object_id = what
    for version, body in bodies.items():
        if version != FIRST_VERSION:
            yield Wording(kind, object_id, version, body)
    owner, driver = record.site.party, record.authorized.token.owner
    for backend in state.backends:
        terms = state.terms_of(backend)
        if terms.may_hear_of(driver):
            body = bodies[terms.version]
            yield Owe(Delivery(backend, kind, object_id, owner, record.id, seq, body, version=terms.version))
