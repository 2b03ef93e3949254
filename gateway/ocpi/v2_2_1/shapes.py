"""Wire shapes that Sessions and CDRs share, and the one encoder: deterministic bytes, absent instead of null."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.identifiers import Party
from gateway.core.tariff import Price, Tariff
from gateway.core.taxes import Tax
from gateway.core.token import Token, TokenType
from gateway.ocpi.numbers import number, number_or_none
from gateway.ocpi.v2_2_1.rules import moment, optional_text, text

PriceT = TypeVar("PriceT", bound=msgspec.Struct)
TariffT = TypeVar("TariffT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Manner(Generic[PriceT, TariffT]):
    """What each version of OCPI writes in its own way; the rest of a Session or CDR is the same in all."""

    price: Callable[[Price, tuple[Tax, ...]], PriceT]
    tariff: Callable[[Tariff, Party], TariffT]
    token_type: Callable[[TokenType], str]


class PriceWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI Price; a missing `incl_vat` is unknown, not zero."""

    excl_vat: msgspec.Raw
    incl_vat: msgspec.Raw | None = None


class CdrTokenWire(msgspec.Struct, frozen=True):
    """OCPI CdrToken: the token as it was used at the start."""

    country_code: str
    party_id: str
    uid: str
    type: str
    contract_id: str


class CdrDimensionWire(msgspec.Struct, frozen=True):
    """OCPI CdrDimension: kWh, hours, A or kW."""

    type: str
    volume: msgspec.Raw


class ChargingPeriodWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI ChargingPeriod."""

    start_date_time: str
    dimensions: tuple[CdrDimensionWire, ...]
    tariff_id: str | None = None


def encode(wire: msgspec.Struct) -> bytes:
    """Return the JSON of a wire shape: fields in declared order, decimals digit by digit, nothing that is None."""
    return msgspec.json.encode(wire)


def price_to_wire(price: Price, _taxes: tuple[Tax, ...] = ()) -> PriceWire:
    """Return the Price; VAT that is unknown stays absent, its rates 2.2.1 does not tell."""
    return PriceWire(number(price.excl_vat), number_or_none(price.incl_vat))


def optional_price_to_wire(price: Price | None) -> PriceWire | None:
    """Return the Price of a dimension that may have none."""
    return None if price is None else price_to_wire(price)


_TYPES = frozenset({TokenType.AD_HOC_USER, TokenType.APP_USER, TokenType.OTHER, TokenType.RFID})


def token_type_to_wire(kind: TokenType) -> str:
    """Return the TokenType; 2.2.1 knows no EMAID and nothing newer: such a token is of type OTHER there."""
    return (kind if kind in _TYPES else TokenType.OTHER).value


def cdr_token_to_wire(token: Token, token_type: Callable[[TokenType], str]) -> CdrTokenWire:
    """Return the complete CdrToken, its type as the version writes it."""
    return CdrTokenWire(
        country_code=text("cdr_token.country_code", token.owner.country_code),
        party_id=text("cdr_token.party_id", token.owner.party_id),
        uid=text("cdr_token.uid", token.uid.value),
        type=token_type(token.type),
        contract_id=text("cdr_token.contract_id", token.contract_id),
    )


def periods_to_wire(periods: Sequence[ChargingPeriod]) -> tuple[ChargingPeriodWire, ...]:
    """Return the periods in their order; one without any dimension is a ValueError, OCPI wants at least one each."""
    return tuple(_period_to_wire(f"charging_periods[{index}]", period) for index, period in enumerate(periods))


def _period_to_wire(field: str, period: ChargingPeriod) -> ChargingPeriodWire:
    if not period.dimensions:
        raise ValueError(f"{field}.dimensions: is empty, OCPI wants at least one dimension in a period")
    return ChargingPeriodWire(
        start_date_time=moment(f"{field}.start_date_time", period.start),
        dimensions=tuple(
            CdrDimensionWire(dimension.type.value, number(dimension.volume)) for dimension in period.dimensions
        ),
        tariff_id=optional_text("tariff_id", period.tariff_id),
    )
