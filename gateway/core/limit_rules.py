"""What a driver's provider may want of a running session, as far as the charge controller can follow."""

from enum import StrEnum

from gateway.core.facts_roaming import ChargingPreferencesSet
from gateway.core.observations import PreferencesReceived
from gateway.core.page import Page
from gateway.core.session_phase import RUNNING
from gateway.core.session_record import SessionRecord


class PreferencesResponse(StrEnum):
    """OCPI ChargingPreferencesResponse."""

    ACCEPTED = "ACCEPTED"
    DEPARTURE_REQUIRED = "DEPARTURE_REQUIRED"
    ENERGY_NEED_REQUIRED = "ENERGY_NEED_REQUIRED"
    NOT_POSSIBLE = "NOT_POSSIBLE"
    PROFILE_TYPE_NOT_SUPPORTED = "PROFILE_TYPE_NOT_SUPPORTED"


# Nothing here knows prices or the sun in advance: a session gets all the current there is.
_AS_FAST_AS_CAN_BE = frozenset({"FAST", "REGULAR"})


def judge_preferences(session: SessionRecord, profile_type: str) -> PreferencesResponse:
    """Say whether the preferences can be met."""
    if profile_type not in _AS_FAST_AS_CAN_BE:
        return PreferencesResponse.PROFILE_TYPE_NOT_SUPPORTED
    is_limited = session.limited is not None and session.limited.profile is not None
    if session.phase not in RUNNING or (profile_type == "FAST" and is_limited):
        return PreferencesResponse.NOT_POSSIBLE
    return PreferencesResponse.ACCEPTED


def take_preferences(page: Page, received: PreferencesReceived) -> None:
    """Write down preferences that can be met; what they ask for is what happens anyway."""
    session = page.world.state.session(received.session_id)
    if session is None or judge_preferences(session, received.profile_type) is not PreferencesResponse.ACCEPTED:
        return
    wish = ChargingPreferencesSet(received.profile_type, received.departure, received.energy_wh)
    page.write(wish, session.evse_uid, session.id)
