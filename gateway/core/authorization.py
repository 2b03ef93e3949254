"""Whether a token may charge, as far as can be decided without asking its owner."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from gateway.core.identifiers import TokenUid
from gateway.core.reasons import Refusal
from gateway.core.token import Token, WhitelistType

TokenBook = Mapping[TokenUid, Token]


class Reach(StrEnum):
    """How far the owner of a token can be asked now."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"
    TIMED_OUT = "TIMED_OUT"


class Ruling(StrEnum):
    """What follows for a token: it may charge on our own word, its owner is asked, or it may not."""

    ADMIT = "ADMIT"
    ASK = "ASK"
    REFUSE = "REFUSE"


_YES, _NO, _ASK = Ruling.ADMIT, Ruling.REFUSE, Ruling.ASK
_LOCAL = dict.fromkeys(Reach, (_YES, _NO))
# OCPI's WhitelistType: what a valid token may, and what one that is not. That a token is blocked here does not spare
# the question where it has to be asked: its owner may have let it in again.
RULINGS: Mapping[WhitelistType, Mapping[Reach, tuple[Ruling, Ruling]]] = {
    WhitelistType.ALWAYS: _LOCAL,
    WhitelistType.ALLOWED: _LOCAL,
    WhitelistType.ALLOWED_OFFLINE: {
        Reach.ONLINE: (_ASK, _ASK),
        Reach.OFFLINE: (_YES, _NO),
        Reach.TIMED_OUT: (_YES, _NO),
    },
    WhitelistType.NEVER: {
        Reach.ONLINE: (_ASK, _ASK),
        Reach.OFFLINE: (_NO, _NO),
        Reach.TIMED_OUT: (_NO, _NO),
    },
}


def rule_on(token: Token, reach: Reach, now: datetime) -> Ruling:
    """Say what follows for a token that we know."""
    valid, invalid = RULINGS[token.whitelist][reach]
    return valid if why_invalid(token, now) is None else invalid


def why_invalid(token: Token, now: datetime) -> Refusal | None:
    """Return why a token is not valid, as far as is known here."""
    if not token.valid:
        return Refusal.BLOCKED_TOKEN
    if token.valid_until is not None and token.valid_until <= now:
        return Refusal.EXPIRED_TOKEN
    return None


def may_stop(presented: TokenUid, known_as: Token | None, started_by: Token) -> bool:
    """Tell whether a presented token may end what another began: the same token, or one of the same group and owner."""
    if presented == started_by.uid:
        return True
    return (
        known_as is not None
        and known_as.group_id is not None
        and known_as.group_id == started_by.group_id
        and known_as.owner == started_by.owner
    )


EXPLANATIONS: Mapping[Refusal, str] = {
    Refusal.ALREADY_AUTHORIZED: "the provider has let this driver in already; plug in",
    Refusal.BLOCKED_TOKEN: "the card's owner has blocked it; ask the provider that issued it",
    Refusal.CARD_UNUSABLE: "the card cannot identify anybody",
    Refusal.EVSE_OCCUPIED: "another session runs here; only its own card or one of the same group ends it",
    Refusal.EVSE_OUT_OF_ORDER: "the EVSE is out of order; `ocpi-gateway status` says why",
    Refusal.EVSE_RESERVED: "the EVSE is reserved for somebody else",
    Refusal.EXPIRED_TOKEN: "the card has expired; ask the provider that issued it",
    Refusal.METER_SILENT: "the meter gives no start reading; `ocpi-gateway meters` says why",
    Refusal.NEEDS_ONLINE_CHECK: "the card's owner wants to be asked each time, and cannot be asked from here",
    Refusal.NOT_ALLOWED_HERE: "the card's owner allows it elsewhere, not at this EVSE",
    Refusal.NO_CREDIT: "the card's owner says that there is no credit left",
    Refusal.PLUG_IN_FIRST: "several EVSEs are free at this reader; plug in first, then tap",
    Refusal.PROVIDER_REFUSED: "the card's owner does not allow this charge",
    Refusal.READER_WITHOUT_EVSE: "the reader belongs to no EVSE; name it in the readers of an EVSE",
    Refusal.TOO_SOON: "the card only just began this session; tap again to end it",
    Refusal.UNKNOWN_TOKEN: "the card is not in the token list; add it or ask its provider",
}
