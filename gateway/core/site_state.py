"""The fold of all facts: which sessions are open, what is wrong where, and the configuration that was adopted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.core.adopted import AdoptedSite, AdoptedTariff
from gateway.core.backend_terms import Terms
from gateway.core.chronology import Chronology
from gateway.core.command_book import CommandBook, book_command
from gateway.core.evse_record import EvseRecord, mend, seal_bill
from gateway.core.facts import (
    BackendsAdopted,
    ChargingContinued,
    ChargingPaused,
    DeliveryAccepted,
    DeliveryParked,
    EnergySampled,
    Fact,
    FaultMended,
    FaultRaised,
    GatewayStarted,
    MeterExchanged,
    Register,
    RegisterNoted,
    SessionAuthorized,
    SessionEnded,
    SessionStarted,
    SiteAdopted,
    TariffAdopted,
)
from gateway.core.facts_backends import BackendTermsAgreed, LocationChanged, PartStamp, TariffWithdrawn, with_changed
from gateway.core.facts_roaming import (
    AuthorizationAnswered,
    AuthorizationRequested,
    CommandAnswered,
    CommandFinished,
    CommandTaken,
    SessionReserved,
)
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.identifiers import BackendName, CommandId, EvseUid, InquiryId, SessionId
from gateway.core.inquiry import Inquiry
from gateway.core.instant import Instant
from gateway.core.ledger import book
from gateway.core.reasons import FaultKind
from gateway.core.reservation_record import Reservation, grant_of
from gateway.core.session_phase import STEPS, IllegalFactError, next_phase
from gateway.core.session_record import SessionRecord, evolve_session, put_right, stamp
from gateway.core.tariff import is_valid_at

# Faults that a look at the hardware cannot disprove: they stay until a technician says they are mended.
LATCHED = frozenset(
    {FaultKind.CONTACTOR_DID_NOT_CLOSE, FaultKind.CONTACTOR_DID_NOT_OPEN, FaultKind.ENERGY_WITHOUT_SESSION}
)


# What became of deliveries is the outbox's affair.
_IN_PASSING = frozenset({DeliveryAccepted, DeliveryParked})

_NO_PAST = EvseRecord()


@dataclass(frozen=True, slots=True)
class SiteState:
    """Everything that is certain because it is written down.

    `run` counts the daemon's starts, `newest` is the moment of the newest fact. `withdrawn` says up to when backends'
    tariffs of an id count no more.
    """

    last_seq: int = 0
    newest: Instant | None = None
    chronology: Chronology = field(default_factory=Chronology)
    run: int = 0
    site: AdoptedSite | None = None
    tariffs: Mapping[str, AdoptedTariff] = field(default_factory=dict)
    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    backends: tuple[BackendName, ...] = ()
    terms: Mapping[BackendName, Terms] = field(default_factory=dict)
    location: tuple[PartStamp, ...] = ()
    evses: Mapping[EvseUid, EvseRecord] = field(default_factory=dict)
    commands: CommandBook = field(default_factory=dict)
    inquiries: Mapping[InquiryId, Inquiry] = field(default_factory=dict)

    def evse(self, uid: EvseUid) -> EvseRecord:
        """Return what is known of an EVSE; an EVSE never heard of has no past."""
        return self.evses.get(uid, _NO_PAST)

    def terms_of(self, backend: BackendName) -> Terms:
        """Return what was agreed with a backend."""
        return self.terms.get(backend, Terms())

    def session(self, session_id: SessionId) -> SessionRecord | None:
        """Return an open session, one whose bill waits, or the newest of an EVSE; None for anything older."""
        for evse in self.evses.values():
            for record in (evse.session, *evse.waiting):
                if record is not None and record.id == session_id:
                    return record
        return None

    @property
    def unsealed(self) -> tuple[SessionRecord, ...]:
        """The sessions whose times can still be put right: open ones, and those whose bills wait."""
        return tuple(record for evse in self.evses.values() for record in (evse.open_session, *evse.waiting) if record)


def leaves_no_trace(fact: Fact) -> bool:
    """Tell whether a fact changes nothing here but which one is the newest."""
    return type(fact.body) in _IN_PASSING and fact.evse_uid is None


def pass_by(state: SiteState, facts: Sequence[Fact]) -> SiteState:
    """Fold in facts that leave no trace, as `evolve` does one by one; a night's backlog is thousands of them."""
    for seq, fact in enumerate(facts, state.last_seq + 1):
        if fact.seq != seq or not leaves_no_trace(fact):
            raise IllegalFactError(f"fact {fact.seq} cannot pass by after fact {seq - 1}")
    return replace(state, last_seq=facts[-1].seq, newest=facts[-1].at) if facts else state


