"""The one generic Modbus meter: a model's data and a bus make readings."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from math import inf

from drivers.errors import DeviceMisbehaved, DeviceRefused, DriverError
from drivers.meters.poll_plan import Experience, PollPlan, holds, on_this_line
from drivers.meters.sunspec import located
from drivers.meters.vocabulary import MeterModel, Register, value_of
from drivers.modbus.bus import ModbusBus
from drivers.modbus.codec import whole
from drivers.modbus.read_plan import Span
from drivers.quantities import UNITS, Quantity, Readings

# What is read in every poll, because it bills or shows that energy flows.
_FAST = frozenset({Quantity.ENERGY_IMPORT, Quantity.POWER})
# Illegal data address or value: the device has not all of what was asked for, or does not give it in one piece.
_ILLEGAL_VALUE = 3
_NO_SUCH_REGISTERS = frozenset({2, _ILLEGAL_VALUE})

BeforeEach = Callable[[], Awaitable[None]]
Blocks = dict[Span, tuple[int, ...]]


async def nothing() -> None:
    """Let nothing happen before a request."""


class ModbusMeter:
    """A meter of some model at one unit id of a bus."""

    def __init__(self, bus: ModbusBus, unit: int, model: MeterModel, timeout_s: float | None = None) -> None:
        """Take the bus; `timeout_s` replaces the model's own."""
        self._bus = bus
        self._unit = unit
        self._model = model
        self._timeout_s = model.timeout_s if timeout_s is None else timeout_s
        self._polls = 0
        self._rested_at_s = 0.0
        self._to_be_found = model.sunspec
        self._registers: dict[Quantity, Register] = {}
        self._undecided: dict[Quantity, Register] = {}
        self._experience = Experience()
        self._plans: tuple[PollPlan, ...] = ()
        self._lay_out(model)

    async def read(self) -> Readings:
        """Ask for every quantity that the device has: all of them or DriverError."""
        await self._find_out()
        plan, blocks = self._chosen(), Blocks()
        for block in plan.fast + plan.slow:
            blocks |= await self._fetch_or_split(block)
        return self._readings(blocks)

    async def poll(self, before_each: BeforeEach = nothing) -> Readings:
        """Ask for energy and power, and for some of the rest in turn; `before_each` is awaited before each request.

        The first request that fails ends the poll, so a silent meter costs one time-out. Energy and power come both or
        DriverError is raised; what failed of the rest is left out.
        """
        await self._find_out()
        plan, blocks = self._chosen(), Blocks()
        self._polls += 1
        for block in plan.blocks(self._polls):
            await before_each()
            try:
                blocks |= await self._fetch_or_split(block)
            except DriverError:
                if block in plan.fast:
                    raise
        return self._readings(blocks)

    async def read_energy(self) -> Decimal | None:
        """Ask for the import counter alone, in whole Wh; None for not available. Raises DriverError."""
        await self._find_out()
        register = self._registers[Quantity.ENERGY_IMPORT]
        return _value(Quantity.ENERGY_IMPORT, register, await self._fetch(register.span))

    async def _find_out(self) -> None:
        """Learn once what the model's file leaves to the device."""
        if self._to_be_found is not None:
            who = f"bus {self._bus.name} unit {self._unit}"
            self._lay_out(await located(self._model, self._to_be_found, self._fetch, who))
            self._to_be_found = None
        if self._undecided:
            await self._decide()

    def _chosen(self) -> PollPlan:
        """Take the first plan whose replies cannot be mistaken for others, or what is delayed least."""
        best, least_s = self._plans[0], inf
        for plan in self._plans:
            delay_s = sum(self._bus.delay_s(self._unit, block.function, block.count) for block in plan.fast)
            if not delay_s:
                return plan
            if delay_s < least_s:
                best, least_s = plan, delay_s
        return best

    async def _fetch_or_split(self, block: Span) -> Blocks:
        """Read a block; where it is refused, or cut short, its numbers one by one, and remember what that showed."""
        try:
            return {block: await self._fetch(block)}
        except DeviceRefused as refused:
            if refused.code not in _NO_SUCH_REGISTERS:
                raise
            pieces, absent = await self._one_by_one(block)
            if self._registers[Quantity.ENERGY_IMPORT].span in absent:
                raise
            self._experience.learn(absent, asked=block.count, is_too_many=refused.code == _ILLEGAL_VALUE)
        except DeviceMisbehaved as odd:
            if odd.gave_registers is None:
                raise
            pieces, absent = await self._one_by_one(block)
            if absent or not pieces:
                raise
            self._experience.learn_that_it_gave(odd.gave_registers)
        self._make_plans()
        return pieces

    async def _one_by_one(self, block: Span) -> tuple[Blocks, set[Span]]:
        """Read what the block would have brought; what is refused alone is absent."""
        spans = {register.span for register in self._registers.values() if holds(block, register.span)}
        pieces: Blocks = {}
        for span in sorted(spans - {block}):
            try:
                pieces[span] = await self._fetch(span)
            except DeviceRefused:
                continue
        return pieces, spans - pieces.keys()

    def _readings(self, blocks: Blocks) -> Readings:
        return {
            quantity: _value(quantity, register, words)
            for quantity, register in self._registers.items()
            if (words := _words(register.span, blocks)) is not None
        }

    def _lay_out(self, model: MeterModel) -> None:
        self._model = model
        self._registers = dict(model.registers)
        self._undecided = {quantity: one for quantity, one in self._registers.items() if one.otherwise is not None}
        self._make_plans()

    def _make_plans(self) -> None:
        spans = {quantity: register.span for quantity, register in self._registers.items()}
        fast = [span for quantity, span in spans.items() if quantity in _FAST]
        rest = [span for quantity, span in spans.items() if quantity not in _FAST]
        limits = on_this_line(self._model.limits, self._bus.byte_s, self._model.gap_s)
        self._plans = self._experience.plans(fast, rest, limits)

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
        resting_s = self._rested_at_s - loop.time()
        if resting_s > 0:
            await asyncio.sleep(resting_s)
        try:
            return await self._bus.read_registers(
                self._unit, block.function, block.address, block.count, self._timeout_s
            )
        finally:
            self._rested_at_s = loop.time() + self._model.gap_s


def _value(quantity: Quantity, register: Register, words: tuple[int, ...]) -> Decimal | None:
    value = value_of(register, words)
    return value if value is None or UNITS[quantity] != "Wh" else whole(value)


def _words(span: Span, blocks: Mapping[Span, tuple[int, ...]]) -> tuple[int, ...] | None:
    """Cut a value's words out of the block that holds them whole; None when none does."""
    for block, words in blocks.items():
        if holds(block, span):
            start = span.address - block.address
            return words[start : start + span.count]
    return None
