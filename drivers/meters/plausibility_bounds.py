"""What the mains can be: which numbers are a voltage or a frequency, and which cannot be. Pure."""

from decimal import Decimal

from drivers.quantities import Quantity, Readings

VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)

_LEAST_HZ, _MOST_HZ = Decimal(45), Decimal(65)
# 100 V (Japan) less a fifth to 277 V (USA) and a little: wider than any mains a meter here hangs on.
_LEAST_V, _MOST_V = Decimal(80), Decimal(300)
# A dead phase shows what its neighbours induce in it.
_DEAD_V = Decimal(20)
_NOMINAL_HZ = (Decimal(50), Decimal(60))
_NOMINAL_V = (Decimal(230), Decimal(120))
_NEAR_HZ = Decimal("0.02")
_NEAR_V = Decimal("0.12")


def is_mains_frequency(value: Decimal) -> bool:
    """Tell whether this can be the frequency of a supply, 45..65 Hz."""
    return _LEAST_HZ <= value <= _MOST_HZ


def is_phase_voltage(value: Decimal) -> bool:
    """Tell whether this can be a live phase against neutral, 80..300 V."""
    return _LEAST_V <= value <= _MOST_V


def is_dead_phase(value: Decimal) -> bool:
    """Tell whether this can be a phase without supply: 0, or what neighbours induce."""
    return value == 0 or Decimal("0.001") <= value <= _DEAD_V


def is_near_nominal_frequency(value: Decimal) -> bool:
    """Tell whether this is 50 or 60 Hz within 2 %."""
    return any(abs(value - nominal) <= nominal * _NEAR_HZ for nominal in _NOMINAL_HZ)


def is_near_nominal_voltage(value: Decimal) -> bool:
    """Tell whether this is 230 or 120 V within 12 %."""
    return any(abs(value - nominal) <= nominal * _NEAR_V for nominal in _NOMINAL_V)


def impossible(readings: Readings) -> tuple[Quantity, ...]:
    """List the voltages and the frequency that no mains has; what is not available is not listed."""
    strange = [
        quantity
        for quantity in VOLTAGES
        if (value := readings.get(quantity)) is not None and not (is_phase_voltage(value) or is_dead_phase(value))
    ]
    frequency = readings.get(Quantity.FREQUENCY)
    if frequency is not None and not is_mains_frequency(frequency):
        strange.insert(0, Quantity.FREQUENCY)
    return tuple(strange)


def is_supported(readings: Readings) -> bool:
    """Tell whether something of it is a live voltage or a mains frequency, and nothing is impossible."""
    voltages = [value for quantity in VOLTAGES if (value := readings.get(quantity)) is not None]
    frequency = readings.get(Quantity.FREQUENCY)
    proven = any(map(is_phase_voltage, voltages)) or (frequency is not None and is_mains_frequency(frequency))
    return proven and not impossible(readings)