def fold(facts: Iterable[Fact], state: SiteState | None = None) -> SiteState:
    """Fold facts, oldest first."""
    state = state or SiteState()
    for fact in facts:
        state = evolve(state, fact)
    return state


def evolve(state: SiteState, fact: Fact) -> SiteState:
    """Fold one fact in; IllegalFactError if it cannot follow."""
    if fact.seq != state.last_seq + 1:
        raise IllegalFactError(f"fact {fact.seq} cannot follow fact {state.last_seq}")
    state = replace(state, last_seq=fact.seq, newest=fact.at)
    match fact.body:
        case GatewayStarted() | TimeLearned():
            return _go_on_in_time(state, fact, fact.body)
        case (
            SiteAdopted()
            | TariffAdopted()
            | TariffWithdrawn()
            | BackendsAdopted()
            | BackendTermsAgreed()
            | LocationChanged()
        ):
            return _adopt(state, fact.seq, fact.body)
        case (
            CommandTaken() | CommandFinished() | CommandAnswered() | AuthorizationRequested() | AuthorizationAnswered()
        ):
            return _evolve_peers(state, fact)
        case _ if fact.evse_uid is not None:
            evse = _evolve_evse(state, state.evse(fact.evse_uid), fact)
            return replace(state, evses={**state.evses, fact.evse_uid: evse})
        case _:
            return state


def _go_on_in_time(state: SiteState, fact: Fact, body: GatewayStarted | TimeLearned) -> SiteState:
    if isinstance(body, TimeLearned):
        return _put_right(state, state.chronology.learn(fact.at), fact.at)
    state = replace(state, run=state.run + 1)
    if body.after is None:
        return state
    return _put_right(state, state.chronology.begin(body.after, fact.at, keep=bool(state.unsealed)), fact.at)


def _put_right(state: SiteState, chronology: Chronology, at: Instant) -> SiteState:
    """Reckon everything that is not sealed by what is known of the time now."""
    evses = {}
    for uid, evse in state.evses.items():
        waiting = tuple(put_right(record, chronology, at) for record in evse.waiting)
        session = evse.session
        if evse.open_session is not None:
            session = put_right(evse.open_session, chronology, at)
        elif session is not None:
            newest = session.id
            session = next((record for record in waiting if record.id == newest), session)
        evses[uid] = replace(evse, session=session, waiting=waiting)
    return replace(state, chronology=chronology, evses=evses)


def _adopt(
    state: SiteState,
    seq: int,
    body: SiteAdopted | TariffAdopted | TariffWithdrawn | BackendsAdopted | BackendTermsAgreed | LocationChanged,
) -> SiteState:
    match body:
        case SiteAdopted(site):
            return replace(state, site=AdoptedSite(seq, site))
        case TariffAdopted(tariff, sent_by):
            return replace(state, tariffs={**state.tariffs, tariff.id: AdoptedTariff(seq, tariff, sent_by)})
        case TariffWithdrawn(id_, until):
            left = {known: each for known, each in state.tariffs.items() if known != id_}
            return replace(state, tariffs=left, withdrawn={**state.withdrawn, id_: until})
        case BackendsAdopted(names):
            return replace(state, backends=names)
        case BackendTermsAgreed(backend, terms):
            return replace(state, terms={**state.terms, backend: terms})
        case LocationChanged(parts):
            return replace(state, location=with_changed(state.location, parts))


