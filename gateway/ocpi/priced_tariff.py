"""Anybody's Tariff, of either version, as far as pricing needs it.

What has nothing to do with the price may be missing, unknown or wrong. An unknown restriction has: nobody can say when
such a price applies.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from gateway.core.tariff import Price, Tariff, TaxIncluded
from gateway.ocpi.reading import Malformed, Number, shaped
from gateway.ocpi.tariff_shapes import LimitWritten, TariffWritten, Written, to_core
from gateway.ocpi.v2_2_1.rules import parse_moment, text_problem

_EPOCH: Final = "1970-01-01T00:00:00Z"
_YEARS: Final = range(1970, 2200)
_PASSED_THROUGH: Final = frozenset({"type", "tariff_alt_text", "tariff_alt_url", "energy_mix"})
_COMPONENT: Final = frozenset({"type", "price", "step_size", "vat"})


class _Limit(Written, frozen=True):
    excl_vat: Number | None = None
    incl_vat: Number | None = None
    before_taxes: Number | None = None
    after_taxes: Number | None = None

    @property
    def amount(self) -> Price:
        """The core Price; ValueError where the amount without taxes is missing."""
        before = self.before_taxes if self.excl_vat is None else self.excl_vat
        after = self.after_taxes if self.incl_vat is None else self.incl_vat
        if before is None:
            raise ValueError("has neither excl_vat nor before_taxes")
        return Price(Decimal(before), None if after is None else Decimal(after))


class _Tariff(TariffWritten, frozen=True, kw_only=True):
    min_price: _Limit | None = None
    max_price: _Limit | None = None
    tax_included: TaxIncluded = TaxIncluded.NO

    @property
    def limits(self) -> tuple[LimitWritten | None, LimitWritten | None]:
        """The minimum and the maximum price."""
        return self.min_price, self.max_price

    @property
    def taxes(self) -> TaxIncluded:
        """Whether prices include taxes."""
        return self.tax_included


def foreign_moment(path: str, text: str) -> datetime:
    """Return an OCPI DateTime of our times."""
    try:
        moment = parse_moment(text)
    except ValueError as problem:
        raise Malformed(f"{path}: {problem}") from None
    if moment.year not in _YEARS:
        raise Malformed(f"{path}: is in the year {moment.year}, nobody charged then")
    return moment


def check_currency(path: str, written: str | None) -> None:
    """Refuse as Malformed what is no currency; whoever names none has another's."""
    if written is not None and text_problem("currency", written) is not None:
        raise Malformed(f'{path}.currency: must be three capitals (ISO 4217), such as "EUR"')


def foreign_tariffs(path: str, values: Sequence[Any], currency: str | None) -> Mapping[str, Tariff]:
    """Return the tariffs of a list by their folded ids; Malformed names the first place that cannot be priced."""
    tariffs: dict[str, Tariff] = {}
    for index, value in enumerate(values):
        where = f"{path}[{index}]"
        tariff = foreign_tariff(where, value, currency)
        if tariffs.setdefault(tariff.id.casefold(), tariff) != tariff:
            raise Malformed(f"{where}.id: stands in the list twice, with different prices")
    return tariffs


def foreign_tariff(path: str, value: Any, currency: str | None) -> Tariff:
    """Return a decoded Tariff; one that names no currency has the CDR's."""
    if not isinstance(value, dict):
        raise Malformed(f"{path}: expected a Tariff, a JSON object")
    known = {"currency": currency or "", "id": "", "last_updated": _EPOCH} | _only(_Tariff, value)
    known = {name: each for name, each in known.items() if name not in _PASSED_THROUGH} | {"last_updated": _EPOCH}
    for name in ("min_price", "max_price"):
        if isinstance(known.get(name), dict):
            known[name] = _only(_Limit, known[name])
    if isinstance(known.get("elements"), list):
        known["elements"] = [_known_element(each) for each in known["elements"]]
    written = shaped(path, known, _Tariff)
    check_currency(path, written.currency or value.get("currency"))
    for name in ("start_date_time", "end_date_time"):
        if (moment := getattr(written, name)) is not None:
            foreign_moment(f"{path}.{name}", moment)
    for name, limit in (("min_price", written.min_price), ("max_price", written.max_price)):
        if limit is not None and limit.excl_vat is None and limit.before_taxes is None:
            raise Malformed(f"{path}.{name}: has neither excl_vat nor before_taxes")
    _check_percents(path, written)
    return to_core(written)


def _check_percents(path: str, written: _Tariff) -> None:
    for index, element in enumerate(written.elements):
        for place, component in enumerate(element.price_components):
            if component.vat is not None and component.vat < 0:
                where = f"{path}.elements[{index}].price_components[{place}].vat"
                raise Malformed(f"{where}: is {component.vat}, no rate is negative")


def _known_element(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    element = {name: each for name, each in value.items() if name in {"price_components", "restrictions"}}
    if isinstance(element.get("price_components"), list):
        element["price_components"] = [
            {name: value for name, value in each.items() if name in _COMPONENT} if isinstance(each, dict) else each
            for each in element["price_components"]
        ]
    return element


def _only(shape: type[msgspec.Struct], value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name in shape.__struct_fields__}
