"""OCPI Tokens as authorisation needs them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.identifiers import Party, TokenUid


class TokenType(StrEnum):
    """OCPI TokenType."""

    AD_HOC_USER = "AD_HOC_USER"
    APP_USER = "APP_USER"
    EMAID = "EMAID"
    OTHER = "OTHER"
    RFID = "RFID"


class WhitelistType(StrEnum):
    """OCPI WhitelistType: when a token may be decided on without asking its owner."""

    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


class AuthMethod(StrEnum):
    """OCPI AuthMethod."""

    AUTH_REQUEST = "AUTH_REQUEST"
    COMMAND = "COMMAND"
    WHITELIST = "WHITELIST"


@dataclass(frozen=True, slots=True)
class Token:
    """An OCPI Token. `valid_until` is the site's own addition, for token files that carry an expiry date."""

    owner: Party
    uid: TokenUid
    type: TokenType
    contract_id: str
    issuer: str
    valid: bool
    whitelist: WhitelistType
    last_updated: datetime
    visual_number: str | None = None
    group_id: str | None = None
    language: str | None = None
    valid_until: datetime | None = None
