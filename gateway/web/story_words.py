"""One sentence for each kind of fact, for the person who reads a session's story."""

from gateway.core.facts import (
    BackendsAdopted,
    CardRefused,
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    ContactorOpened,
    DeliveryAccepted,
    DeliveryParked,
    DeliveryReleased,
    DeliveryRequested,
    EnergySampled,
    FactBody,
    FaultMended,
    FaultRaised,
    GatewayStarted,
    JournalRepaired,
    MeterExchanged,
    ReadingQuarantined,
    Register,
    RegisterNoted,
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SiteAdopted,
    StopRequested,
    TariffAdopted,
)
from gateway.core.facts_backends import BackendTermsAgreed, CdrCredited, LocationChanged, TariffWithdrawn
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyAccepted, UnattributedEnergyFound
from gateway.core.facts_proof import MeterSigned, RootSigned
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.reasons import Implausible, Refusal, StopReason
from gateway.web.shapes import Topic
from gateway.web.story_words_peers import CANCELS, Sentence, tell_of_peers

_MS_PER_S = 1000

REFUSALS = {
    Refusal.ALREADY_AUTHORIZED: "the provider has let this driver in already",
    Refusal.BLOCKED_TOKEN: "the token is blocked",
    Refusal.CARD_UNUSABLE: "the card cannot identify anybody",
    Refusal.EVSE_OCCUPIED: "somebody else charges here",
    Refusal.EVSE_OUT_OF_ORDER: "the EVSE is out of order",
    Refusal.EVSE_RESERVED: "it is reserved for somebody else",
    Refusal.EXPIRED_TOKEN: "the token has expired",
    Refusal.METER_SILENT: "the meter gives no start reading",
    Refusal.NEEDS_ONLINE_CHECK: "the token's owner must be asked and cannot be",
    Refusal.NOT_ALLOWED_HERE: "the token's owner allows it elsewhere only",
    Refusal.NO_CREDIT: "the token's owner says there is no credit",
    Refusal.PLUG_IN_FIRST: "more than one EVSE is free, and no plug says which",
    Refusal.PROVIDER_REFUSED: "the token's owner does not allow it",
    Refusal.READER_WITHOUT_EVSE: "the reader belongs to no EVSE",
    Refusal.TOO_SOON: "the same card a moment after it started",
    Refusal.UNKNOWN_TOKEN: "the token is not known here",
}
_STOPS = {
    StopReason.CARD: "the driver presented the card again",
    StopReason.COMMAND: "the driver's provider ordered it",
    StopReason.CONTACTOR_DID_NOT_CLOSE: "the contactor did not close",
    StopReason.CONTROLLER_FAULT: "the charge controller reports a fault",
    StopReason.ENERGY_LIMIT: "the energy limit was reached",
    StopReason.EVSE_REMOVED: "its EVSE is not configured any more",
    StopReason.GROUP_CARD: "a card of the same group was presented",
    StopReason.IDLE: "the vehicle took no energy for too long",
    StopReason.INTERRUPTED: "the gateway was down for too long",
    StopReason.METER_LOST: "the meter was silent for too long",
    StopReason.STORAGE_LOST: "nothing could be written down for too long",
    StopReason.TIME_LIMIT: "the time limit was reached",
    StopReason.UNPLUGGED: "the plug was pulled",
}
_DECIDED_BEFORE = "that was decided before the daemon was started anew, and no disk took it; time is billed up to then"
_WAITS = "the CDR waits: by this clock nobody can say for certain when the session was"
_SEALED = "the CDR is sealed: it is certain now when the session was"
_SEALED_ALL_THE_SAME = "the CDR is sealed and says so: start and end never became certain"
_IMPLAUSIBLE = {
    Implausible.JUMPED: "jumped further than the connector can deliver",
    Implausible.NOT_AVAILABLE: "said that it has no value",
    Implausible.RAN_BACK: "ran back",
}


