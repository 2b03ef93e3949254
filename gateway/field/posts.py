"""The devices on a bus, as its loop knows them, and what it needs of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from drivers.evse import ChargeController
from drivers.meters.signing import SigningMeter
from drivers.quantities import Readings
from gateway.core.identifiers import EvseUid
from gateway.core.telemetry import DeviceCounters
from gateway.field.device_health import DeviceHealth
from gateway.field.meter_board import MeterBoard


class Meter(Protocol):
    """A meter that can be polled."""

    async def poll(self, before_each: Callable[[], Awaitable[None]], /) -> Readings:
        """Read energy, power and some of the rest; awaits `before_each` before each request. Raises DriverError."""
        ...

    async def read_energy(self) -> Decimal | None:
        """Read the import counter alone, in whole Wh. Raises DriverError."""
        ...


class Port(Protocol):
    """The port or connection that all devices of a bus share."""

    async def close(self) -> None:
        """Let go of it; the next use opens it anew."""
        ...


@dataclass(slots=True)
class MeterPost:
    """A meter on this bus and the EVSE it counts for, None where it is only to be looked at.

    `counters` tells what its unit did on the wire so far, `doubts` whether it is the meter it should be. `energy_wh` is
    the counter value last handed on; `signer` reads it signed, where the meter can.
    """

    name: str
    model: str
    unit: int
    evse_uid: EvseUid | None
    meter: Meter
    counters: Callable[[], DeviceCounters]
    health: DeviceHealth
    doubts: Callable[[], tuple[str, ...]] = tuple
    board: MeterBoard = field(default_factory=MeterBoard)
    energy_wh: Decimal | None = None
    unconfirmed: int = 0
    signer: SigningMeter | None = None


@dataclass(slots=True)
class ControllerPost:
    """A charge controller on this bus, its EVSE and the current it may offer.

    `told` is what it was last told, None if nobody knows, `told_a` the current it may offer then; `heard` is whether it
    showed that. `tried` is what it was to be told when last spoken to, successfully or not. `closed` is the contactor
    as last read.
    """

    name: str
    evse_uid: EvseUid
    controller: ChargeController
    limit_a: int
    health: DeviceHealth
    told: bool | None = None
    told_a: int | None = None
    heard: bool = True
    closed: bool | None = None
    tried: bool | None = None
