"""NEXT is the whole state machine of a session: what is not a row is not legal."""

from collections.abc import Mapping
from enum import StrEnum

from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    ContactorOpened,
    EnergySampled,
    FactBody,
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    StopRequested,
)
from gateway.core.facts_proof import MeterSigned
from gateway.core.facts_roaming import (
    ChargingPreferencesSet,
    ChargingProfileCleared,
    ChargingProfileSet,
    ReservationChanged,
    ReservationClaimed,
    ReservationEnded,
    ReservationUnclaimed,
    SessionReserved,
)


class Phase(StrEnum):
    """Where a session stands. CLAIMED: whom it was reserved for may charge. LAPSED: nobody did."""

    RESERVED = "RESERVED"
    CLAIMED = "CLAIMED"
    LAPSED = "LAPSED"
    AUTHORIZED = "AUTHORIZED"
    CHARGING = "CHARGING"
    PAUSED = "PAUSED"
    ENDING = "ENDING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


RUNNING = frozenset({Phase.CHARGING, Phase.PAUSED})
HELD = frozenset({Phase.RESERVED, Phase.CLAIMED})
OPEN = frozenset({*HELD, Phase.AUTHORIZED, Phase.CHARGING, Phase.PAUSED, Phase.ENDING})

NEXT: Mapping[tuple[Phase | None, type[FactBody]], Phase] = {
    (None, SessionReserved): Phase.RESERVED,
    (Phase.RESERVED, ReservationChanged): Phase.RESERVED,
    (Phase.RESERVED, ReservationClaimed): Phase.CLAIMED,
    (Phase.RESERVED, ReservationEnded): Phase.LAPSED,
    (Phase.CLAIMED, ReservationUnclaimed): Phase.RESERVED,
    (Phase.CLAIMED, ReservationEnded): Phase.LAPSED,
    (Phase.CLAIMED, SessionStarted): Phase.CHARGING,
    (None, SessionAuthorized): Phase.AUTHORIZED,
    (Phase.AUTHORIZED, SessionCancelled): Phase.CANCELLED,
    (Phase.AUTHORIZED, SessionStarted): Phase.CHARGING,
    (Phase.CHARGING, SessionResumed): Phase.CHARGING,
    (Phase.CHARGING, ContactorClosed): Phase.CHARGING,
    (Phase.CHARGING, MeterSigned): Phase.CHARGING,
    (Phase.CHARGING, ContactorOpened): Phase.CHARGING,
    (Phase.CHARGING, EnergySampled): Phase.CHARGING,
    (Phase.CHARGING, ChargingPaused): Phase.PAUSED,
    (Phase.CHARGING, ChargingPreferencesSet): Phase.CHARGING,
    (Phase.CHARGING, ChargingProfileSet): Phase.CHARGING,
    (Phase.CHARGING, ChargingProfileCleared): Phase.CHARGING,
    (Phase.CHARGING, StopRequested): Phase.ENDING,
    (Phase.PAUSED, SessionResumed): Phase.PAUSED,
    (Phase.PAUSED, ContactorClosed): Phase.PAUSED,
    (Phase.PAUSED, MeterSigned): Phase.PAUSED,
    (Phase.PAUSED, ContactorOpened): Phase.PAUSED,
    (Phase.PAUSED, EnergySampled): Phase.PAUSED,
    (Phase.PAUSED, ChargingContinued): Phase.CHARGING,
    (Phase.PAUSED, ChargingPreferencesSet): Phase.PAUSED,
    (Phase.PAUSED, ChargingProfileSet): Phase.PAUSED,
    (Phase.PAUSED, ChargingProfileCleared): Phase.PAUSED,
    (Phase.PAUSED, StopRequested): Phase.ENDING,
    (Phase.ENDING, ContactorOpened): Phase.ENDING,
    (Phase.ENDING, ContactorClosed): Phase.ENDING,
    (Phase.ENDING, MeterSigned): Phase.ENDING,
    (Phase.ENDING, SessionEnded): Phase.COMPLETED,
}

# The facts that move a session; others may name it, to be found in its story.
STEPS: frozenset[type[FactBody]] = frozenset(kind for _, kind in NEXT)


class IllegalFactError(Exception):
    """A fact that no row of NEXT allows: a bug in whoever decided it."""


def next_phase(phase: Phase | None, body: FactBody) -> Phase:
    """Return where the fact leads; IllegalFactError where it may not stand."""
    try:
        return NEXT[phase, type(body)]
    except KeyError:
        raise IllegalFactError(f"{type(body).__name__} is not legal in phase {phase}") from None
