"""Whether a peer's command is accepted, and what is written down for it; one function per kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway.core.command_search import (
    Ground,
    Refused,
    choice_of,
    connector_of,
    free_for_reservation,
    is_for,
    is_the_same_start,
    limitable,
    own_token,
    places_of,
    reserved_scene,
    session_scene,
)
from gateway.core.commands import CommandKind, Objection
from gateway.core.facts import FactBody, SessionCancelled, StopRequested
from gateway.core.facts_roaming import (
    ChargingProfileCleared,
    ChargingProfileSet,
    ReservationChanged,
    ReservationClaimed,
    ReservationEnd,
    ReservationEnded,
    ReservationUnclaimed,
    SessionReserved,
)
from gateway.core.grant import adopted_site, grant, tariff_of
from gateway.core.identifiers import SessionId
from gateway.core.instant import ClockQuality
from gateway.core.reasons import CancelReason, StopReason
from gateway.core.scene import Scene, Stage
from gateway.core.session_phase import HELD
from gateway.core.token import AuthMethod, Token

Step = tuple[Scene, FactBody]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a command: why not, or what is written down; `scene` is the EVSE that it is about."""

    objection: Objection | None = None
    scene: Scene | None = None
    steps: tuple[Step, ...] = ()
    session_id: SessionId | None = None


def judge_command(ground: Ground) -> Ruling:
    """Decide on a command that has not been seen before."""
    try:
        return _JUDGES[ground.command.kind](ground)
    except Refused as refused:
        return Ruling(refused.objection)


def _start(ground: Ground) -> Ruling:
    command, token = ground.command, own_token(ground)
    places = places_of(ground)
    for scene in places:
        if scene.stage is not Stage.FREE and is_the_same_start(scene.session, command, token):
            return Ruling(scene=scene, session_id=scene.session.id)
    reference = command.authorization_reference
    for scene in places:
        if scene.stage in {Stage.RESERVED, Stage.CLAIMED} and is_for(scene.session, token):
            claim = ((scene, ReservationClaimed(None, reference)),) if scene.stage is Stage.RESERVED else ()
            return Ruling(scene=scene, steps=claim, session_id=scene.session.id)
    scene = choice_of(places)
    connector = None if command.connector_id is None else connector_of(ground, scene)
    fact = grant(scene, ground.state, token, AuthMethod.COMMAND, reference=reference, connector_id=connector)
    return Ruling(scene=scene, steps=((scene, fact),))


def _stop(ground: Ground) -> Ruling:
    scene = session_scene(ground)
    session = scene.session
    steps: tuple[Step, ...] = ()
    match scene.stage:
        case Stage.RESERVED:
            raise Refused(Objection.SESSION_NOT_RUNNING)
        case Stage.CLAIMED:
            steps = ((scene, ReservationUnclaimed(CancelReason.COMMAND)),)
        case Stage.AUTHORIZED:
            steps = ((scene, SessionCancelled(CancelReason.COMMAND)),)
        case Stage.RUNNING | Stage.INTERRUPTED:
            steps = ((scene, StopRequested(StopReason.COMMAND)),)
        case _:  # it is ending already
            pass
    return Ruling(scene=scene, steps=steps, session_id=session.id)


def _reserve(ground: Ground) -> Ruling:
    command, token, now = ground.command, own_token(ground), ground.order.at
    expires, moment = command.expires, ground.state.chronology.place(now)
    if now.clock is ClockQuality.UNKNOWN:
        raise Refused(Objection.CLOCK_UNSURE)
    if expires is None or expires <= moment:
        raise Refused(Objection.EXPIRED)
    places = places_of(ground)
    if expires - moment > timedelta(seconds=places[0].rules.reservation_max_s):
        raise Refused(Objection.TOO_LONG)
    known = reserved_scene(ground, token.owner)
    if known is None:
        scene = free_for_reservation(places)
        return Ruling(scene=scene, steps=((scene, _reserved(ground, scene, token)),))
    if known.stage is not Stage.RESERVED:
        raise Refused(Objection.RESERVATION_IN_USE)
    if known.limits.uid in {each.limits.uid for each in places} and known.session.authorized.token.uid == token.uid:
        change = ReservationChanged(ground.order.id, expires, command.authorization_reference)
        return Ruling(scene=known, steps=((known, change),), session_id=known.session.id)
    is_elsewhere = all(each.limits.uid != known.limits.uid for each in places)
    scene = free_for_reservation(places) if is_elsewhere else known
    end = (known, ReservationEnded(ReservationEnd.REPLACED))
    return Ruling(scene=scene, steps=(end, (scene, _reserved(ground, scene, token))))


def _cancel_reservation(ground: Ground) -> Ruling:
    scene = reserved_scene(ground, None)
    if scene is None:
        raise Refused(Objection.UNKNOWN_RESERVATION)
    if scene.session.phase not in HELD:
        raise Refused(Objection.RESERVATION_IN_USE)
    end = (scene, ReservationEnded(ReservationEnd.CANCELLED))
    return Ruling(scene=scene, steps=(end,), session_id=scene.session.id)


def _unlock(ground: Ground) -> Ruling:
    (scene, *_) = places_of(ground)
    return Ruling(Objection.NO_LOCK, scene)


def _set_profile(ground: Ground) -> Ruling:
    scene, profile = limitable(ground), ground.command.profile
    if profile is None:
        raise ValueError("a command to set a charging profile has none")
    step = (scene, ChargingProfileSet(ground.order.id, profile))
    return Ruling(scene=scene, steps=(step,), session_id=scene.session.id)


def _clear_profile(ground: Ground) -> Ruling:
    scene = limitable(ground)
    limited = scene.session.limited
    if limited is None or limited.profile is None:
        return Ruling(scene=scene, session_id=scene.session.id)
    return Ruling(scene=scene, steps=((scene, ChargingProfileCleared(ground.order.id)),), session_id=scene.session.id)


def _get_profile(ground: Ground) -> Ruling:
    scene = limitable(ground)
    return Ruling(scene=scene, session_id=scene.session.id)


_JUDGES: Mapping[CommandKind, Callable[[Ground], Ruling]] = {
    CommandKind.START_SESSION: _start,
    CommandKind.STOP_SESSION: _stop,
    CommandKind.RESERVE_NOW: _reserve,
    CommandKind.CANCEL_RESERVATION: _cancel_reservation,
    CommandKind.UNLOCK_CONNECTOR: _unlock,
    CommandKind.SET_CHARGING_PROFILE: _set_profile,
    CommandKind.CLEAR_CHARGING_PROFILE: _clear_profile,
    CommandKind.GET_CHARGING_PROFILE: _get_profile,
}


def _reserved(ground: Ground, scene: Scene, token: Token) -> SessionReserved:
    command, tariff = ground.command, tariff_of(scene, ground.state)
    if command.expires is None or command.reservation_id is None:
        raise ValueError("a reservation without id or expiry")
    return SessionReserved(
        command_id=ground.order.id,
        reservation_id=command.reservation_id,
        expires=command.expires,
        connector_id=scene.limits.connector_id,
        token=token,
        authorization_reference=command.authorization_reference,
        tariff_id=tariff.tariff.id if tariff is not None else None,
        tariff_seq=tariff.seq if tariff is not None else None,
        site_seq=adopted_site(ground.state).seq,
    )
