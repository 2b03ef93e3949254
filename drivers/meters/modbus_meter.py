"""The one generic Modbus meter: a model's data and a bus make readings."""

import asyncio
from collections.abc import Iterable, Mapping
from decimal import Decimal

from drivers.errors import DeviceRefused, DriverError
from drivers.meters.sunspec import located
from drivers.meters.vocabulary import MeterModel, Register, value_of
from drivers.modbus.bus import ModbusBus
from drivers.modbus.codec import whole
from drivers.modbus.read_plan import PlanLimits, Span, plan
from drivers.quantities import UNITS, Quantity, Readings

# As many polls as may have replies under way at once: the bus takes a reply for lost after three time-outs.
_PLANS = 3
# Exception replies that say for good that a device has no such registers: illegal data address, illegal data value.
_NO_SUCH_REGISTERS = frozenset({2, 3})


class ModbusMeter:
    """A meter of some model at one unit id of a bus."""

    def __init__(self, bus: ModbusBus, unit: int, model: MeterModel, timeout_s: float | None = None) -> None:
        """Take the bus; `timeout_s` replaces the model's own."""
        self._bus = bus
        self._unit = unit
        self._model = model
        self._timeout_s = model.timeout_s if timeout_s is None else timeout_s
        self._failures = 0
        self._rested_at_s = 0.0
        self._to_be_found = model.sunspec
        self._registers: dict[Quantity, Register] = {}
        self._undecided: dict[Quantity, Register] = {}
        self._plans: tuple[tuple[Span, ...], ...] = ()
        self._lay_out(model)

    async def read(self) -> Readings:
        """Ask for every quantity of the model: whole Wh, the rest as the meter gives it, None for not available.

        Either all of one poll or nothing: the first request that fails ends it, so a silent meter costs one time-out.
        After a failed poll the requests ask for other counts, so that its late replies fit none of them.
        Raises DriverError.
        """
        if self._to_be_found is not None:
            who = f"bus {self._bus.name} unit {self._unit}"
            self._lay_out(await located(self._model, self._to_be_found, self._fetch, who))
            self._to_be_found = None
        if self._undecided:
            await self._decide()
        blocks: dict[Span, tuple[int, ...]] = {}
        for block in self._plans[self._failures % _PLANS]:
            blocks[block] = await self._fetch(block)
        return {
            quantity: _value(quantity, register, _words(register.span, blocks))
            for quantity, register in self._registers.items()
        }

    def _lay_out(self, model: MeterModel) -> None:
        self._model = model
        self._registers = dict(model.registers)
        self._undecided = {quantity: one for quantity, one in self._registers.items() if one.otherwise is not None}
        self._make_plans()

    def _make_plans(self) -> None:
        self._plans = _plans([register.span for register in self._registers.values()], self._model.limits)

    async def _decide(self) -> None:
        """Find out where this device keeps a number that has two places: the first that gives one is kept for good.

        While neither does, the question stays open, so that a device that is slow to start does not decide it.
        """
        for quantity, register in tuple(self._undecided.items()):
            for place in (register, register.otherwise):
                if place is not None and await self._gives_a_number(place):
                    self._registers[quantity] = place
                    del self._undecided[quantity]
                    break
        self._make_plans()

    async def _gives_a_number(self, register: Register) -> bool:
        try:
            return value_of(register, await self._fetch(register.span)) is not None
        except DeviceRefused as refused:
            if refused.code not in _NO_SUCH_REGISTERS:
                raise
            return False

    async def _fetch(self, block: Span) -> tuple[int, ...]:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._rested_at_s - loop.time()))
        try:
            return await self._bus.read_registers(
                self._unit, block.function, block.address, block.count, self._timeout_s
            )
        except DriverError:
            self._failures += 1
            raise
        finally:
            self._rested_at_s = loop.time() + self._model.gap_s


def _plans(spans: Iterable[Span], limits: PlanLimits) -> tuple[tuple[Span, ...], ...]:
    """Plans of the same registers whose requests differ in their counts as far as the limits allow."""
    plans: list[tuple[Span, ...]] = []
    for _ in range(_PLANS):
        used = frozenset(block.count for earlier in plans for block in earlier)
        plans.append(plan(spans, limits, used))
    return tuple(plans)


def _value(quantity: Quantity, register: Register, words: tuple[int, ...]) -> Decimal | None:
    value = value_of(register, words)
    return value if value is None or UNITS[quantity] != "Wh" else whole(value)


def _words(span: Span, blocks: Mapping[Span, tuple[int, ...]]) -> tuple[int, ...]:
    """Cut a value's words out of the block that holds them whole; the plan promises that there is one."""
    block = next(block for block in blocks if _holds(block, span))
    start = span.address - block.address
    return blocks[block][start : start + span.count]


def _holds(block: Span, span: Span) -> bool:
    return block.function == span.function and block.address <= span.address and span.end <= block.end
