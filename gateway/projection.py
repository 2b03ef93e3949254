"""What a fact means for the derived tables: the rows that `replay` can rebuild at any time from the journal alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.billing import is_billed, to_cdr, to_session
from gateway.core.cdr import Cdr
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
    TariffAdopted,
)
from gateway.core.facts_backends import BackendTermsAgreed, CdrCredited, LocationChanged, TariffWithdrawn
from gateway.core.facts_roaming import ReservationChanged, ReservationClaimed, ReservationEnded, SessionReserved
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.identifiers import CdrId, Party, SessionId
from gateway.core.rows import CdrRow, Owe, OweAgain, Park, Release, RowChange, SessionRow, Settle, Wording
from gateway.core.session_record import SessionRecord, seal
from gateway.core.site_state import SiteState, evolve, leaves_no_trace, pass_by
from gateway.ocpi.credit import credit_cdr, credit_id
from gateway.ocpi.dialects import DIALECTS
from gateway.projection_site import agreed_rows, location_rows, refused_status_rows, tariff_rows, withdrawn_rows

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
    passing = list[Fact]()
    for fact in facts:
        if isinstance(fact.body, DeliveryAccepted) and leaves_no_trace(fact):
            passing.append(fact)
            yield _settled(fact.body)
            continue
        if passing:
            state = pass_by(state, passing)
            passing.clear()
        before, state = state, evolve(state, fact)
        yield from _rows(before, state, fact)


def _rows(  # noqa: C901, PLR0912 - one case per kind of fact that means something here
    before: SiteState, state: SiteState, fact: Fact
) -> Iterator[RowChange]:
    body = fact.body
    match body:
        case DeliveryAccepted():
            yield _settled(body)
        case DeliveryParked(object=ObjectKind.EVSE):
            yield from refused_status_rows(state, body, fact.seq)
        case DeliveryParked():
            yield Park(body.backend, body.object, body.object_id, body.up_to_seq, body.reason)
        case DeliveryReleased():
            yield Release(body.backend, body.object, body.object_id)
        case DeliveryRequested():
            yield OweAgain(body.backend, body.number, state.terms_of(body.backend).version)
        case BackendTermsAgreed():
            yield from agreed_rows(before, state, body, fact.seq)
        case LocationChanged():
            yield from location_rows(before, state, body, fact.seq)
        case TariffAdopted():
            yield from tariff_rows(state, body, fact.seq)
        case TariffWithdrawn():
            yield from withdrawn_rows(state, body, fact.seq)
        case CdrCredited():
            yield from _credit_rows(state, body, fact)
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


def _settled(body: DeliveryAccepted) -> Settle:
    return Settle(body.backend, body.object, body.object_id, body.up_to_seq)


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
    bodies = {version: dialect.encode_session(session, record.site) for version, dialect in DIALECTS.items()}
    yield SessionRow(session.id, session.evse_uid, session.status.value, seq, bodies[FIRST_VERSION])
    whose = _Whose(record.site.party, record.authorized.token.owner, record.id)
    yield from _owe(state, whose, seq, (ObjectKind.SESSION, session.id), bodies)


def _cdr_rows(state: SiteState, record: SessionRecord, seq: int) -> Iterator[RowChange]:
    cdr = to_cdr(record)
    yield from _sealed_cdr_rows(state, seq, cdr, cdr.id, _in_all_versions(cdr))


def _credit_rows(state: SiteState, body: CdrCredited, fact: Fact) -> Iterator[RowChange]:
    """Send the credit CDR, then what takes the CDR's place."""
    cdr = body.cdr
    at = max(state.chronology.place(fact.at), cdr.last_updated)
    taken_back = {name: credit_cdr(sent, at, body.reason) for name, sent in _in_all_versions(cdr).items()}
    yield from _sealed_cdr_rows(state, fact.seq, cdr, credit_id(cdr.id), taken_back)
    if body.replacement is not None:
        anew = body.replacement
        yield from _sealed_cdr_rows(state, fact.seq, anew, anew.id, _in_all_versions(anew))


def _in_all_versions(cdr: Cdr) -> Mapping[str, bytes]:
    return {version: dialect.encode_cdr(cdr) for version, dialect in DIALECTS.items()}


def _sealed_cdr_rows(
    state: SiteState, seq: int, cdr: Cdr, cdr_id: CdrId, bodies: Mapping[str, bytes]
) -> Iterator[RowChange]:
    yield CdrRow(cdr_id, cdr.session_id, seq, bodies[FIRST_VERSION])
    whose = _Whose(cdr.site.party, cdr.token.owner, cdr.session_id)
    yield from _owe(state, whose, seq, (ObjectKind.CDR, cdr_id), bodies)


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose object it is, whose driver's, and of which session."""

    owner: Party
    driver: Party
    session_id: SessionId


def _owe(
    state: SiteState, whose: _Whose, seq: int, what: tuple[ObjectKind, str], bodies: Mapping[str, bytes]
) -> Iterator[RowChange]:
    """Keep the object in every version, and owe it to each backend that may hear of this driver, in its own."""
    kind, object_id = what
    for version, body in bodies.items():
        if version != FIRST_VERSION:
            yield Wording(kind, object_id, version, body)
    for backend in state.backends:
        terms = state.terms_of(backend)
        if terms.may_hear_of(whose.driver):
            body = bodies[terms.version]
            key = (backend, kind, object_id, whose.owner, whose.session_id)
            yield Owe(Delivery(*key, seq, body, version=terms.version))
