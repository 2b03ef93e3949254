"""OCPI CDR as a core value: sealed once, at the end of a session."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.facts_proof import MeterSigned
from gateway.core.identifiers import CdrId, ConnectorId, EvseUid, SessionId
from gateway.core.place import Site
from gateway.core.pricing import Costs
from gateway.core.tariff import Tariff
from gateway.core.token import AuthMethod, Token


@dataclass(frozen=True, slots=True)
class Cdr:
    """One billable charge. `site` and `tariff` are as they were at the session's start; hours have four decimals."""

    id: CdrId
    session_id: SessionId
    start: datetime
    end: datetime
    token: Token
    auth_method: AuthMethod
    authorization_reference: str | None
    site: Site
    evse_uid: EvseUid
    connector_id: ConnectorId
    meter_id: str
    tariff: Tariff | None
    periods: tuple[ChargingPeriod, ...]
    energy_wh: int
    total_hours: Decimal
    parking_hours: Decimal
    costs: Costs
    remark: str | None
    last_updated: datetime
    signed: tuple[MeterSigned, ...] = ()
