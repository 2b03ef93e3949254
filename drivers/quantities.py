"""What a meter can measure, and in which unit it is handed on."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum


class Quantity(StrEnum):
    """A measured quantity; import is energy towards the vehicle."""

    ENERGY_IMPORT = "energy_import"
    ENERGY_EXPORT = "energy_export"
    POWER = "power"
    POWER_L1 = "power_l1"
    POWER_L2 = "power_l2"
    POWER_L3 = "power_l3"
    VOLTAGE_L1 = "voltage_l1"
    VOLTAGE_L2 = "voltage_l2"
    VOLTAGE_L3 = "voltage_l3"
    CURRENT_L1 = "current_l1"
    CURRENT_L2 = "current_l2"
    CURRENT_L3 = "current_l3"
    FREQUENCY = "frequency"
    POWER_FACTOR = "power_factor"


UNITS: Mapping[Quantity, str] = {
    Quantity.ENERGY_IMPORT: "Wh",
    Quantity.ENERGY_EXPORT: "Wh",
    Quantity.POWER: "W",
    Quantity.POWER_L1: "W",
    Quantity.POWER_L2: "W",
    Quantity.POWER_L3: "W",
    Quantity.VOLTAGE_L1: "V",
    Quantity.VOLTAGE_L2: "V",
    Quantity.VOLTAGE_L3: "V",
    Quantity.CURRENT_L1: "A",
    Quantity.CURRENT_L2: "A",
    Quantity.CURRENT_L3: "A",
    Quantity.FREQUENCY: "Hz",
    Quantity.POWER_FACTOR: "",
}

# One poll of a meter: None where the meter says "not available".
Readings = Mapping[Quantity, Decimal | None]
