"""The newest value of every quantity of a meter, each with its own time; a failed poll changes nothing here."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from drivers.quantities import UNITS, Quantity, Readings
from gateway.core.instant import Instant, elapsed
from gateway.core.telemetry import Quality, QuantitySnapshot

# These come with every poll, the others in turn, with every third at the latest for all but the widest maps.
_EACH_POLL = frozenset({Quantity.ENERGY_IMPORT, Quantity.POWER})
_IN_TURN = 3


@dataclass(slots=True)
class MeterBoard:
    """What one meter showed last; None is a value that the meter says it does not have."""

    values: dict[Quantity, tuple[Decimal | None, Instant]] = field(default_factory=dict)

    def pin(self, readings: Readings, at: Instant) -> None:
        """Put up what a poll brought."""
        for quantity, value in readings.items():
            self.values[quantity] = (value, at)

    def snapshots(self, now: Instant, stale_after: timedelta, *, lost: bool) -> tuple[QuantitySnapshot, ...]:
        """Show every quantity with what it is worth now."""
        return tuple(
            QuantitySnapshot(
                quantity=quantity.value,
                unit=UNITS[quantity],
                value=value,
                at=at,
                quality=_quality(
                    value, stale=elapsed(at, now) > stale_after * (1 if quantity in _EACH_POLL else _IN_TURN), lost=lost
                ),
            )
            for quantity, (value, at) in self.values.items()
        )


def _quality(value: Decimal | None, *, stale: bool, lost: bool) -> Quality:
    if lost:
        return Quality.LOST
    if stale:
        return Quality.STALE
    return Quality.NOT_AVAILABLE if value is None else Quality.GOOD