def _evolve_evse(state: SiteState, evse: EvseRecord, fact: Fact) -> EvseRecord:
    if type(fact.body) in STEPS:
        evse = replace(evse, session=_evolve_session(state, evse, fact))
    evse = replace(evse, books=book(evse.books, fact))
    match fact.body:
        case SessionStarted(register) | EnergySampled(register, _) | RegisterNoted(register):
            evse = replace(evse, register=register, settled=evse.settled or register)
        case SessionEnded(register):
            waits = () if fact.body.seals or evse.session is None else (evse.session,)
            evse = replace(evse, register=register, settled=register, waiting=(*evse.waiting, *waits))
        case CdrSealed():
            evse = seal_bill(evse, fact, fact.body)
        case ChargingPaused(register) | ChargingContinued(register):
            evse = replace(evse, register=_newer(evse.register, register))
        case MeterExchanged(_, new_wh):
            begin = Register(new_wh, fact.at)
            evse = replace(evse, register=begin, settled=begin)
        case FaultRaised(kind, detail):
            evse = replace(evse, faults={**evse.faults, kind: detail})
        case FaultMended(kind, by_technician):
            evse = mend(evse, kind, by_technician=by_technician)
        case _:  # the other facts of an EVSE change nothing but its session
            pass
    return evse


def _evolve_peers(state: SiteState, fact: Fact) -> SiteState:
    """Fold in what peers order, and what they are asked."""
    match fact.body:
        case AuthorizationRequested(id_):
            asked = Inquiry(fact.body, fact.at, fact.evse_uid)
            return replace(state, inquiries={**state.inquiries, id_: asked})
        case AuthorizationAnswered(id_):
            left = {known: each for known, each in state.inquiries.items() if known != id_}
            return replace(state, inquiries=left)
        case _:
            return replace(state, commands=book_command(state.commands, fact, _live_reservations(state)))


def _live_reservations(state: SiteState) -> frozenset[CommandId]:
    """Return the commands whose reservation we may yet have to give up."""
    sessions = [evse.session for evse in state.evses.values() if evse.session is not None]
    return frozenset(each.reservation.command_id for each in sessions if each.reservation is not None)


def _evolve_session(state: SiteState, evse: EvseRecord, fact: Fact) -> SessionRecord:
    if isinstance(fact.body, SessionAuthorized | SessionReserved):
        return _begin(state, evse, fact, fact.body)
    if evse.session is None or evse.session.id != fact.session_id:
        raise IllegalFactError(f"fact {fact.seq} speaks of session {fact.session_id}, which is not the EVSE's")
    return evolve_session(evse.session, fact, state.run, state.chronology)


def _begin(state: SiteState, evse: EvseRecord, fact: Fact, body: SessionAuthorized | SessionReserved) -> SessionRecord:
    if evse.open_session is not None or fact.evse_uid is None or fact.session_id is None:
        raise IllegalFactError(f"fact {fact.seq} begins a session where one is open")
    if state.site is None or state.site.seq != body.site_seq:
        raise IllegalFactError(f"fact {fact.seq} names a site that is not the adopted one")
    adopted = state.tariffs.get(body.tariff_id) if body.tariff_id is not None else None
    if (adopted.seq if adopted else None) != body.tariff_seq:
        raise IllegalFactError(f"fact {fact.seq} names a tariff that is not the adopted one")
    tariff, reservation = adopted.tariff if adopted else None, None
    if isinstance(body, SessionReserved):
        is_valid = tariff is not None and is_valid_at(tariff, state.chronology.place(fact.at))
        tariff = tariff if is_valid else None
        reservation = Reservation(body.reservation_id, body.command_id, fact.at, body.expires)
    return SessionRecord(
        id=fact.session_id,
        evse_uid=fact.evse_uid,
        phase=next_phase(None, body),
        authorized=grant_of(body) if isinstance(body, SessionReserved) else body,
        authorized_at=fact.at,
        reservation=reservation,
        site=state.site.site,
        tariff=tariff,
        agreed=adopted.tariff if adopted else None,
        run=state.run,
        chronology=state.chronology,
        last_updated=stamp(state.chronology.place(fact.at)),
        touched_at=fact.at,
    )


def _newer(known: Register | None, register: Register) -> Register:
    return register if known is None or register.energy_wh > known.energy_wh else known
