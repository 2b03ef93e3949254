"""What the world looks like right now: the fold of observations, lost at every restart and seen anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.core.chronology import Chronology
from gateway.core.facts import Register
from gateway.core.identifiers import EvseUid
from gateway.core.instant import Instant
from gateway.core.metering import count_on, find_problem
from gateway.core.observations import ControllerLost, ControllerSeen, MeterLost, MeterReading
from gateway.core.observations_storage import StorageLost
from gateway.core.pilot import Pilot
from gateway.core.reasons import Implausible
from gateway.core.rules import EvseRules, SessionRules

PLUGGED = frozenset({Pilot.B, Pilot.C, Pilot.D})
ASKING = frozenset({Pilot.C, Pilot.D})
FAULTY = frozenset({Pilot.E, Pilot.F})


@dataclass(frozen=True, slots=True)
class Oddity:
    """A run of counter values that are not believed: the newest, what is wrong, and how many in a row."""

    reading: MeterReading
    problem: Implausible
    count: int


@dataclass(frozen=True, slots=True)
class EvseSight:
    """What was last seen at one EVSE. `since` fields tell when the present state was first seen.

    `odd_readings` counts all that were not believed since the daemon started, `oddity` those in a row.

    Safe is a contactor that is open and was not told to close as soon as a vehicle asks.
    """

    believed: Register | None = None
    reading: MeterReading | None = None
    oddity: Oddity | None = None
    odd_readings: int = 0
    meter_lost: MeterLost | None = None
    controller: ControllerSeen | None = None
    controller_lost: ControllerLost | None = None
    storage_lost: StorageLost | None = None
    plugged_since: Instant | None = None
    closed_since: Instant | None = None
    open_since: Instant | None = None
    safe_since: Instant | None = None
    quiet_since: Register | None = None
    busy_since: Register | None = None
    drawing_since: Instant | None = None

    @property
    def plugged(self) -> bool | None:
        """Whether a vehicle is connected; None where nothing tells."""
        if self.controller is None or self.controller.pilot is None or self.controller.pilot in FAULTY:
            return None
        return self.controller.pilot in PLUGGED

    @property
    def power_w(self) -> int | None:
        """The power last measured."""
        return self.reading.power_w if self.reading is not None else None


_NOT_SEEN = EvseSight()


@dataclass(frozen=True, slots=True)
class Sight:
    """All EVSEs as last seen."""

    evses: Mapping[EvseUid, EvseSight] = field(default_factory=dict)

    def evse(self, uid: EvseUid) -> EvseSight:
        """Return what was last seen of an EVSE; nothing yet for one never seen."""
        return self.evses.get(uid, _NOT_SEEN)

    def with_evse(self, uid: EvseUid, seen: EvseSight) -> "Sight":
        """Return the sight with one EVSE seen anew."""
        return Sight({**self.evses, uid: seen})


def see_reading(
    seen: EvseSight, reading: MeterReading, baseline: Register | None, limits: EvseRules, chronology: Chronology
) -> EvseSight:
    """Take a reading in. `baseline` is the newest counter value on record, for the first reading after a start."""
    seen = replace(seen, reading=reading, meter_lost=None)
    if reading.energy_wh is None:
        return _odd(seen, reading, Implausible.NOT_AVAILABLE)
    known = seen.believed or baseline
    counted_wh = count_on(known.energy_wh if known is not None else None, reading.energy_wh, limits.rollover_wh)
    register = Register(counted_wh, reading.at)
    problem = find_problem(known, register, limits.max_power_w, chronology)
    if problem is not None:
        return _odd(seen, reading, problem)
    return replace(seen, believed=register, oddity=None)


def see_power(seen: EvseSight, reading: MeterReading, rules: SessionRules) -> EvseSight:
    """Keep since when the vehicle asks for energy or does not, and since when energy flows at all."""
    drawing = reading.power_w is not None and reading.power_w >= rules.leak_power_w
    seen = replace(seen, drawing_since=(seen.drawing_since or reading.at) if drawing else None)
    asking = _is_asking(seen, reading, rules.idle_power_w)
    if asking is None or seen.believed is None:
        return seen
    if asking:
        return replace(seen, busy_since=seen.busy_since or seen.believed, quiet_since=None)
    return replace(seen, quiet_since=seen.quiet_since or seen.believed, busy_since=None)


def see_controller(seen: EvseSight, state: ControllerSeen) -> EvseSight:
    """Take a charge controller's state in."""
    seen = replace(seen, controller=state, controller_lost=None)
    plugged, closed = seen.plugged, state.contactor_closed
    return replace(
        seen,
        plugged_since=(seen.plugged_since or state.at) if plugged is True else None,
        closed_since=(seen.closed_since or state.at) if closed is True else None,
        open_since=(seen.open_since or state.at) if closed is False else None,
        safe_since=(seen.safe_since or state.at) if closed is False and state.released is not True else None,
    )


def lose_controller(seen: EvseSight, lost: ControllerLost) -> EvseSight:
    """Forget where the contactor stands; what the vehicle last showed stays, until somebody looks again."""
    return replace(seen, controller_lost=lost, closed_since=None, open_since=None, safe_since=None)


def _is_asking(seen: EvseSight, reading: MeterReading, idle_power_w: int) -> bool | None:
    pilot = seen.controller.pilot if seen.controller is not None else None
    if pilot is not None:
        return pilot in ASKING
    return None if reading.power_w is None else reading.power_w >= idle_power_w


def _odd(seen: EvseSight, reading: MeterReading, problem: Implausible) -> EvseSight:
    count = seen.oddity.count + 1 if seen.oddity is not None else 1
    return replace(seen, oddity=Oddity(reading, problem, count), odd_readings=seen.odd_readings + 1)
