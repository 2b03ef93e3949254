"""What a card at a reader means: an end, a beginning, a question to its owner, or a refusal with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.authorization import EXPLANATIONS, Reach, Ruling, TokenBook, may_stop, rule_on, why_invalid
from gateway.core.chronology import Chronology
from gateway.core.command_book import CommandRecord
from gateway.core.commands import CommandKind, CommandResponse
from gateway.core.facts import CardRefused, FactBody, SessionCancelled, StopRequested
from gateway.core.facts_roaming import AuthorizationRequested, ReservationClaimed, ReservationUnclaimed
from gateway.core.grant import choose, grant, stranger_grant
from gateway.core.identifiers import InquiryId
from gateway.core.instant import Instant
from gateway.core.observations import CardPresented
from gateway.core.reasons import CancelReason, Refusal, StopReason
from gateway.core.scene import Scene, Stage
from gateway.core.session_record import SessionRecord
from gateway.core.site_state import SiteState
from gateway.core.token import AuthMethod, Token

# OCPI: a token that its provider named in a command is not asked about for so long after it.
COMMAND_VOUCHES_FOR = timedelta(minutes=15)
_VOUCHING = frozenset({CommandKind.START_SESSION, CommandKind.RESERVE_NOW})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to write, and at which EVSE; no scene where the card is tied to none, no body where nothing follows."""

    scene: Scene | None
    body: FactBody | None


@dataclass(frozen=True, slots=True)
class Hall:
    """Where a card was presented: the EVSEs of its reader, the tokens that are known, and whether owners are asked."""

    scenes: tuple[Scene, ...]
    state: SiteState
    tokens: TokenBook
    asks: bool
    inquiry_id: InquiryId

    def now(self, card: CardPresented) -> datetime:
        """Return when a card was presented, as far as it is known."""
        return self.state.chronology.place(card.at)


def judge_card(card: CardPresented, hall: Hall) -> Verdict:
    """Decide on a card."""
    if not hall.scenes:
        return Verdict(None, refuse(card, Refusal.READER_WITHOUT_EVSE))
    token = hall.tokens.get(card.uid)
    for scene in hall.scenes:
        if scene.stage is not Stage.FREE and may_stop(card.uid, token, scene.session.authorized.token):
            return Verdict(scene, _at_own_session(card, token, scene))
    if any(inquiry.asked.uid == card.uid for inquiry in hall.state.inquiries.values()):
        return Verdict(None, None)  # its owner is being asked
    choice = choose(hall.scenes)
    vouched = None if isinstance(choice, Refusal) else _vouched(card, choice, hall.state)
    if vouched is not None and not isinstance(choice, Refusal):
        known = vouched.taken.command.token
        if known is not None:
            reference = vouched.taken.command.authorization_reference
            fact = grant(choice, hall.state, known, AuthMethod.COMMAND, reference=reference, reader=card.reader)
            return Verdict(choice, fact)
    return _judge_by_whitelist(card, token, choice, hall)


def _judge_by_whitelist(card: CardPresented, token: Token | None, choice: Scene | Refusal, hall: Hall) -> Verdict:
    reach = Reach.ONLINE if hall.asks else Reach.OFFLINE
    ruling = stranger_ruling(hall) if token is None else rule_on(token, reach, hall.now(card))
    if ruling is Ruling.REFUSE:
        return Verdict(_only(hall.scenes), refuse(card, why_refused(token, hall.now(card))))
    if isinstance(choice, Refusal):
        return Verdict(_only(hall.scenes), refuse(card, choice))
    if ruling is Ruling.ASK:
        return Verdict(choice, AuthorizationRequested(hall.inquiry_id, card.reader, card.uid, token))
    if token is None:
        return Verdict(choice, stranger_grant(card, choice, hall.state))
    return Verdict(choice, grant(choice, hall.state, token, AuthMethod.WHITELIST, reader=card.reader))


def stranger_ruling(hall: Hall) -> Ruling:
    """Say what follows for a card that nobody here knows."""
    if hall.asks:
        return Ruling.ASK
    has_limit = hall.scenes[0].rules.unknown_card_max_wh is not None
    return Ruling.ADMIT if has_limit else Ruling.REFUSE


def why_refused(token: Token | None, now: datetime) -> Refusal:
    """Return why a token may not charge on our own word."""
    if token is None:
        return Refusal.UNKNOWN_TOKEN
    return why_invalid(token, now) or Refusal.NEEDS_ONLINE_CHECK


def _at_own_session(card: CardPresented, token: Token | None, scene: Scene) -> FactBody:
    session = scene.session
    match scene.stage:
        case Stage.RESERVED:
            blocked = _was_blocked_since(token, session, card.at, scene.chronology)
            return refuse(card, Refusal.BLOCKED_TOKEN) if blocked else ReservationClaimed(card.reader, None)
        case Stage.CLAIMED:
            return ReservationUnclaimed(CancelReason.CARD)
        case Stage.AUTHORIZED:
            # Whom a command let in is here now, and wants no end of it.
            by_command = session.authorized.reader is None
            return refuse(card, Refusal.ALREADY_AUTHORIZED) if by_command else SessionCancelled(CancelReason.CARD)
        case Stage.ENDING:
            return refuse(card, Refusal.EVSE_OCCUPIED)
        case _:
            return _stop(card, scene)


def _was_blocked_since(token: Token | None, session: SessionRecord, now: Instant, known: Chronology) -> bool:
    """Tell whether the owner has taken a token back after it was reserved for."""
    if token is None or session.reservation is None or why_invalid(token, known.place(now)) is None:
        return False
    return token.last_updated > known.place(session.reservation.made_at)


def _stop(card: CardPresented, scene: Scene) -> FactBody:
    session = scene.session
    own = card.uid == session.authorized.token.uid
    began_at = session.resumed_at or session.started_at or session.authorized_at
    if own and scene.chronology.elapsed(began_at, card.at).total_seconds() < scene.rules.card_hold_off_s:
        return refuse(card, Refusal.TOO_SOON)
    return StopRequested(StopReason.CARD if own else StopReason.GROUP_CARD)


def _vouched(card: CardPresented, scene: Scene, state: SiteState) -> CommandRecord | None:
    """Return the newest command by which a provider let this token in at this EVSE a short while ago."""
    for record in reversed(tuple(state.commands.values())):
        command = record.taken.command
        if (
            command.kind in _VOUCHING
            and record.taken.response is CommandResponse.ACCEPTED
            and record.evse_uid == scene.limits.uid
            and command.token is not None
            and command.token.uid == card.uid
            and scene.chronology.elapsed(record.taken_at, card.at) < COMMAND_VOUCHES_FOR
        ):
            return record
    return None


def refuse(card: CardPresented, reason: Refusal, more: str | None = None) -> CardRefused:
    """Return the refusal of a card with what the driver can do about it; `more` is the owner's own word."""
    detail = EXPLANATIONS[reason] if more is None else f"{EXPLANATIONS[reason]}: {more}"
    return CardRefused(reader=card.reader, card=str(card.uid), reason=reason, detail=detail)


def _only(scenes: tuple[Scene, ...]) -> Scene | None:
    return scenes[0] if len(scenes) == 1 else None
