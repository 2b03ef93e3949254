"""OCPI Session as a core value; how it comes to be is the business of session_record."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.identifiers import ConnectorId, EvseUid, SessionId
from gateway.core.tariff import Price
from gateway.core.taxes import Tax
from gateway.core.token import AuthMethod, Token


class SessionStatus(StrEnum):
    """OCPI SessionStatus."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


@dataclass(frozen=True, slots=True)
class Session:
    """What a backend may know of a session so far. Times are aware UTC in whole seconds; energy is integer Wh.

    `taxes` are those within the total cost.
    """

    id: SessionId
    status: SessionStatus
    start: datetime
    end: datetime | None
    energy_wh: int
    token: Token
    auth_method: AuthMethod
    authorization_reference: str | None
    evse_uid: EvseUid
    connector_id: ConnectorId
    meter_id: str
    periods: tuple[ChargingPeriod, ...]
    total_cost: Price | None
    last_updated: datetime
    taxes: tuple[Tax, ...] = ()
