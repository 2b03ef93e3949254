"""OCPI 2.3.0 Price and PriceLimit: an amount before taxes, and the taxes one by one."""

import msgspec

from gateway.core.tariff import Price
from gateway.core.taxes import Tax
from gateway.ocpi.numbers import number, number_or_none

# The only tax a tariff can name a rate for is the `vat` of its price components.
_VAT = "VAT"


class TaxAmountWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI TaxAmount; a missing percentage means that the amount is of several rates, or that nobody told."""

    name: str
    percentage: msgspec.Raw | None = None
    amount: msgspec.Raw


class PriceWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI Price; no taxes means that none apply or that they are not known."""

    before_taxes: msgspec.Raw
    taxes: tuple[TaxAmountWire, ...] = ()


class PriceLimitWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI PriceLimit."""

    before_taxes: msgspec.Raw
    after_taxes: msgspec.Raw | None = None


def price_to_wire(price: Price, taxes: tuple[Tax, ...]) -> PriceWire:
    """Return the Price."""
    return PriceWire(number(price.excl_vat), tuple(_tax_to_wire(tax) for tax in taxes))


def limit_to_wire(limit: Price | None) -> PriceLimitWire | None:
    """Return a minimum or maximum price that may not be set."""
    return None if limit is None else PriceLimitWire(number(limit.excl_vat), number_or_none(limit.incl_vat))


def _tax_to_wire(tax: Tax) -> TaxAmountWire:
    return TaxAmountWire(name=_VAT, percentage=number_or_none(tax.percent), amount=number(tax.amount))
