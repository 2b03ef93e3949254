"""OCPI 2.3.0 Tariff: 2.2.1's, which also says whether its prices include taxes."""

from decimal import Decimal
from typing import Final

import msgspec

from gateway.core.identifiers import Party
from gateway.core.tariff import Price, Tariff, TaxIncluded
from gateway.ocpi.reading import Number
from gateway.ocpi.tariff_list import TariffsInvalid, read_tariffs
from gateway.ocpi.tariff_shapes import LimitWritten, TariffWritten, Written
from gateway.ocpi.v2_2_1.rules import moment, text
from gateway.ocpi.v2_2_1.shapes import Manner
from gateway.ocpi.v2_2_1.tariff import TariffElementWire, element_to_wire, raw_or_none
from gateway.ocpi.v2_3_0.price import PriceLimitWire, limit_to_wire, price_to_wire

__all__ = ["MANNER", "TariffWire", "TariffsInvalid", "parse_tariffs", "to_wire"]


class PriceLimitWritten(Written, frozen=True):
    """OCPI PriceLimit."""

    before_taxes: Number
    after_taxes: Number | None = None

    @property
    def amount(self) -> Price:
        """The core Price."""
        return Price(Decimal(self.before_taxes), None if self.after_taxes is None else Decimal(self.after_taxes))


class TariffWritten230(TariffWritten, frozen=True, kw_only=True):
    """OCPI 2.3.0 Tariff as it is written."""

    tax_included: TaxIncluded
    min_price: PriceLimitWritten | None = None
    max_price: PriceLimitWritten | None = None

    @property
    def limits(self) -> tuple[LimitWritten | None, LimitWritten | None]:
        """The minimum and the maximum price."""
        return self.min_price, self.max_price

    @property
    def taxes(self) -> TaxIncluded:
        """Whether prices include taxes."""
        return self.tax_included


class TariffWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI Tariff object, in the specification's field order."""

    country_code: str
    party_id: str
    id: str
    currency: str
    type: str | None = None
    tariff_alt_text: msgspec.Raw | None = None
    tariff_alt_url: str | None = None
    min_price: PriceLimitWire | None = None
    max_price: PriceLimitWire | None = None
    elements: tuple[TariffElementWire, ...]
    tax_included: TaxIncluded
    start_date_time: str | None = None
    end_date_time: str | None = None
    energy_mix: msgspec.Raw | None = None
    last_updated: str


def parse_tariffs(data: bytes) -> tuple[Tariff, ...]:
    """Return the tariffs of a JSON list of OCPI 2.3.0 Tariffs, numbers exact; TariffsInvalid carries every finding."""
    return read_tariffs(data, lambda _: TariffWritten230)


def to_wire(tariff: Tariff, party: Party) -> TariffWire:
    """Return the wire shape of a party's tariff; ValueError names a field that OCPI would not carry."""
    return TariffWire(
        country_code=text("country_code", party.country_code),
        party_id=text("party_id", party.party_id),
        id=text("tariff_id", tariff.id),
        currency=text("currency", tariff.currency),
        type=tariff.type,
        tariff_alt_text=raw_or_none(tariff.alt_text),
        tariff_alt_url=tariff.alt_url,
        min_price=limit_to_wire(tariff.min_price),
        max_price=limit_to_wire(tariff.max_price),
        elements=tuple(element_to_wire(element) for element in tariff.elements),
        tax_included=tariff.tax_included,
        start_date_time=None if tariff.start is None else moment("start_date_time", tariff.start),
        end_date_time=None if tariff.end is None else moment("end_date_time", tariff.end),
        energy_mix=raw_or_none(tariff.energy_mix),
        last_updated=moment("last_updated", tariff.last_updated),
    )


# TokenType is an open enum here and knows EMAID: every type is written as it is.
MANNER: Final = Manner(price_to_wire, to_wire, str)
