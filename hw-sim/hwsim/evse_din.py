"""An EVSE-DIN / SimpleEVSE charge controller: IEC 61851 pilot, a contactor, and its register map.

Registers (functions 3 and 6): 1000 wanted current (0 stops), 1001 actual current, 1002 vehicle state 1-5 = A-D, F,
1003 cable limit, 1004 bit 0 switches off, 1005 firmware, 1006 pilot (1 = 12 V, 2 = PWM, 3 = off), 1007 status (bit 0:
relay output on, which says nothing of the contactor behind it; bit 1: diode check failed), 2000 current at power-on,
2002 smallest current, 2005 bit 7: currents in 0.01 A, 2007 largest current.
"""

import time
from collections.abc import Callable, Sequence

from hwsim.car import Load, Pilot
from hwsim.modbus_server import ModbusDevice, Refusal, Refused

_WANTED = 1000
_ACTUAL = 1001
_STATE = 1002
_CABLE_LIMIT = 1003
_SWITCHES = 1004
_FIRMWARE = 1005
_PILOT_OUTPUT = 1006
_STATUS = 1007
_AT_POWER_ON = 2000
_SMALLEST = 2002
_OPTIONS = 2005
_LARGEST = 2007

_SWITCHED_OFF = 1
_HUNDREDTHS = 1 << 7
_HIGHEST_A = 80
_STATES = {Pilot.A: 1, Pilot.B: 2, Pilot.C: 3}
_STATE_F = 5
_RELAY_ON = 1
_DIODE_CHECK_FAILED = 1 << 1
_STEADY_12V, _PWM, _OFF = 1, 2, 3
_READABLE = (range(1000, 1008), range(2000, 2018))
_WRITABLE = frozenset({_WANTED, _SWITCHES, _AT_POWER_ON, _SMALLEST, _OPTIONS, _LARGEST})


class EvseDin(ModbusDevice):
    """Offers current on the pilot and closes the contactor while the car asks for it (state C, current above 0).

    A welded contactor stays closed; a polite car then stops drawing when the offer goes, a rude one does not, and
    its pilot stays C. `listeners` get (closed, loop time) whenever the contactor moves.
    """

    turnaround_s = 0.01

    def __init__(self, load: Load, cable_limit_a: int = 32, current_at_power_on_a: int = 0) -> None:
        self.listeners: list[Callable[[bool, float], None]] = []
        self._load = load
        self._is_welded = False
        self._has_failed = False
        self._was_closed = False
        self._registers = {address: 0 for span in _READABLE for address in span} | {
            _WANTED: current_at_power_on_a,
            _CABLE_LIMIT: cable_limit_a,
            _FIRMWARE: 18,
            _AT_POWER_ON: current_at_power_on_a,
            _SMALLEST: 6,
            _LARGEST: cable_limit_a,
        }
        load.listeners.append(self._follow)
        self._follow()

    @property
    def is_closed(self) -> bool:
        """Whether the contactor conducts."""
        self._follow()
        return self._load.contactor_closed

    @property
    def pilot(self) -> Pilot | None:
        """State of the control pilot; None while the controller signals F."""
        self._follow()
        return None if self._has_failed else self._load.pilot

    def weld(self) -> None:
        """Weld the contactor in the closed position."""
        self._is_welded = True
        self._follow()

    def fail(self) -> None:
        """Signal state F, as after a failed self-test: no pilot, contactor open."""
        self._has_failed = True
        self._follow()

    def repair(self) -> None:
        """Put a new contactor or controller in."""
        self._is_welded = self._has_failed = False
        self._follow()

    def power_cycle(self) -> None:
        """Lose the supply and come back with the current set for power-on."""
        self._registers[_WANTED] = self._registers[_AT_POWER_ON]
        self._registers[_SWITCHES] = 0
        self._follow()

    def read_holding(self, address: int, count: int) -> Sequence[int]:
        """Answer function 3."""
        self._follow()
        live = self._registers | self._live()
        try:
            return [live[i] for i in range(address, address + count)]
        except KeyError:
            raise Refused(Refusal.ILLEGAL_ADDRESS) from None

    def write_register(self, address: int, word: int) -> None:
        """Answer function 6."""
        if address not in _WRITABLE:
            raise Refused(Refusal.ILLEGAL_ADDRESS)
        if address in (_WANTED, _AT_POWER_ON) and word * self._milliamps_per_count() > _HIGHEST_A * 1000:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._registers[address] = word
        self._follow()

    def _milliamps_per_count(self) -> int:
        return 10 if self._registers[_OPTIONS] & _HUNDREDTHS else 1000

    def _offer_ma(self) -> int:
        if self._has_failed or self._registers[_SWITCHES] & _SWITCHED_OFF:
            return 0
        most = 1000 * min(self._registers[_CABLE_LIMIT], self._registers[_LARGEST])
        return min(self._registers[_WANTED] * self._milliamps_per_count(), most)

    def _follow(self) -> None:
        """Put pilot and contactor where settings and car want them."""
        self._load.offer(self._offer_ma())
        closed = self._is_welded or self._relay_is_on()
        self._load.switch(closed=closed)
        if closed != self._was_closed:
            self._was_closed = closed
            for listener in self.listeners:
                listener(closed, time.monotonic())

    def _relay_is_on(self) -> bool:
        return self._load.pilot is Pilot.C and self._offer_ma() > 0

    def _live(self) -> dict[int, int]:
        if self._has_failed:
            return {_ACTUAL: 0, _STATE: _STATE_F, _PILOT_OUTPUT: _OFF, _STATUS: _DIODE_CHECK_FAILED}
        offer = self._offer_ma()
        pilot = self._load.pilot
        return {
            _ACTUAL: offer // self._milliamps_per_count(),
            _STATE: _STATES[pilot],
            _PILOT_OUTPUT: _PWM if pilot is not Pilot.A and offer else _STEADY_12V,
            _STATUS: _RELAY_ON if self._relay_is_on() else 0,
        }
