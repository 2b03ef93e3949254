"""What the facts say of one EVSE: its newest session, its counter and books, its faults, the bills that wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.core.facts import Fact, Register
from gateway.core.facts_time import CdrSealed
from gateway.core.ledger import Account
from gateway.core.reasons import NEW_BASELINE, FaultKind
from gateway.core.session_phase import OPEN, IllegalFactError
from gateway.core.session_record import SessionRecord, seal


@dataclass(frozen=True, slots=True)
class EvseRecord:
    """What the facts say of an EVSE: its newest session, its newest counter value, its faults with their details.

    `settled` is where energy without a session is counted from: the last session's end, or a technician's word.
    `waiting` are sessions that ended, oldest first, whose bills wait for their times to be certain. `books` say whose
    each Wh is.
    """

    session: SessionRecord | None = None
    register: Register | None = None
    settled: Register | None = None
    faults: Mapping[FaultKind, str] = field(default_factory=dict)
    waiting: tuple[SessionRecord, ...] = ()
    books: Account = field(default_factory=Account)

    @property
    def open_session(self) -> SessionRecord | None:
        """The session that has not ended yet."""
        return self.session if self.session is not None and self.session.phase in OPEN else None


def seal_bill(evse: EvseRecord, fact: Fact, body: CdrSealed) -> EvseRecord:
    """Seal the bill that waits; IllegalFactError if there is none."""
    unsealed = next((record for record in evse.waiting if record.id == fact.session_id), None)
    if unsealed is None:
        raise IllegalFactError(f"fact {fact.seq} seals the bill of session {fact.session_id}, which does not wait")
    sealed = seal(unsealed, fact.at, is_time_trusted=body.is_time_trusted)
    is_newest = evse.session is not None and evse.session.id == sealed.id
    waiting = tuple(record for record in evse.waiting if record is not unsealed)
    return replace(evse, session=sealed if is_newest else evse.session, waiting=waiting)


def mend(evse: EvseRecord, kind: FaultKind, *, by_technician: bool) -> EvseRecord:
    """Take a fault away; on a technician's word energy without a session counts anew, and so may the counter."""
    evse = replace(evse, faults={known: detail for known, detail in evse.faults.items() if known is not kind})
    if by_technician and kind in NEW_BASELINE:
        return replace(evse, register=None, settled=None)
    if by_technician and kind is FaultKind.ENERGY_WITHOUT_SESSION:
        return replace(evse, settled=evse.register)  # it has been looked into; it stays on nobody's account
    return evse