def tell(body: FactBody) -> tuple[Sentence, ...]:  # noqa: C901, PLR0911, PLR0912 - one row per kind of fact, checked to be complete
    """Return what happened, as sentences with the counter value that was seen."""
    match body:
        case GatewayStarted(version):
            return ((Topic.GATEWAY, f"gateway {version} started", None),)
        case JournalRepaired(kept_up_to_seq, _, kept_at):
            words = f"the journal was repaired up to fact {kept_up_to_seq}; the damaged one is kept at {kept_at}"
            return ((Topic.GATEWAY, words, None),)
        case (
            SiteAdopted()
            | TariffAdopted()
            | TariffWithdrawn()
            | BackendsAdopted()
            | BackendTermsAgreed()
            | LocationChanged()
        ):
            return ((Topic.GATEWAY, "a new configuration was adopted", None),)
        case CardRefused(reader, card, reason, detail):
            words = f"card {card or '(unreadable)'} at {reader} refused: {REFUSALS[reason]}"
            return ((Topic.CARD, f"{words} ({detail})" if detail else words, None),)
        case SessionAuthorized():
            return _authorized(body)
        case SessionCancelled(reason):
            return ((Topic.DECISION, f"cancelled: {CANCELS[reason]}", None),)
        case SessionStarted(start):
            return ((Topic.READING, f"start reading {_kwh(start)}", start),)
        case SessionResumed(down_s):
            how_long = "for an unknown time" if down_s is None else f"for {down_s} s"
            return ((Topic.GATEWAY, f"gateway is back after being down {how_long}; the session goes on", None),)
        case ContactorClosed():
            return ((Topic.CONTACTOR, "contactor read back closed", None),)
        case ContactorOpened():
            return ((Topic.CONTACTOR, "contactor read back open", None),)
        case EnergySampled(register, power_w):
            power = "" if power_w is None else f" at {power_w} W"
            return ((Topic.READING, f"{_kwh(register)}{power}", register),)
        case ChargingPaused(register):
            return ((Topic.VEHICLE, "vehicle stopped taking energy", register),)
        case ChargingContinued(register):
            return ((Topic.VEHICLE, "vehicle takes energy again", register),)
        case StopRequested(reason, decided_at):
            asked: Sentence = (Topic.DECISION, f"to be ended: {_STOPS[reason]}", None)
            return (asked,) if decided_at is None else (asked, (Topic.DECISION, _DECIDED_BEFORE, None))
        case SessionEnded(stop, _, measured_open, seals):
            how = "after the contactor was open" if measured_open else "as last known: the contactor was not seen open"
            reading: Sentence = (Topic.READING, f"final reading {_kwh(stop)}, {how}", stop)
            return (reading,) if seals else (reading, (Topic.DECISION, _WAITS, None))
        case CdrSealed(is_time_trusted):
            return ((Topic.DECISION, _SEALED if is_time_trusted else _SEALED_ALL_THE_SAME, None),)
        case CounterRolledOver(rollover_wh):
            return ((Topic.READING, f"the counter reached {rollover_wh} Wh and began at 0 again", None),)
        case UnattributedEnergyFound(energy_wh):
            return ((Topic.FAULT, f"{energy_wh} Wh are on nobody's account", None),)
        case UnattributedEnergyAccepted(energy_wh):
            return ((Topic.FAULT, f"a technician has looked into {energy_wh} Wh on nobody's account", None),)
        case TimeLearned(moved_ms):
            return ((Topic.GATEWAY, _put_right(moved_ms), None),)
        case RegisterNoted(register):
            return ((Topic.READING, f"{_kwh(register)} without a session", register),)
        case MeterExchanged(old_wh, new_wh):
            words = f"meter exchanged: the old one was taken out at {old_wh} Wh, the new one began at {new_wh} Wh"
            return ((Topic.READING, words, None),)
        case ReadingQuarantined(energy_wh, problem):
            value = "" if energy_wh is None else f" ({energy_wh} Wh)"
            return ((Topic.FAULT, f"reading not believed: the counter {_IMPLAUSIBLE[problem]}{value}", None),)
        case FaultRaised(kind, detail):
            return ((Topic.FAULT, f"out of order: {kind.value}: {detail}", None),)
        case FaultMended(kind):
            return ((Topic.FAULT, f"mended: {kind.value}", None),)
        case DeliveryAccepted(backend, kind, _, _, answer):
            return ((Topic.BACKEND, f"{backend} accepted the {kind.value}: {answer}", None),)
        case DeliveryParked(backend, kind, _, _, reason):
            return ((Topic.BACKEND, f"{backend} refused the {kind.value}: {reason}", None),)
        case MeterSigned(nature, signature):
            return ((Topic.READING, f"{nature.lower()} value signed by the meter ({signature.encoding_method})", None),)
        case CdrCredited(cdr, reason, replacement):
            onward = "" if replacement is None else f"; {replacement.id} takes its place"
            return ((Topic.DECISION, f"CDR {cdr.id} was taken back: {reason}{onward}", None),)
        case DeliveryReleased(backend, kind):
            return ((Topic.BACKEND, f"a technician has the {kind.value} sent to {backend} again", None),)
        case RootSigned(day, up_to_seq):
            return ((Topic.GATEWAY, f"the root of {day} was signed: facts up to {up_to_seq}", None),)
        case DeliveryRequested(backend, kind, _, number):
            return ((Topic.BACKEND, f"{backend} is to get the {kind.value} again, number {number} of its chain", None),)
        case _:
            return tell_of_peers(body)


def _authorized(body: SessionAuthorized) -> tuple[Sentence, ...]:
    token = body.token
    group = "" if token.group_id is None else f", group {token.group_id}"
    why = f"allowed: valid token of {token.contract_id}{group}, by {body.auth_method.value.lower().replace('_', ' ')}"
    decision: Sentence = (Topic.DECISION, why, None)
    if body.basis is not None:
        decision = (Topic.DECISION, f"{why} ({body.basis})", None)
    if body.authorization_reference is not None:
        decision = (Topic.DECISION, f"{decision[1]}, reference {body.authorization_reference}", None)
    if body.reader is None:
        return (decision,)
    return ((Topic.CARD, f"card {token.uid} at {body.reader}", None), decision)


def _put_right(moved_ms: int) -> str:
    seconds = moved_ms / _MS_PER_S
    return f"the time is known: the clock went {'on' if moved_ms >= 0 else 'back'} by {abs(seconds):.3f} s"


def _kwh(register: Register) -> str:
    return f"{register.energy_wh // 1000}.{register.energy_wh % 1000:03d} kWh"
