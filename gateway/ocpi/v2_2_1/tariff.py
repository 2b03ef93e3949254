"""OCPI 2.2.1 Tariff: core Tariffs to the wire; reading them is tariff_list's."""

from dataclasses import replace
from datetime import time
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from gateway.core.identifiers import Party
from gateway.core.tariff import (
    ComponentType,
    DayOfWeek,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from gateway.ocpi.numbers import number, number_or_none
from gateway.ocpi.v2_2_1.rules import moment, text
from gateway.ocpi.v2_2_1.shapes import Manner, PriceWire, optional_price_to_wire, price_to_wire, token_type_to_wire
from gateway.ocpi.v2_2_1.tariff_list import TariffsInvalid, parse_tariffs

__all__ = ["MANNER", "TariffWire", "TariffsInvalid", "parse_tariffs", "to_wire"]

_FOUR_DECIMALS: Final = Decimal("0.0001")


class PriceComponentWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI PriceComponent; a missing `vat` means that VAT does not apply."""

    type: ComponentType
    price: msgspec.Raw
    step_size: int
    vat: msgspec.Raw | None = None


class RestrictionsWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI TariffRestrictions, in the specification's field order."""

    start_time: str | None = None
    end_time: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    min_kwh: msgspec.Raw | None = None
    max_kwh: msgspec.Raw | None = None
    min_current: msgspec.Raw | None = None
    max_current: msgspec.Raw | None = None
    min_power: msgspec.Raw | None = None
    max_power: msgspec.Raw | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    reservation: ReservationRestriction | None = None


class TariffElementWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI TariffElement."""

    price_components: tuple[PriceComponentWire, ...]
    restrictions: RestrictionsWire | None = None


class TariffWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI Tariff object, in the specification's field order."""

    country_code: str
    party_id: str
    id: str
    currency: str
    type: str | None = None
    tariff_alt_text: msgspec.Raw | None = None
    tariff_alt_url: str | None = None
    min_price: PriceWire | None = None
    max_price: PriceWire | None = None
    elements: tuple[TariffElementWire, ...]
    start_date_time: str | None = None
    end_date_time: str | None = None
    energy_mix: msgspec.Raw | None = None
    last_updated: str


def to_wire(tariff: Tariff, party: Party) -> TariffWire:
    """Return the wire shape of a party's tariff; ValueError names a field that OCPI would not carry.

    2.2.1 has prices without VAT only: one that was written with it is divided, to four decimals.
    """
    return TariffWire(
        country_code=text("country_code", party.country_code),
        party_id=text("party_id", party.party_id),
        id=text("tariff_id", tariff.id),
        currency=text("currency", tariff.currency),
        type=tariff.type,
        tariff_alt_text=raw_or_none(tariff.alt_text),
        tariff_alt_url=tariff.alt_url,
        min_price=optional_price_to_wire(tariff.min_price),
        max_price=optional_price_to_wire(tariff.max_price),
        elements=tuple(element_to_wire(_without_vat(element, tariff)) for element in tariff.elements),
        start_date_time=None if tariff.start is None else moment("start_date_time", tariff.start),
        end_date_time=None if tariff.end is None else moment("end_date_time", tariff.end),
        energy_mix=raw_or_none(tariff.energy_mix),
        last_updated=moment("last_updated", tariff.last_updated),
    )


MANNER: Final = Manner(price_to_wire, to_wire, token_type_to_wire)


def raw_or_none(json: str | None) -> msgspec.Raw | None:
    """Return JSON that is passed through as it was written."""
    return None if json is None else msgspec.Raw(json.encode())


def _without_vat(element: TariffElement, tariff: Tariff) -> TariffElement:
    components = tuple(_component_without_vat(each, tariff.tax_included) for each in element.price_components)
    return TariffElement(components, element.restrictions)


def _component_without_vat(given: PriceComponent, tax_included: TaxIncluded) -> PriceComponent:
    match tax_included:
        case TaxIncluded.NO:
            return given
        case TaxIncluded.NOT_APPLICABLE:
            return replace(given, vat_percent=None)
        case TaxIncluded.YES:
            price = given.price * 100 / (100 + (given.vat_percent or 0))
            return replace(given, price=price.quantize(_FOUR_DECIMALS, ROUND_HALF_UP))


def element_to_wire(element: TariffElement) -> TariffElementWire:
    """Return the wire shape of a tariff's element, the same in every version."""
    components = tuple(
        PriceComponentWire(each.type, number(each.price), each.step_size, number_or_none(each.vat_percent))
        for each in element.price_components
    )
    return TariffElementWire(components, _restrictions_to_wire(element.restrictions))


def _restrictions_to_wire(given: Restrictions) -> RestrictionsWire | None:
    if given == Restrictions():
        return None
    return RestrictionsWire(
        start_time=_clock_time(given.start_time),
        end_time=_clock_time(given.end_time),
        start_date=None if given.start_date is None else given.start_date.isoformat(),
        end_date=None if given.end_date is None else given.end_date.isoformat(),
        min_kwh=number_or_none(given.min_kwh),
        max_kwh=number_or_none(given.max_kwh),
        min_current=number_or_none(given.min_current_a),
        max_current=number_or_none(given.max_current_a),
        min_power=number_or_none(given.min_power_kw),
        max_power=number_or_none(given.max_power_kw),
        min_duration=given.min_duration_s,
        max_duration=given.max_duration_s,
        day_of_week=given.day_of_week,
        reservation=given.reservation,
    )


def _clock_time(value: time | None) -> str | None:
    return None if value is None else value.strftime("%H:%M")
