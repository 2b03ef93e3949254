"""A coil of a Modbus relay board that drives a contactor. It knows nothing of the vehicle: no pilot, no limit."""

from drivers.evse import ControllerState
from drivers.modbus.bus import ModbusBus


class RelayBoard:
    """One coil (0-based) of a relay board: written with function 5, read back with function 1.

    `contactor_closed` and `released` are what the board says of its coil; a welded contactor shows only at the meter.
    A board has no control pilot: it may switch only what stands behind a device that does IEC 61851.
    """

    def __init__(self, bus: ModbusBus, unit: int, coil: int, timeout_s: float) -> None:
        self._bus = bus
        self._unit = unit
        self._coil = coil
        self._timeout_s = timeout_s

    async def read(self) -> ControllerState:
        """Read the coil back. Raises DriverError."""
        (closed,) = await self._bus.read_coils(self._unit, self._coil, 1, self._timeout_s)
        return ControllerState(pilot=None, contactor_closed=closed, fault=None, released=closed)

    async def apply(self, *, energise: bool, limit_a: int | None) -> None:  # noqa: ARG002 - a coil cannot limit a current
        """Switch the coil; a limit is out of its reach. Raises DriverError."""
        await self._bus.write_coil(self._unit, self._coil, energise, self._timeout_s)
