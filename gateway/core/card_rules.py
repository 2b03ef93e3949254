"""What a card at a reader means: an end, a beginning, or a refusal with its reason."""

from dataclasses import dataclass

from gateway.core.authorization import EXPLANATIONS, TokenBook, find_refusal, may_stop
from gateway.core.facts import CardRefused, FactBody, SessionAuthorized, SessionCancelled, StopRequested
from gateway.core.observations import CardPresented
from gateway.core.reasons import CancelReason, FaultKind, Refusal, StopReason
from gateway.core.scene import Scene, Stage
from gateway.core.site_state import SiteState
from gateway.core.token import AuthMethod, Token

_METER_FAULTS = frozenset({FaultKind.METER_LOST, FaultKind.METER_IMPLAUSIBLE})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to write, and at which EVSE; None where the card cannot be tied to one."""

    scene: Scene | None
    body: FactBody


def judge_card(card: CardPresented, tokens: TokenBook, scenes: tuple[Scene, ...], state: SiteState) -> Verdict:
    """Decide on a card at a reader that serves the EVSEs of these scenes."""
    token = tokens.get(card.uid)
    for scene in scenes:
        if scene.stage is not Stage.FREE and may_stop(card.uid, token, scene.session.authorized.token):
            return Verdict(scene, _end(card, scene))
    refusal = find_refusal(token, state.chronology.place(card.at))
    if refusal is not None or token is None:
        return Verdict(_only(scenes), _refuse(card, refusal or Refusal.UNKNOWN_TOKEN))
    choice = _choose(scenes)
    if isinstance(choice, Refusal):
        return Verdict(_only(scenes), _refuse(card, choice))
    return Verdict(choice, _authorize(card, token, choice, state))


def _end(card: CardPresented, scene: Scene) -> FactBody:
    session = scene.session
    if scene.stage is Stage.AUTHORIZED:
        return SessionCancelled(CancelReason.CARD)
    if scene.stage is Stage.ENDING:
        return _refuse(card, Refusal.EVSE_OCCUPIED)
    own = card.uid == session.authorized.token.uid
    began_at = session.resumed_at or session.started_at or session.authorized_at
    if own and scene.chronology.elapsed(began_at, card.at).total_seconds() < scene.rules.card_hold_off_s:
        return _refuse(card, Refusal.TOO_SOON)
    return StopRequested(StopReason.CARD if own else StopReason.GROUP_CARD)


def _choose(scenes: tuple[Scene, ...]) -> Scene | Refusal:
    """Pick the EVSE a valid card means: the one plugged in last, else the only one free."""
    free = [scene for scene in scenes if scene.stage is Stage.FREE]
    usable = [scene for scene in free if not scene.record.faults]
    if not usable:
        return _why_none(free)
    plugged = [scene for scene in usable if scene.seen.plugged_since is not None]
    if plugged:
        return max(plugged, key=_plugged_at)
    return usable[0] if len(usable) == 1 else Refusal.PLUG_IN_FIRST


def _plugged_at(scene: Scene) -> int:
    return scene.seen.plugged_since.boot_ns if scene.seen.plugged_since is not None else 0


def _why_none(free: list[Scene]) -> Refusal:
    if not free:
        return Refusal.EVSE_OCCUPIED
    only_meters = all(set(scene.record.faults) <= _METER_FAULTS for scene in free)
    return Refusal.METER_SILENT if only_meters else Refusal.EVSE_OUT_OF_ORDER


def _authorize(card: CardPresented, token: Token, scene: Scene, state: SiteState) -> SessionAuthorized:
    if state.site is None:
        raise ValueError("a card came before the site was adopted")
    tariff = state.tariffs.get(scene.limits.tariff_id) if scene.limits.tariff_id is not None else None
    return SessionAuthorized(
        connector_id=scene.limits.connector_id,
        token=token,
        auth_method=AuthMethod.WHITELIST,
        authorization_reference=None,
        reader=card.reader,
        tariff_id=tariff.tariff.id if tariff is not None else None,
        tariff_seq=tariff.seq if tariff is not None else None,
        site_seq=state.site.seq,
    )


def _refuse(card: CardPresented, reason: Refusal) -> CardRefused:
    return CardRefused(reader=card.reader, card=str(card.uid), reason=reason, detail=EXPLANATIONS[reason])


def _only(scenes: tuple[Scene, ...]) -> Scene | None:
    return scenes[0] if len(scenes) == 1 else None
