"""One sentence for each fact that peers had a part in, for the person who reads a session's story."""

from typing import assert_never

from gateway.core.commands import OBJECTIONS, CommandKind
from gateway.core.facts import Register
from gateway.core.facts_roaming import (
    AuthorizationAnswered,
    AuthorizationRequested,
    ChargingPreferencesSet,
    ChargingProfileCleared,
    ChargingProfileSet,
    CommandAnswered,
    CommandFinished,
    CommandTaken,
    Outcome,
    ReservationChanged,
    ReservationClaimed,
    ReservationEnd,
    ReservationEnded,
    ReservationUnclaimed,
    RoamingFact,
    SessionReserved,
)
from gateway.core.reasons import CancelReason
from gateway.web.shapes import Topic

Sentence = tuple[Topic, str, Register | None]

CANCELS = {
    CancelReason.CARD: "the driver presented the card again",
    CancelReason.COMMAND: "the driver's provider ordered it",
    CancelReason.COMMAND_TIMED_OUT: "the order that began it took too long",
    CancelReason.METER_SILENT: "the meter gave no start reading",
    CancelReason.PLUG_TIMEOUT: "nobody plugged in",
    CancelReason.EVSE_OUT_OF_ORDER: "the EVSE went out of order",
}
_ENDS = {
    ReservationEnd.CANCELLED: "its provider cancelled it",
    ReservationEnd.EXPIRED: "nobody came in time",
    ReservationEnd.OUT_OF_ORDER: "the EVSE is out of order",
    ReservationEnd.REPLACED: "another one took its place",
}
_OUTCOMES = {
    Outcome.ALLOWED: "allows it",
    Outcome.BLOCKED: "has blocked it",
    Outcome.EXPIRED: "says it has expired",
    Outcome.NO_CREDIT: "says there is no credit",
    Outcome.NOT_ALLOWED: "does not allow it",
    Outcome.NOT_ALLOWED_HERE: "allows it elsewhere only",
    Outcome.UNKNOWN: "does not know it",
    Outcome.OFFLINE: "could not be asked",
    Outcome.TIMED_OUT: "did not answer in time",
}


def tell_of_peers(body: RoamingFact) -> tuple[Sentence, ...]:
    """Return what happened, as sentences."""
    topic, words = _tell(body)
    return ((topic, words, None),)


def _tell(body: RoamingFact) -> tuple[Topic, str]:  # noqa: C901, PLR0911, PLR0912 - one row per kind of fact
    match body:
        case CommandTaken():
            return Topic.DECISION, _taken(body)
        case CommandFinished(_, result, detail):
            return Topic.DECISION, f"the order comes to {result.value}: {detail}"
        case CommandAnswered(_, delivered, answer):
            return Topic.BACKEND, f"its result {'was delivered' if delivered else 'was not delivered'}: {answer}"
        case AuthorizationRequested(_, reader, uid):
            return Topic.CARD, f"card {uid} at {reader}; its owner is asked"
        case AuthorizationAnswered(_, peer, outcome, _, info):
            said = "" if info is None else f" ({info})"
            return Topic.DECISION, f"{peer or 'the owner'} {_OUTCOMES[outcome]}{said}"
        case SessionReserved(_, id_, expires, _, token):
            return Topic.DECISION, f"reserved as {id_} until {expires:%Y-%m-%d %H:%M:%S} UTC for {token.contract_id}"
        case ReservationChanged(_, expires):
            return Topic.DECISION, f"reserved until {expires:%Y-%m-%d %H:%M:%S} UTC instead"
        case ReservationClaimed(reader):
            who = "its provider says that they are here" if reader is None else f"they tapped at {reader}"
            return Topic.CARD, f"whom it is reserved for has come: {who}"
        case ReservationUnclaimed(reason):
            return Topic.DECISION, f"still reserved, no charge began: {CANCELS[reason]}"
        case ReservationEnded(reason):
            return Topic.DECISION, f"the reservation is over: {_ENDS[reason]}"
        case ChargingProfileSet(_, profile):
            steps = ", ".join(f"{period.limit} {profile.unit} from {period.start_s} s" for period in profile.periods)
            return Topic.DECISION, f"to be limited: {steps or 'to nothing in particular'}"
        case ChargingProfileCleared():
            return Topic.DECISION, "not limited any more"
        case ChargingPreferencesSet(profile_type):
            return Topic.DECISION, f"the driver prefers {profile_type}"
        case _:
            assert_never(body)


def _taken(body: CommandTaken) -> str:
    kind = CommandKind(body.command.kind).value
    if body.objection is None:
        return f"{body.peer} orders {kind}: accepted"
    return f"{body.peer} orders {kind}: {body.response.value}, {OBJECTIONS[body.objection][1]}"
