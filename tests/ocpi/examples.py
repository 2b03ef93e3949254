"""A site, a card, a session and its CDR, small enough to read."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from gateway.core.cdr import Cdr
from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.identifiers import CdrId, ConnectorId, EvseUid, Party, SessionId, TokenUid
from gateway.core.place import Connector, ConnectorFormat, Evse, PowerType, Site
from gateway.core.pricing import Costs
from gateway.core.session import Session, SessionStatus
from gateway.core.tariff import ComponentType, Price, PriceComponent, Tariff, TariffElement
from gateway.core.token import AuthMethod, Token, TokenType, WhitelistType

OWNER = Party("NL", "EXA")


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, minute, second, tzinfo=UTC)


TOKEN = Token(
    owner=Party("DE", "MSP"),
    uid=TokenUid("04A1B2C3D4E5F6"),
    type=TokenType.RFID,
    contract_id="DE-MSP-C12345678-X",
    issuer="Example Mobility",
    valid=True,
    whitelist=WhitelistType.ALWAYS,
    last_updated=at(0),
)
CONNECTOR = Connector(ConnectorId("1"), "IEC_62196_T2", ConnectorFormat.SOCKET, PowerType.AC_3_PHASE, 230, 16)
EVSE = Evse(EvseUid("EVSE1"), "NL*EXA*E1001", (CONNECTOR,), "SDM630-1234", "T1")
SITE = Site(
    party=OWNER,
    currency="EUR",
    location_id="LOC1",
    name="Car park",
    address="Stationsplein 1",
    city="Utrecht",
    postal_code="3511 ED",
    country="NLD",
    latitude="52.090737",
    longitude="5.121420",
    time_zone="Europe/Amsterdam",
    evses=(EVSE,),
)
TARIFF = Tariff(
    id="T1",
    currency="EUR",
    elements=(
        TariffElement((PriceComponent(ComponentType.ENERGY, Decimal("0.30"), 1, Decimal("21.0")),)),
        TariffElement((PriceComponent(ComponentType.PARKING_TIME, Decimal("1.00"), 1, Decimal("21.0")),)),
    ),
    last_updated=at(0),
)


def period(start: datetime, tariff_id: str | None = "T1", **volumes: str) -> ChargingPeriod:
    """A period with volumes by dimension name, like ENERGY="1.5"."""
    return ChargingPeriod(
        start, tuple(Dimension(DimensionType(name), Decimal(volume)) for name, volume in volumes.items()), tariff_id
    )


PERIODS = (
    period(at(10), ENERGY="7.333", TIME="0.75"),
    period(at(10, 45), PARKING_TIME="0.2508"),
)
SESSION = Session(
    id=SessionId("0b1c6a1e-6d2f-4c57-9a59-2f1f5d8a7c11"),
    status=SessionStatus.ACTIVE,
    start=at(10),
    end=None,
    energy_wh=7333,
    token=TOKEN,
    auth_method=AuthMethod.WHITELIST,
    authorization_reference=None,
    evse_uid=EVSE.uid,
    connector_id=CONNECTOR.id,
    meter_id="SDM630-1234",
    periods=PERIODS,
    total_cost=None,
    last_updated=at(11),
)
COSTS = Costs(
    total=Price(Decimal("2.4507"), Decimal("2.9653")),
    fixed=None,
    energy=Price(Decimal("2.1999"), Decimal("2.6619")),
    time=None,
    parking=Price(Decimal("0.2508"), Decimal("0.3035")),
    reservation=None,
    lines=(),
)
CDR = Cdr(
    id=CdrId("0b1c6a1e-6d2f-4c57-9a59-2f1f5d8a7c11"),
    session_id=SESSION.id,
    start=at(10),
    end=at(11, 0, 3),
    token=TOKEN,
    auth_method=AuthMethod.WHITELIST,
    authorization_reference=None,
    site=SITE,
    evse_uid=EVSE.uid,
    connector_id=CONNECTOR.id,
    meter_id="SDM630-1234",
    tariff=TARIFF,
    periods=PERIODS,
    energy_wh=7333,
    total_hours=Decimal("1.0008"),
    parking_hours=Decimal("0.2508"),
    costs=COSTS,
    remark="CARD",
    last_updated=at(11, 0, 4),
)


def site(**changes: object) -> Site:
    return replace(SITE, **changes)  # type: ignore[arg-type]


def session(**changes: object) -> Session:
    return replace(SESSION, **changes)  # type: ignore[arg-type]


def cdr(**changes: object) -> Cdr:
    return replace(CDR, **changes)  # type: ignore[arg-type]


def token(**changes: object) -> Token:
    return replace(TOKEN, **changes)  # type: ignore[arg-type]
