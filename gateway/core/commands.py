"""What a peer may order: OCPI's commands and charging profiles as core values, whichever way they came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.core.token import Token


class CommandKind(StrEnum):
    """OCPI CommandType, and what the ChargingProfiles module asks for."""

    START_SESSION = "START_SESSION"
    STOP_SESSION = "STOP_SESSION"
    RESERVE_NOW = "RESERVE_NOW"
    CANCEL_RESERVATION = "CANCEL_RESERVATION"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR"
    SET_CHARGING_PROFILE = "SET_CHARGING_PROFILE"
    CLEAR_CHARGING_PROFILE = "CLEAR_CHARGING_PROFILE"
    GET_CHARGING_PROFILE = "GET_CHARGING_PROFILE"


class CommandResponse(StrEnum):
    """OCPI CommandResponseType and ChargingProfileResponseType: what is said at once."""

    ACCEPTED = "ACCEPTED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class CommandResult(StrEnum):
    """OCPI CommandResultType: what came of a command that was accepted."""

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"


class Objection(StrEnum):
    """Why a command is not accepted."""

    CHOOSE_EVSE = "CHOOSE_EVSE"
    CLOCK_UNSURE = "CLOCK_UNSURE"
    CONNECTOR_WITHOUT_EVSE = "CONNECTOR_WITHOUT_EVSE"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_OUT_OF_ORDER = "EVSE_OUT_OF_ORDER"
    EVSE_RESERVED = "EVSE_RESERVED"
    EXPIRED = "EXPIRED"
    FOREIGN_SESSION = "FOREIGN_SESSION"
    FOREIGN_TOKEN = "FOREIGN_TOKEN"
    NO_LIMIT = "NO_LIMIT"
    NO_LOCK = "NO_LOCK"
    RESERVATION_IN_USE = "RESERVATION_IN_USE"
    SESSION_NOT_RUNNING = "SESSION_NOT_RUNNING"
    TOO_LONG = "TOO_LONG"
    UNKNOWN_CONNECTOR = "UNKNOWN_CONNECTOR"
    UNKNOWN_EVSE = "UNKNOWN_EVSE"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class NotTaken(StrEnum):
    """Why an order was not even decided on; nothing is written down of it."""

    DISK_ILL = "this side cannot write to its disk"
    TOO_MANY = "too many orders within a minute: wait"


_NO = CommandResponse.REJECTED
OBJECTIONS: Mapping[Objection, tuple[CommandResponse, str]] = {
    Objection.CHOOSE_EVSE: (_NO, "several EVSEs are free: name one"),
    Objection.CLOCK_UNSURE: (_NO, "the clock of this site is not set, so no reservation can expire in time"),
    Objection.CONNECTOR_WITHOUT_EVSE: (_NO, "connector_id needs its evse_uid"),
    Objection.EVSE_OCCUPIED: (_NO, "the EVSE is occupied"),
    Objection.EVSE_OUT_OF_ORDER: (_NO, "the EVSE is out of order"),
    Objection.EVSE_RESERVED: (_NO, "the EVSE is reserved for somebody else"),
    Objection.EXPIRED: (_NO, "expiry_date lies in the past"),
    Objection.FOREIGN_SESSION: (_NO, "the session is not one of your drivers'"),
    Objection.FOREIGN_TOKEN: (_NO, "the token is not one of yours"),
    Objection.NO_LIMIT: (CommandResponse.NOT_SUPPORTED, "the charge controller cannot be limited"),
    Objection.NO_LOCK: (CommandResponse.NOT_SUPPORTED, "the connector has no lock that could be opened from here"),
    Objection.RESERVATION_IN_USE: (_NO, "a driver is using this reservation"),
    Objection.SESSION_NOT_RUNNING: (_NO, "the session is not running"),
    Objection.TOO_LONG: (_NO, "expiry_date lies too far ahead"),
    Objection.UNKNOWN_CONNECTOR: (_NO, "the EVSE has no such connector"),
    Objection.UNKNOWN_EVSE: (_NO, "the location has no such EVSE"),
    Objection.UNKNOWN_LOCATION: (_NO, "this location is not known here"),
    Objection.UNKNOWN_RESERVATION: (_NO, "this reservation is not known here"),
    Objection.UNKNOWN_SESSION: (CommandResponse.UNKNOWN_SESSION, "this session is not known here"),
}


class RateUnit(StrEnum):
    """OCPI ChargingRateUnit; amperes are per phase."""

    W = "W"
    A = "A"


@dataclass(frozen=True, slots=True)
class ProfilePeriod:
    """From `start_s` seconds after the profile's begin on, at most `limit`."""

    start_s: int
    limit: Decimal


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """An OCPI ChargingProfile: begins at `start` (None: when it was set), ends after `duration_s` (None: never)."""

    unit: RateUnit
    periods: tuple[ProfilePeriod, ...]
    start: datetime | None = None
    duration_s: int | None = None
    min_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What is ordered; of the fields those are set that the kind speaks of. Ids are as the peer wrote them."""

    kind: CommandKind
    token: Token | None = None
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    session_id: str | None = None
    reservation_id: str | None = None
    expires: datetime | None = None
    authorization_reference: str | None = None
    profile: ChargingProfile | None = None
    duration_s: int | None = None
