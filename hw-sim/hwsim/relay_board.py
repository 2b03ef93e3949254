"""A Modbus relay board (coils, as the common eight-channel RTU boards have them) with contactors behind it."""

import time
from collections.abc import Callable, Mapping, Sequence

from hwsim.car import Load
from hwsim.modbus_server import COIL_OFF, COIL_ON, ModbusDevice, Refusal, Refused

_ALL_COILS = 0x00FF
_TOGGLE = 0x5500
_DEVICE_ADDRESS = 0x4000
_VERSION = 0x8000


class RelayBoard(ModbusDevice):
    """Coils drive contactors; discrete inputs of the same number carry the contactors' auxiliary contacts.

    A welded contactor stays closed though its coil is off: only its input and the energy tell. A stuck relay takes
    every write and its coil reads back as it was. `listeners` get (coil, on, loop time) whenever a coil changes.
    """

    turnaround_s = 0.005

    def __init__(self, loads: Mapping[int, Load], channels: int = 8, unit: int = 1) -> None:
        if any(not 0 <= coil < channels for coil in loads):
            raise ValueError(f"coils of a board with {channels} channels are 0 to {channels - 1}")
        self.listeners: list[Callable[[int, bool, float], None]] = []
        self._loads = dict(loads)
        self._coils = [False] * channels
        self._welded: set[int] = set()
        self._stuck: set[int] = set()
        self._settings = {_DEVICE_ADDRESS: unit, _VERSION: 200}

    def is_on(self, coil: int) -> bool:
        """Whether the relay is driven."""
        return self._coils[coil]

    def is_closed(self, coil: int) -> bool:
        """Whether the contactor behind the relay conducts."""
        return self._coils[coil] or coil in self._welded

    def weld(self, coil: int) -> None:
        """Weld the contactor's contacts together, whatever they are doing."""
        self._welded.add(coil)
        self._move_contactor(coil)

    def stick(self, coil: int) -> None:
        """Let the relay ignore every write from now on."""
        self._stuck.add(coil)

    def repair(self, coil: int) -> None:
        """Put a new contactor and relay in."""
        self._welded.discard(coil)
        self._stuck.discard(coil)
        self._move_contactor(coil)

    def power_cycle(self) -> None:
        """Lose the supply and come back with every coil off."""
        for coil in range(len(self._coils)):
            self._set(coil, on=False)

    def read_coils(self, address: int, count: int) -> Sequence[bool]:
        """Answer function 1."""
        self._check(address, count)
        return self._coils[address : address + count]

    def read_inputs(self, address: int, count: int) -> Sequence[bool]:
        """Answer function 2."""
        self._check(address, count)
        return [self.is_closed(coil) for coil in range(address, address + count)]

    def read_holding(self, address: int, count: int) -> Sequence[int]:
        """Answer function 3: device address and firmware."""
        try:
            return [self._settings[i] for i in range(address, address + count)]
        except KeyError:
            raise Refused(Refusal.ILLEGAL_ADDRESS) from None

    def write_coil(self, address: int, word: int) -> None:
        """Answer function 5: on, off or toggle, one coil or (0x00FF) all."""
        if word not in (COIL_ON, COIL_OFF, _TOGGLE):
            raise Refused(Refusal.ILLEGAL_VALUE)
        if address != _ALL_COILS:
            self._check(address, 1)
        for coil in range(len(self._coils)) if address == _ALL_COILS else (address,):
            self._set(coil, on=not self._coils[coil] if word == _TOGGLE else word == COIL_ON)

    def write_coils(self, address: int, values: Sequence[bool]) -> None:
        """Answer function 15."""
        self._check(address, len(values))
        for i, on in enumerate(values):
            self._set(address + i, on=on)

    def _check(self, address: int, count: int) -> None:
        if address + count > len(self._coils):
            raise Refused(Refusal.ILLEGAL_ADDRESS)

    def _set(self, coil: int, *, on: bool) -> None:
        if coil in self._stuck or self._coils[coil] == on:
            return
        self._coils[coil] = on
        self._move_contactor(coil)
        for listener in self.listeners:
            listener(coil, on, time.monotonic())

    def _move_contactor(self, coil: int) -> None:
        load = self._loads.get(coil)
        if load is not None:
            load.switch(closed=self.is_closed(coil))
