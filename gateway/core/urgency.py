"""How long a fact may stay in memory before it must be on disk: flash wears by the commit, not by the byte.

Law: nobody is told of a fact, and no contactor closes for it, before it is on disk, however long that takes. So what
may wait is only what a crash would have the gateway see or do again.
"""

from enum import IntEnum

from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    ContactorOpened,
    DeliveryAccepted,
    EnergySampled,
    Fact,
    RegisterNoted,
    SessionEnded,
    StopRequested,
)


class Urgency(IntEnum):
    """LATER waits for company as long as the flash budget wants, SOON for a moment, NOW not at all."""

    LATER = 0
    SOON = 1
    NOW = 2


def urgency_of(fact: Fact) -> Urgency:
    """Tell how soon a fact must be on disk."""
    match fact.body:
        case EnergySampled() | ContactorClosed() | RegisterNoted() | DeliveryAccepted():
            return Urgency.LATER
        case ChargingPaused() | ChargingContinued() | StopRequested() | ContactorOpened() | SessionEnded():
            return Urgency.SOON
        case _:
            return Urgency.NOW
