"""What a peer's command is about: the EVSE, session or reservation it names, and whether the peer may name it."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.commands import Command, Objection
from gateway.core.grant import adopted_site, choose
from gateway.core.identifiers import ConnectorId, Party, is_same_party
from gateway.core.observations import CommandReceived
from gateway.core.reasons import Refusal
from gateway.core.scene import Scene, Stage
from gateway.core.session_phase import OPEN, Phase
from gateway.core.session_record import SessionRecord
from gateway.core.site_state import SiteState
from gateway.core.token import AuthMethod, Token


@dataclass(frozen=True, slots=True)
class Ground:
    """What a command is judged by."""

    order: CommandReceived
    scenes: tuple[Scene, ...]
    state: SiteState

    @property
    def command(self) -> Command:
        """What is ordered."""
        return self.order.command

    def speaks_for(self, party: Party) -> bool:
        """Tell whether the peer may speak for this party's drivers."""
        allowed = self.order.on_behalf_of
        return allowed is None or any(is_same_party(party, each) for each in allowed)


class Refused(Exception):
    """Carries an objection out of a search."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection)
        self.objection = objection


def own_token(ground: Ground) -> Token:
    """Return the token of a command; it is its provider's affair whether it is valid, but nobody else's."""
    token = ground.command.token
    if token is None:
        raise ValueError(f"{ground.command.kind} without a token")
    if not ground.speaks_for(token.owner):
        raise Refused(Objection.FOREIGN_TOKEN)
    return token


def places_of(ground: Ground) -> tuple[Scene, ...]:
    """Return the EVSEs that a command may mean: the one it names, or all."""
    command, site = ground.command, adopted_site(ground.state).site
    if command.location_id is None or command.location_id.casefold() != site.location_id.casefold():
        raise Refused(Objection.UNKNOWN_LOCATION)
    if command.evse_uid is None:
        if command.connector_id is not None:
            raise Refused(Objection.CONNECTOR_WITHOUT_EVSE)
        return ground.scenes
    uid = command.evse_uid.casefold()
    found = tuple(scene for scene in ground.scenes if scene.limits.uid.casefold() == uid)
    if not found:
        raise Refused(Objection.UNKNOWN_EVSE)
    if command.connector_id is not None:
        connector_of(ground, found[0])
    return found


def connector_of(ground: Ground, scene: Scene) -> ConnectorId:
    """Return the connector that a command names, as the EVSE knows it."""
    wanted = (ground.command.connector_id or "").casefold()
    for connector in adopted_site(ground.state).site.evse(scene.limits.uid).connectors:
        if connector.id.casefold() == wanted:
            return connector.id
    raise Refused(Objection.UNKNOWN_CONNECTOR)


_WHY_NOT: Mapping[Refusal, Objection] = {
    Refusal.EVSE_OCCUPIED: Objection.EVSE_OCCUPIED,
    Refusal.EVSE_OUT_OF_ORDER: Objection.EVSE_OUT_OF_ORDER,
    Refusal.EVSE_RESERVED: Objection.EVSE_RESERVED,
    Refusal.METER_SILENT: Objection.EVSE_OUT_OF_ORDER,
    Refusal.PLUG_IN_FIRST: Objection.CHOOSE_EVSE,
}


def choice_of(places: tuple[Scene, ...]) -> Scene:
    """Return the EVSE that can be begun at, of those that are meant."""
    chosen = choose(places)
    if isinstance(chosen, Refusal):
        raise Refused(_WHY_NOT[chosen])
    return chosen


def free_for_reservation(places: tuple[Scene, ...]) -> Scene:
    """Pick an EVSE to keep free: none where somebody else's vehicle stands."""
    for scene in places:
        if scene.stage is Stage.FREE and not scene.record.faults and scene.seen.plugged is not True:
            return scene
    if any(scene.stage is Stage.FREE and scene.seen.plugged is True for scene in places):
        raise Refused(Objection.EVSE_OCCUPIED)
    return choice_of(places)


def reserved_scene(ground: Ground, owner: Party | None) -> Scene | None:
    """Return where a reservation of this id and owner is open; each provider has ids of its own."""
    wanted = (ground.command.reservation_id or "").casefold()
    for scene in ground.scenes:
        session = scene.record.open_session
        if session is None or session.reservation is None or session.reservation.id.casefold() != wanted:
            continue
        made_for = session.authorized.token.owner
        if ground.speaks_for(made_for) if owner is None else is_same_party(owner, made_for):
            return scene
    return None


def session_scene(ground: Ground) -> Scene:
    """Return where the open session is that a command names."""
    wanted = (ground.command.session_id or "").casefold()
    for scene in ground.scenes:
        session = scene.record.session
        if session is None or session.id.casefold() != wanted:
            continue
        if not ground.speaks_for(session.authorized.token.owner):
            raise Refused(Objection.FOREIGN_SESSION)
        if session.phase not in OPEN:
            raise Refused(Objection.SESSION_NOT_RUNNING)
        return scene
    raise Refused(Objection.UNKNOWN_SESSION)


def limitable(ground: Ground) -> Scene:
    """Return where the session is that a charging profile is for."""
    scene = session_scene(ground)
    if not scene.limits.can_limit:
        raise Refused(Objection.NO_LIMIT)
    if scene.stage is not Stage.RUNNING:
        raise Refused(Objection.SESSION_NOT_RUNNING)
    return scene


def is_for(session: SessionRecord, token: Token) -> bool:
    """Tell whether a reservation is this token's, or its group's."""
    own = session.authorized.token
    if not is_same_party(own.owner, token.owner):
        return False
    return own.uid == token.uid or (own.group_id is not None and own.group_id == token.group_id)


def is_the_same_start(session: SessionRecord, command: Command, token: Token) -> bool:
    """Tell whether a session is what this command wants, from an order that came before: nobody starts it twice."""
    known = session.authorized
    return (
        session.phase in {Phase.AUTHORIZED, Phase.CHARGING, Phase.PAUSED}
        and known.auth_method is AuthMethod.COMMAND
        and known.token.uid == token.uid
        and is_same_party(known.token.owner, token.owner)
        and known.authorization_reference == command.authorization_reference
    )
