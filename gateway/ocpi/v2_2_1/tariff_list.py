"""OCPI 2.2.1 Tariffs as they are written: limits have excl_vat and incl_vat."""

from decimal import Decimal

from gateway.core.tariff import Price, Tariff
from gateway.ocpi.reading import Number
from gateway.ocpi.tariff_list import TariffsInvalid, read_tariffs
from gateway.ocpi.tariff_shapes import LimitWritten, TariffWritten, Written

__all__ = ["PriceWritten", "TariffWritten221", "TariffsInvalid", "parse_tariffs"]


class PriceWritten(Written, frozen=True):
    """OCPI 2.2.1 Price."""

    excl_vat: Number
    incl_vat: Number | None = None

    @property
    def amount(self) -> Price:
        """The core Price."""
        return Price(Decimal(self.excl_vat), None if self.incl_vat is None else Decimal(self.incl_vat))


class TariffWritten221(TariffWritten, frozen=True):
    """OCPI 2.2.1 Tariff."""

    min_price: PriceWritten | None = None
    max_price: PriceWritten | None = None

    @property
    def limits(self) -> tuple[LimitWritten | None, LimitWritten | None]:
        """The minimum and the maximum price."""
        return self.min_price, self.max_price


def parse_tariffs(data: bytes) -> tuple[Tariff, ...]:
    """Return the tariffs of a JSON list of OCPI 2.2.1 Tariffs, numbers exact; TariffsInvalid carries every finding."""
    return read_tariffs(data, lambda _: TariffWritten221)
