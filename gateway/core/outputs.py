"""What the state wants of the world: derived anew each time, never remembered, so that nothing can disagree with it."""

from datetime import datetime

from gateway.core.charging_limit import is_held_back, limit_of
from gateway.core.command_book import pending_commands
from gateway.core.identifiers import EvseUid
from gateway.core.instant import Instant
from gateway.core.reasons import FaultKind
from gateway.core.scene import Stage, stage_of
from gateway.core.session_phase import HELD
from gateway.core.site_state import SiteState
from gateway.core.telemetry import EvseStatus

_WANTED: dict[Stage, bool | None] = {
    Stage.FREE: False,
    Stage.RESERVED: False,
    Stage.CLAIMED: False,
    Stage.AUTHORIZED: False,
    Stage.INTERRUPTED: None,
    Stage.RUNNING: True,
    Stage.ENDING: False,
}

_SILENCE = frozenset({FaultKind.CONTROLLER_LOST, FaultKind.METER_LOST})


def wants_energy(state: SiteState, uid: EvseUid, now: Instant | None = None) -> bool | None:
    """Tell whether the contactor should be closed; None leaves it as it is until somebody has looked.

    A charging profile may leave too little at a moment for anything to flow.
    """
    record = state.evse(uid)
    wanted = _WANTED[stage_of(record, state.run)]
    session = record.open_session
    if wanted and now is not None and session is not None and is_held_back(session, now):
        return False
    return wanted


def profile_limit_a(state: SiteState, uid: EvseUid, now: Instant) -> int | None:
    """Return what a charging profile leaves an EVSE at a moment, in amperes per phase; None: it limits nothing."""
    session = state.evse(uid).open_session
    return None if session is None else limit_of(session, now)


def reserved_until(state: SiteState, uid: EvseUid) -> datetime | None:
    """Return when the reservation of an EVSE expires, None where nobody has reserved it."""
    session = state.evse(uid).open_session
    if session is None or session.reservation is None or session.phase not in HELD:
        return None
    return session.reservation.expires


def orders_pending_at(state: SiteState, uid: EvseUid) -> int:
    """Return how many accepted orders have no outcome yet."""
    return sum(record.evse_uid == uid for record in pending_commands(state.commands))


def status_of(state: SiteState, uid: EvseUid, *, seen: bool) -> EvseStatus:
    """Return the EVSE's OCPI status.

    UNKNOWN until its devices were `seen` after the daemon came up, and while its charge controller does not answer.
    """
    record = state.evse(uid)
    if record.faults:
        is_lost = FaultKind.CONTROLLER_LOST in record.faults and _SILENCE.issuperset(record.faults)
        return EvseStatus.UNKNOWN if is_lost else EvseStatus.OUTOFORDER
    if record.open_session is not None:
        return EvseStatus.RESERVED if record.open_session.phase in HELD else EvseStatus.CHARGING
    return EvseStatus.AVAILABLE if seen else EvseStatus.UNKNOWN
