"""Which counter values are believed."""

from datetime import timedelta

from gateway.core.chronology import Chronology
from gateway.core.facts import Register
from gateway.core.instant import Instant
from gateway.core.reasons import Implausible

# The coarsest counters we read step by 100 Wh (Carlo Gavazzi: 0.1 kWh), so two readings may differ by one step at once.
COUNTER_STEP_WH = 100
# A meter may show what it counted up to this much earlier (Carlo Gavazzi ET340: 2 s), plus the time the answer took.
COUNTER_LAG = timedelta(seconds=5)
# A connector's rated power is not a sharp bound: voltage may be 10 % high (EN 50160).
POWER_TOLERANCE_PERCENT = 110

# What a gap may be at most that no clock can tell; energy that flowed in it must not look like a fault.
LONGEST_GAP = timedelta(days=31)

_WS_PER_WH = 3600


def count_on(known_wh: int | None, shown_wh: int, rollover_wh: int | None) -> int:
    """Return what a counter has counted that shows this: what it shows, and all that it lost by beginning at 0 again.

    Only a step from the last tenth before `rollover_wh` to the first after 0 is taken for that; whether as much energy
    can have flowed is for `find_problem` to say.
    """
    if known_wh is None or rollover_wh is None or shown_wh >= rollover_wh:
        return shown_wh
    turns, showed_wh = divmod(known_wh, rollover_wh)
    if (showed_wh - shown_wh) * 10 >= rollover_wh * 9:
        turns += 1
    return turns * rollover_wh + shown_wh


def highest_plausible_wh(last: Register, at: Instant, max_power_w: int, chronology: Chronology) -> int:
    """Return the highest counter value that a connector of this power could have reached between two readings."""
    gap = chronology.elapsed(last.at, at) if chronology.knows_between(last.at, at) else LONGEST_GAP
    seconds = (gap + COUNTER_LAG) // timedelta(seconds=1) + 1
    return last.energy_wh + COUNTER_STEP_WH + max_power_w * seconds * POWER_TOLERANCE_PERCENT // (100 * _WS_PER_WH)


def find_problem(last: Register | None, now: Register, max_power_w: int, chronology: Chronology) -> Implausible | None:
    """Return what is wrong with a counter value after the last believed one; without one it is the baseline."""
    if last is None:
        return None
    if now.energy_wh < last.energy_wh:
        return Implausible.RAN_BACK
    if now.energy_wh > highest_plausible_wh(last, now.at, max_power_w, chronology):
        return Implausible.JUMPED
    return None
