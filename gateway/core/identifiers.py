"""The names things go by. A token's uid must not reach a log: it prints itself redacted."""

from dataclasses import dataclass
from typing import NewType

EvseUid = NewType("EvseUid", str)
ConnectorId = NewType("ConnectorId", str)
SessionId = NewType("SessionId", str)
CdrId = NewType("CdrId", str)
ReaderName = NewType("ReaderName", str)
BackendName = NewType("BackendName", str)
CommandId = NewType("CommandId", str)
InquiryId = NewType("InquiryId", str)

_SHOWN_HEAD = 2
_SHOWN_TAIL = 2


@dataclass(frozen=True, slots=True)
class TokenUid:
    """A token's uid, stored as read and compared without regard to case (OCPI CiString); prints redacted."""

    value: str

    def __str__(self) -> str:
        if len(self.value) <= _SHOWN_HEAD + _SHOWN_TAIL:
            return "…"
        return f"{self.value[:_SHOWN_HEAD]}…{self.value[-_SHOWN_TAIL:]}"

    def __repr__(self) -> str:
        return f"TokenUid({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenUid) and self.value.casefold() == other.value.casefold()

    def __hash__(self) -> int:
        return hash(self.value.casefold())


@dataclass(frozen=True, slots=True)
class Party:
    """An OCPI party: two-letter country code and three-character party id."""

    country_code: str
    party_id: str

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id}"


def is_same_party(party: Party, other: Party) -> bool:
    """Compare as OCPI does: without regard to case."""
    return (party.country_code.casefold(), party.party_id.casefold()) == (
        other.country_code.casefold(),
        other.party_id.casefold(),
    )
