"""Whether a device on a bus is there: lost only after several failures over some time, so that a glitch is no news."""

from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.core.instant import Instant, elapsed

# Both must be exceeded (as wb-mqtt-serial does): one without the other calls a slow bus or a single glitch a loss.
LOST_AFTER = timedelta(seconds=3)
LOST_AFTER_CYCLES = 2
# A lost device is looked for after 1, 2, 4, 8 s and then every 10 s, for ever.
LONGEST_PAUSE = timedelta(seconds=10)
_LONGEST_EXPONENT = 4


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How a device has been doing since `well_at`, the last time it answered (or the start of the daemon)."""

    well_at: Instant
    failed_cycles: int = 0
    lost: bool = False
    trouble: str | None = None
    probes: int = 0
    tried_at: Instant | None = None

    def succeeded(self, now: Instant) -> "DeviceHealth":
        """Note an answer: everything before it is forgiven."""
        return DeviceHealth(well_at=now)

    def failed(self, now: Instant, trouble: str) -> "DeviceHealth":
        """Note a failed cycle; `trouble` is what the driver said."""
        failed_cycles = self.failed_cycles + 1
        lost = self.lost or (failed_cycles >= LOST_AFTER_CYCLES and elapsed(self.well_at, now) >= LOST_AFTER)
        probes = self.probes + 1 if self.lost else 0
        return replace(self, failed_cycles=failed_cycles, lost=lost, trouble=trouble, probes=probes, tried_at=now)

    def is_due(self, now: Instant) -> bool:
        """Whether it should be spoken to in this cycle: each cycle unless it is lost."""
        if not self.lost or self.tried_at is None:
            return True
        pause = min(LONGEST_PAUSE, timedelta(seconds=2 ** min(self.probes, _LONGEST_EXPONENT)))
        return elapsed(self.tried_at, now) >= pause
