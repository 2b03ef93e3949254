"""OCPI 2.2.1 Session: a core Session as the bytes a backend gets by PUT."""

from typing import Generic

import msgspec

from gateway.core.place import Site
from gateway.core.session import Session
from gateway.ocpi.v2_2_1.rules import kwh, moment, optional_text, text
from gateway.ocpi.v2_2_1.shapes import (
    CdrTokenWire,
    ChargingPeriodWire,
    Manner,
    PriceT,
    TariffT,
    cdr_token_to_wire,
    encode,
    periods_to_wire,
)
from gateway.ocpi.v2_2_1.tariff import MANNER


class SessionWire(msgspec.Struct, Generic[PriceT], omit_defaults=True, frozen=True, kw_only=True):
    """OCPI Session object, in the specification's field order; versions differ in its Price."""

    country_code: str
    party_id: str
    id: str
    start_date_time: str
    end_date_time: str | None = None
    kwh: msgspec.Raw
    cdr_token: CdrTokenWire
    auth_method: str
    authorization_reference: str | None = None
    location_id: str
    evse_uid: str
    connector_id: str
    meter_id: str | None = None
    currency: str
    charging_periods: tuple[ChargingPeriodWire, ...] = ()
    total_cost: PriceT | None = None
    status: str
    last_updated: str


def encode_session(session: Session, site: Site) -> bytes:
    """Return the complete Session object as JSON; the same values give the same bytes, for ever.

    ValueError names the field that OCPI would not carry. A session without a total cost says nothing of cost, which
    is not the same as 0. Periods in which nothing was measured yet are left out.
    """
    return encode(session_to_wire(session, site, MANNER))


def session_to_wire(session: Session, site: Site, manner: Manner[PriceT, TariffT]) -> SessionWire[PriceT]:
    """Return the Session as a version writes it; errors as `encode_session`."""
    return SessionWire(
        country_code=text("country_code", site.party.country_code),
        party_id=text("party_id", site.party.party_id),
        id=text("session.id", session.id),
        start_date_time=moment("start_date_time", session.start),
        end_date_time=None if session.end is None else moment("end_date_time", session.end),
        kwh=kwh(session.energy_wh),
        cdr_token=cdr_token_to_wire(session.token, manner.token_type),
        auth_method=session.auth_method.value,
        authorization_reference=optional_text("authorization_reference", session.authorization_reference),
        location_id=text("location_id", site.location_id),
        evse_uid=text("evse_uid", session.evse_uid),
        connector_id=text("connector_id", session.connector_id),
        meter_id=optional_text("meter_id", session.meter_id),
        currency=text("currency", site.currency),
        charging_periods=periods_to_wire([period for period in session.periods if period.dimensions]),
        total_cost=None if session.total_cost is None else manner.price(session.total_cost, session.taxes),
        status=session.status.value,
        last_updated=moment("last_updated", session.last_updated),
    )
