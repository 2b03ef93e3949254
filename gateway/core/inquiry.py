"""A question to the owner of a card that nobody has answered yet."""

from dataclasses import dataclass

from gateway.core.facts_roaming import AuthorizationRequested
from gateway.core.identifiers import EvseUid
from gateway.core.instant import Instant


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What was asked, when, and at which EVSE the driver stands."""

    asked: AuthorizationRequested
    at: Instant
    evse_uid: EvseUid | None
