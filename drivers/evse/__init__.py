"""Charge controllers and contactors behind one small port."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Pilot(StrEnum):
    """Control pilot state of IEC 61851-1: A no vehicle, B connected, C charging, D with ventilation, E/F fault."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


@dataclass(frozen=True, slots=True)
class ControllerState:
    """What the device knows of itself; None is unknown. `fault` is the device's own word for what is wrong.

    `released` is what it is told to do, as it remembers it: a relay's coil, an offered current above zero. The
    contactor may follow only when the vehicle asks. `offered_a` is the current it offers, None where it offers nothing
    or cannot say.
    """

    pilot: Pilot | None
    contactor_closed: bool | None
    fault: str | None
    released: bool | None = None
    offered_a: int | None = None


class ChargeController(Protocol):
    """A thing that can release energy and say whether it did."""

    async def read(self) -> ControllerState:
        """Ask the device for its state; raises DriverError."""
        ...

    async def apply(self, *, energise: bool, limit_a: int | None) -> None:
        """Tell the device what should be; the caller repeats it until `read` shows it. Raises DriverError."""
        ...
