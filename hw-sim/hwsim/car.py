"""A car with a cable, and the load it puts on the conductors between contactor and meter, in exact integers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

# IEC 61851-1: the pilot's duty cycle cannot offer less.
SMALLEST_OFFER_MA = 6000
NOMINAL_MV = 230_000
# Energy is kept in mW x ns, so that nothing is ever rounded: 1 Wh = 3600 s x 1000 mW x 10^9 ns.
_MW_NS_PER_WH = 3_600 * 1_000 * 1_000_000_000
_PHASES = 3


class Pilot(StrEnum):
    """Control pilot state as far as a healthy car goes: no vehicle, connected, charging."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class Car:
    """What a car is: it takes up to `wants_w` on so many phases until `battery_wh` more are in (None: never full).

    A rude car ignores what the pilot offers and draws whenever the contactor is closed.
    """

    wants_w: int = 11_000
    phases: int = 3
    battery_wh: int | None = None
    is_rude: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """What the conductors carry at one moment, per phase in mV, mA and mW; energy is what has passed so far."""

    voltage_mv: tuple[int, int, int]
    current_ma: tuple[int, int, int]
    power_mw: tuple[int, int, int]
    energy_wh: int
    frequency_millihertz: int

    @property
    def total_mw(self) -> int:
        """Power of all phases in mW."""
        return sum(self.power_mw)


@dataclass(slots=True)
class Load:
    """The branch of one EVSE. Real seconds and real power: 30 s at 22 kW are 183 Wh, never more.

    The controller switches and offers, the driver plugs, the meter looks; `offer_ma` None means that there is no
    pilot and nothing limits the car. Energy is settled before every change, so it is exact whoever asks when.
    `listeners` are called after the car came, changed or left.
    """

    car: Car = field(default_factory=Car)
    clock_ns: Callable[[], int] = time.monotonic_ns
    voltage_mv: tuple[int, int, int] = (NOMINAL_MV, NOMINAL_MV, NOMINAL_MV)
    frequency_millihertz: int = 50_000
    is_plugged: bool = False
    contactor_closed: bool = False
    offer_ma: int | None = None
    listeners: list[Callable[[], None]] = field(default_factory=list)
    _energy: int = 0
    _taken: int = 0
    _settled_ns: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether the battery has taken all it can since the car was plugged in."""
        self._settle()
        return self._room() == 0

    @property
    def pilot(self) -> Pilot:
        """What the car and the offer make of the control pilot."""
        if not self.is_plugged:
            return Pilot.A
        if self.is_full or not self._offer_is_enough():
            return Pilot.B
        return Pilot.C

    def flow(self) -> Flow:
        """Look at the conductors now."""
        self._settle()
        power = 0 if self._room() == 0 else self._power_mw()
        phases = self.car.phases
        share, rest = divmod(power, phases)
        per_phase = [share + (rest if i == 0 else 0) if i < phases else 0 for i in range(_PHASES)]
        current = [per_phase[i] * 1000 // self.voltage_mv[i] for i in range(_PHASES)]
        return Flow(
            voltage_mv=self.voltage_mv,
            current_ma=(current[0], current[1], current[2]),
            power_mw=(per_phase[0], per_phase[1], per_phase[2]),
            energy_wh=self._energy // _MW_NS_PER_WH,
            frequency_millihertz=self.frequency_millihertz,
        )

    def plug_in(self, car: Car | None = None) -> None:
        """Connect this or another car, with an empty battery."""
        self._settle()
        self.car = self.car if car is None else car
        self._taken = 0
        self.is_plugged = True
        self._tell()

    def change_car(self, car: Car) -> None:
        """Let the plugged car want something else from now on; what it has taken stays taken."""
        self._settle()
        self.car = car
        self._tell()

    def unplug(self) -> None:
        """Pull the cable."""
        self._settle()
        self.is_plugged = False
        self._tell()

    def switch(self, *, closed: bool) -> None:
        """Move the contactor."""
        self._settle()
        self.contactor_closed = closed

    def offer(self, milliamps: int | None) -> None:
        """Change what the pilot offers per phase."""
        self._settle()
        self.offer_ma = milliamps

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()

    def _offer_is_enough(self) -> bool:
        return self.car.is_rude or self.offer_ma is None or self.offer_ma >= SMALLEST_OFFER_MA

    def _power_mw(self) -> int:
        if not (self.is_plugged and self.contactor_closed and self._offer_is_enough()):
            return 0
        wanted = self.car.wants_w * 1000
        if self.offer_ma is None or self.car.is_rude:
            return wanted
        offered = sum(self.voltage_mv[: self.car.phases]) * self.offer_ma // 1000
        return min(wanted, offered)

    def _room(self) -> int | None:
        """Return what still goes into the battery, in mW x ns; None without end."""
        return None if self.car.battery_wh is None else max(0, self.car.battery_wh * _MW_NS_PER_WH - self._taken)

    def _settle(self) -> None:
        now = self.clock_ns()
        elapsed = 0 if self._settled_ns is None else now - self._settled_ns
        self._settled_ns = now
        energy = self._power_mw() * elapsed
        room = self._room()
        if room is not None:
            energy = min(energy, room)
        self._taken += energy
        self._energy += energy
