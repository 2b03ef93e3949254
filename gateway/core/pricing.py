"""What a charge costs, and why, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod
from gateway.core.tariff import ComponentType, Price, Tariff


@dataclass(frozen=True, slots=True)
class CostLine:
    """One priced quantity: `volume` in kWh, hours or times once, `price` per unit; what a driver can check by hand."""

    type: ComponentType
    reservation: bool
    element: int
    volume: Decimal
    billed_volume: Decimal
    price: Decimal
    vat_percent: Decimal | None
    cost: Price


@dataclass(frozen=True, slots=True)
class Costs:
    """Totals in the tariff's currency, rounded half up to four decimals; None where the dimension has no price."""

    total: Price
    fixed: Price | None
    energy: Price | None
    time: Price | None
    parking: Price | None
    reservation: Price | None
    lines: tuple[CostLine, ...]


def price(tariff: Tariff, periods: Sequence[ChargingPeriod], end: datetime, zone: ZoneInfo) -> Costs:
    """Price the periods of a charge that ended at `end` by OCPI's tariff rules, in the location's time zone."""
    raise NotImplementedError
