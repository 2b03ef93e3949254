"""EVSE-DIN / SimpleEVSE / EVSE-WB: an IEC 61851-1 controller with a small Modbus map (functions 3, 6; 9600 8N1).

What it reports: the vehicle state (1002), the current it offers (1000 set, 1001 actual), its pilot (1006: 1 steady
12 V, 2 PWM, 3 off), and in 1007 its relay output (bit 0) and fault bits. It does not know whether the contactor behind
its relay follows; that shows only at the meter. Currents are whole amperes; the hundredths that bit 7 of register
2005 switches on must stay off.
"""

from collections.abc import Mapping

from drivers.errors import DeviceMisbehaved
from drivers.evse import ControllerState, Pilot
from drivers.modbus.bus import ModbusBus
from drivers.modbus.request import Function

_FIRST = 1000
_SET_CURRENT_A = 1000
_STATE = 1002
_COMMAND = 1004
_PWM = 1006
_STATUS = 1007
_COUNT = _STATUS - _FIRST + 1

_COMMAND_CHARGING_OFF = 0x0001
_STATUS_RELAY_ON = 0x0001
_PWM_RUNNING = 2
_MIN_CURRENT_A = 6  # IEC 61851-1: the least current a duty cycle can say; below it there is no PWM

_PILOTS: Mapping[int, Pilot] = {1: Pilot.A, 2: Pilot.B, 3: Pilot.C, 4: Pilot.D, 5: Pilot.F}
_CHARGING = frozenset({Pilot.C, Pilot.D})
# Bits 4 and 5 change their meaning with the firmware (test running, check failed): both are the RCD's.
_FAULTS: Mapping[int, str] = {
    0x0002: "diode check failed",
    0x0004: "ventilation required",
    0x0008: "waiting for pilot release",
    0x0010: "residual current device (bit 4)",
    0x0020: "residual current device (bit 5)",
}


class EvseDin:
    """One controller at one unit id of a bus."""

    def __init__(self, bus: ModbusBus, unit: int, timeout_s: float) -> None:
        self._bus = bus
        self._unit = unit
        self._timeout_s = timeout_s

    async def read(self) -> ControllerState:
        """Read registers 1000..1007 in one request. Raises DriverError."""
        words = await self._bus.read_registers(self._unit, Function.READ_HOLDING, _FIRST, _COUNT, self._timeout_s)
        state = words[_STATE - _FIRST]
        pilot = _PILOTS.get(state)
        if pilot is None:
            raise DeviceMisbehaved(
                f"bus {self._bus.name} unit {self._unit}: vehicle state is {state}, none of 1 to 5; "
                "check that the device is an EVSE-DIN"
            )
        offered_a = words[_SET_CURRENT_A - _FIRST]
        closed, fault = _contactor_closed(pilot, words), _fault(pilot, words)
        return ControllerState(pilot, closed, fault, released=offered_a > 0, offered_a=offered_a or None)

    async def apply(self, *, energise: bool, limit_a: int | None) -> None:
        """Offer a current in whole amperes, or 0 to stop. Raises DriverError.

        Without a limit the least current is offered, 6 A; a limit below that cannot be said and stops the charge.
        """
        wanted_a = _MIN_CURRENT_A if limit_a is None else limit_a
        offered_a = wanted_a if energise and wanted_a >= _MIN_CURRENT_A else 0
        await self._bus.write_register(self._unit, _SET_CURRENT_A, offered_a, self._timeout_s)


def _contactor_closed(pilot: Pilot, words: tuple[int, ...]) -> bool | None:
    """Believe the relay bit when it says on; believe off unless everything else says charging.

    State C or D with a current set, PWM running and the relay bit 0 (firmware without that bit): unknown.
    """
    if words[_STATUS - _FIRST] & _STATUS_RELAY_ON:
        return True
    says_charging = pilot in _CHARGING and words[_SET_CURRENT_A - _FIRST] > 0 and words[_PWM - _FIRST] == _PWM_RUNNING
    return None if says_charging else False


def _fault(pilot: Pilot, words: tuple[int, ...]) -> str | None:
    faults = [word for bit, word in _FAULTS.items() if words[_STATUS - _FIRST] & bit]
    if pilot is Pilot.F and not faults:
        faults.append("vehicle state 5")
    if words[_COMMAND - _FIRST] & _COMMAND_CHARGING_OFF:
        faults.append("charging switched off in register 1004")
    return "; ".join(faults) or None
