"""What we write down of peers: their commands, their word on a card, and what they reserve or limit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.commands import ChargingProfile, Command, CommandResponse, CommandResult, Objection
from gateway.core.identifiers import CommandId, ConnectorId, InquiryId, ReaderName, TokenUid
from gateway.core.reasons import CancelReason
from gateway.core.token import Token


class ReservationEnd(StrEnum):
    """Why a reservation ended without a session."""

    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    REPLACED = "REPLACED"


class Outcome(StrEnum):
    """What came of asking about a card: OCPI AllowedType, or why there is none."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"
    # The answer names EVSEs, and not the one that was asked for.
    NOT_ALLOWED_HERE = "NOT_ALLOWED_HERE"
    # Everybody who was asked says that the card is not theirs.
    UNKNOWN = "UNKNOWN"
    OFFLINE = "OFFLINE"
    TIMED_OUT = "TIMED_OUT"


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """A peer's command was decided on: it will be done, or there is an objection.

    `key` is the same for the same content; `reply_to` is where the result goes, within `timeout_s`.
    """

    id: CommandId
    peer: str
    key: str
    correlation: str | None
    reply_to: str
    timeout_s: int
    response: CommandResponse
    objection: Objection | None
    command: Command


@dataclass(frozen=True, slots=True)
class CommandFinished:
    """What came of an accepted command; a reservation that we give up has a second one."""

    id: CommandId
    result: CommandResult
    detail: str


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """The result reached the peer, or will not be sent any more; `answer` says how it went."""

    id: CommandId
    delivered: bool
    answer: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequested:
    """The owner of a card is to be asked; `token` is the card as we know it, None for a stranger's."""

    id: InquiryId
    reader: ReaderName
    uid: TokenUid
    token: Token | None


@dataclass(frozen=True, slots=True)
class AuthorizationAnswered:
    """What the owner said, or that nobody did; `info` is the owner's text for the driver."""

    id: InquiryId
    peer: str | None
    outcome: Outcome
    reference: str | None
    info: str | None


@dataclass(frozen=True, slots=True)
class SessionReserved:
    """A session began with a reservation: until `expires` only this token, or one of its group, may charge here."""

    command_id: CommandId
    reservation_id: str
    expires: datetime
    connector_id: ConnectorId
    token: Token
    authorization_reference: str | None
    tariff_id: str | None
    tariff_seq: int | None
    site_seq: int


@dataclass(frozen=True, slots=True)
class ReservationChanged:
    """The peer sent the same reservation anew, with another expiry."""

    command_id: CommandId
    expires: datetime
    authorization_reference: str | None


@dataclass(frozen=True, slots=True)
class ReservationClaimed:
    """Whom it was reserved for is here; `reader` None where a command said so, with its own reference."""

    reader: ReaderName | None
    authorization_reference: str | None


@dataclass(frozen=True, slots=True)
class ReservationUnclaimed:
    """They did not charge after all; it stays reserved for them."""

    reason: CancelReason


@dataclass(frozen=True, slots=True)
class ReservationEnded:
    """Nobody charged; the EVSE is free again."""

    reason: ReservationEnd


@dataclass(frozen=True, slots=True)
class ChargingProfileSet:
    """The session is to stay below this from now on."""

    command_id: CommandId
    profile: ChargingProfile


@dataclass(frozen=True, slots=True)
class ChargingProfileCleared:
    """The session may have all that the EVSE gives."""

    command_id: CommandId


@dataclass(frozen=True, slots=True)
class ChargingPreferencesSet:
    """What the driver wants, as far as it can be had here; `departure` and `energy_wh` are for the record."""

    profile_type: str
    departure: datetime | None
    energy_wh: int | None


RoamingFact = (
    CommandTaken
    | CommandFinished
    | CommandAnswered
    | AuthorizationRequested
    | AuthorizationAnswered
    | SessionReserved
    | ReservationChanged
    | ReservationClaimed
    | ReservationUnclaimed
    | ReservationEnded
    | ChargingProfileSet
    | ChargingProfileCleared
    | ChargingPreferencesSet
)
