"""OCPI ChargingPeriods: what was consumed between one change of price-relevant state and the next."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class DimensionType(StrEnum):
    """OCPI CdrDimensionType, without the session-only ones."""

    ENERGY = "ENERGY"
    MAX_CURRENT = "MAX_CURRENT"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_POWER = "MAX_POWER"
    MIN_POWER = "MIN_POWER"
    PARKING_TIME = "PARKING_TIME"
    RESERVATION_TIME = "RESERVATION_TIME"
    TIME = "TIME"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A volume in OCPI's unit: kWh, A, kW or hours, at most four decimals."""

    type: DimensionType
    volume: Decimal


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """Ends where the next one starts, the last at the session's end. `start` is aware UTC, whole seconds."""

    start: datetime
    dimensions: tuple[Dimension, ...]
    tariff_id: str | None
