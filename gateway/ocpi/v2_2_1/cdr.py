"""OCPI 2.2.1 CDR: a sealed core Cdr as the bytes a backend gets by POST, at every try the same."""

from collections.abc import Sequence
from typing import Generic

import msgspec

from gateway.core.cdr import Cdr
from gateway.core.place import Connector, Evse, Site
from gateway.core.pricing import CostLine
from gateway.core.tariff import ComponentType, Price
from gateway.core.taxes import lines_of, lines_of_reservation, taxes_of
from gateway.ocpi.numbers import number
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
from gateway.ocpi.v2_2_1.signed_data import SignedDataWire, signed_to_wire
from gateway.ocpi.v2_2_1.tariff import MANNER


class GeoLocationWire(msgspec.Struct, frozen=True):
    """OCPI GeoLocation: decimal degrees as strings."""

    latitude: str
    longitude: str


class CdrLocationWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI CdrLocation: where the charge happened, as it was at the start."""

    id: str
    name: str | None = None
    address: str
    city: str
    postal_code: str | None = None
    country: str
    coordinates: GeoLocationWire
    evse_uid: str
    evse_id: str
    connector_id: str
    connector_standard: str
    connector_format: str
    connector_power_type: str


class CdrWire(msgspec.Struct, Generic[PriceT, TariffT], omit_defaults=True, frozen=True, kw_only=True):
    """OCPI CDR object, in the specification's field order; versions differ in its Prices and Tariffs."""

    country_code: str
    party_id: str
    id: str
    start_date_time: str
    end_date_time: str
    session_id: str
    cdr_token: CdrTokenWire
    auth_method: str
    authorization_reference: str | None = None
    cdr_location: CdrLocationWire
    meter_id: str | None = None
    currency: str
    tariffs: tuple[TariffT, ...] = ()
    charging_periods: tuple[ChargingPeriodWire, ...]
    signed_data: SignedDataWire | None = None
    total_cost: PriceT
    total_fixed_cost: PriceT | None = None
    total_energy: msgspec.Raw
    total_energy_cost: PriceT | None = None
    total_time: msgspec.Raw
    total_time_cost: PriceT | None = None
    total_parking_time: msgspec.Raw | None = None
    total_parking_cost: PriceT | None = None
    total_reservation_cost: PriceT | None = None
    remark: str | None = None
    last_updated: str


def encode_cdr(cdr: Cdr) -> bytes:
    """Return the complete CDR object as JSON; the same values give the same bytes, for ever.

    ValueError names the field that OCPI would not carry: also a CDR without periods, and a period priced by a tariff
    that is not in the CDR. The currency is the tariff's where there is one.
    """
    return encode(cdr_to_wire(cdr, MANNER))


def cdr_to_wire(cdr: Cdr, manner: Manner[PriceT, TariffT]) -> CdrWire[PriceT, TariffT]:
    """Return the CDR as a version writes it; errors as `encode_cdr`."""
    if not cdr.periods:
        raise ValueError("charging_periods: is empty, a CDR has at least one period")
    known = {None} if cdr.tariff is None else {None, cdr.tariff.id}
    if stray := sorted({str(period.tariff_id) for period in cdr.periods if period.tariff_id not in known}):
        raise ValueError(f"charging_periods: tariff {stray[0]} is not the tariff in the CDR")
    site, lines = cdr.site, cdr.costs.lines

    def cost(total: Price | None, made_up_of: Sequence[CostLine]) -> PriceT | None:
        return None if total is None else manner.price(total, taxes_of(total, made_up_of))

    return CdrWire(
        country_code=text("country_code", site.party.country_code),
        party_id=text("party_id", site.party.party_id),
        id=text("cdr.id", cdr.id),
        start_date_time=moment("start_date_time", cdr.start),
        end_date_time=moment("end_date_time", cdr.end),
        session_id=text("session_id", cdr.session_id),
        cdr_token=cdr_token_to_wire(cdr.token, manner.token_type),
        auth_method=cdr.auth_method.value,
        authorization_reference=optional_text("authorization_reference", cdr.authorization_reference),
        cdr_location=_location_to_wire(site, site.evse(cdr.evse_uid), cdr.connector_id),
        meter_id=optional_text("meter_id", cdr.meter_id),
        currency=text("currency", site.currency if cdr.tariff is None else cdr.tariff.currency),
        tariffs=() if cdr.tariff is None else (manner.tariff(cdr.tariff, site.party),),
        charging_periods=periods_to_wire(cdr.periods),
        signed_data=signed_to_wire(cdr.signed),
        total_cost=manner.price(cdr.costs.total, taxes_of(cdr.costs.total, lines)),
        total_fixed_cost=cost(cdr.costs.fixed, lines_of(lines, ComponentType.FLAT)),
        total_energy=kwh(cdr.energy_wh),
        total_energy_cost=cost(cdr.costs.energy, lines_of(lines, ComponentType.ENERGY)),
        total_time=number(cdr.total_hours),
        total_time_cost=cost(cdr.costs.time, lines_of(lines, ComponentType.TIME)),
        total_parking_time=number(cdr.parking_hours),
        total_parking_cost=cost(cdr.costs.parking, lines_of(lines, ComponentType.PARKING_TIME)),
        total_reservation_cost=cost(cdr.costs.reservation, lines_of_reservation(lines)),
        remark=optional_text("remark", cdr.remark),
        last_updated=moment("last_updated", cdr.last_updated),
    )


def _location_to_wire(site: Site, evse: Evse, connector_id: str) -> CdrLocationWire:
    connector = _connector(evse, connector_id)
    return CdrLocationWire(
        id=text("cdr_location.id", site.location_id),
        name=optional_text("cdr_location.name", site.name),
        address=text("cdr_location.address", site.address),
        city=text("cdr_location.city", site.city),
        postal_code=optional_text("cdr_location.postal_code", site.postal_code),
        country=text("cdr_location.country", site.country),
        coordinates=GeoLocationWire(
            text("cdr_location.coordinates.latitude", site.latitude),
            text("cdr_location.coordinates.longitude", site.longitude),
        ),
        evse_uid=text("cdr_location.evse_uid", evse.uid),
        evse_id=text("cdr_location.evse_id", evse.evse_id),
        connector_id=text("cdr_location.connector_id", connector.id),
        connector_standard=text("cdr_location.connector_standard", connector.standard),
        connector_format=connector.format.value,
        connector_power_type=connector.power_type.value,
    )


def _connector(evse: Evse, connector_id: str) -> Connector:
    for connector in evse.connectors:
        if connector.id == connector_id:
            return connector
    raise ValueError(f"cdr_location.connector_id: EVSE {evse.uid} has no connector {connector_id}")
