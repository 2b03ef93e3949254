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
    """What the device knows of itself; None is unknown. `fault` is the device's own word for what is wrong."""

    pilot: Pilot | None
    contactor_closed: bool | None
    fault: str | None


class ChargeController(Protocol):
    """A thing that can release energy and say whether it did."""

    async def read(self) -> ControllerState:
        """Ask the device for its state; raises DriverError."""
        ...

    async def apply(self, *, energise: bool, limit_a: int | None) -> None:
        """Tell the device what should be; the caller repeats it until `read` shows it. Raises DriverError."""
        ...
