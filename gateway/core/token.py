"""OCPI Tokens as authorisation needs them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.identifiers import Party, TokenUid

_LONGEST_WORD = 36


class TokenType(StrEnum):
    """OCPI TokenType, an open enum as of 2.3.0: a word that came later, like LICENSE_PLATE, is a type, too.

    `TokenType(word)` makes it, equal to any other of that word; ValueError where the word cannot be one.
    """

    AD_HOC_USER = "AD_HOC_USER"
    APP_USER = "APP_USER"
    EMAID = "EMAID"
    OTHER = "OTHER"
    RFID = "RFID"

    @classmethod
    def _missing_(cls, value: object) -> "TokenType | None":
        if not isinstance(value, str) or len(value) > _LONGEST_WORD or not (value.isascii() and value.isupper()):
            return None
        if not value.replace("_", "").isalnum():
            return None
        word = str.__new__(cls, value)
        word._name_ = word._value_ = value
        return word


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
