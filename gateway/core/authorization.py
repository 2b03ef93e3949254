"""Whether a token may charge, as far as can be decided without asking its owner."""

from collections.abc import Mapping
from datetime import datetime

from gateway.core.identifiers import TokenUid
from gateway.core.reasons import Refusal
from gateway.core.token import Token, WhitelistType

TokenBook = Mapping[TokenUid, Token]


def find_refusal(token: Token | None, now: datetime) -> Refusal | None:
    """Return why this token may not start a session; None means it may (auth method WHITELIST)."""
    if token is None:
        return Refusal.UNKNOWN_TOKEN
    if not token.valid:
        return Refusal.BLOCKED_TOKEN
    if token.valid_until is not None and token.valid_until <= now:
        return Refusal.EXPIRED_TOKEN
    if token.whitelist is WhitelistType.NEVER:
        return Refusal.NEEDS_ONLINE_CHECK
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
    Refusal.BLOCKED_TOKEN: "the card's owner has blocked it; ask the provider that issued it",
    Refusal.CARD_UNUSABLE: "the card cannot identify anybody",
    Refusal.EVSE_OCCUPIED: "another session runs here; only its own card or one of the same group ends it",
    Refusal.EVSE_OUT_OF_ORDER: "the EVSE is out of order; `ocpi-gateway status` says why",
    Refusal.EXPIRED_TOKEN: "the card has expired; ask the provider that issued it",
    Refusal.METER_SILENT: "the meter gives no start reading; `ocpi-gateway meters` says why",
    Refusal.NEEDS_ONLINE_CHECK: "the card's owner wants to be asked each time, and cannot be asked from here",
    Refusal.PLUG_IN_FIRST: "several EVSEs are free at this reader; plug in first, then tap",
    Refusal.TOO_SOON: "the card only just began this session; tap again to end it",
    Refusal.UNKNOWN_TOKEN: "the card is not in the token list; add it or ask its provider",
}
