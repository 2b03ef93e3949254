"""A meter that is looked at more closely once: whether its numbers can be true, and whether its model is right."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol

import structlog

from drivers.errors import DeviceRefused
from drivers.quantities import Readings

log = structlog.get_logger()

# Takes the first readings, none where the device refused; returns what speaks against its model, in words.
Examine = Callable[[Readings], Awaitable[tuple[str, ...]]]


class Meter(Protocol):
    """A meter that can be polled, or read as a whole."""

    async def read(self) -> Readings:
        """Read every quantity; raises DriverError."""
        ...

    async def poll(self, before_each: Callable[[], Awaitable[None]], /) -> Readings:
        """Read energy, power and some of the rest; awaits `before_each` before each request. Raises DriverError."""
        ...

    async def read_energy(self) -> Decimal | None:
        """Read the import counter alone; raises DriverError."""
        ...


class ExaminedMeter:
    """Reads as the meter within; its first answer, be it a refusal, is examined and doubts are logged once.

    A meter in doubt is still read: whether to stop billing by it is a human's decision.
    """

    def __init__(self, name: str, meter: Meter, examine: Examine) -> None:
        self._name = name
        self._meter = meter
        self._examine = examine
        self._is_examined = False
        self._doubts: tuple[str, ...] = ()

    async def read(self) -> Readings:
        """Read every quantity; raises DriverError."""
        try:
            readings = await self._meter.read()
        except DeviceRefused:
            await self._look_closer({})
            raise
        await self._look_closer(readings)
        return readings

    async def poll(self, before_each: Callable[[], Awaitable[None]], /) -> Readings:
        """Read energy, power and some of the rest; the first time all of it, to be examined. Raises DriverError."""
        return await (self._meter.poll(before_each) if self._is_examined else self.read())

    async def read_energy(self) -> Decimal | None:
        """Read the import counter alone; raises DriverError."""
        return await self._meter.read_energy()

    def doubts(self) -> tuple[str, ...]:
        """Return what the examination found; nothing before it."""
        return self._doubts

    async def _look_closer(self, readings: Readings) -> None:
        if self._is_examined:
            return
        self._is_examined = True
        self._doubts = await self._examine(readings)
        for doubt in self._doubts:
            log.warning("meter_in_doubt", meter=self._name, doubt=doubt)
