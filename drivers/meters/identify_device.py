"""Asking a device who it is: harmless reads, one after the other, until the answers settle it."""

import asyncio
from collections.abc import Callable, Sequence

from drivers.errors import DriverError
from drivers.meters.identify import Words, next_question
from drivers.meters.plausibility import judge_meter, questions
from drivers.meters.plausibility_bounds import impossible
from drivers.meters.vocabulary import MeterModel, self_said, text_as_words
from drivers.modbus.bus import ModbusBus
from drivers.modbus.identification import PRODUCT, REVISION, VENDOR
from drivers.modbus.read_plan import Span
from drivers.quantities import Readings

_SELF_SAID = frozenset(map(self_said, (VENDOR, PRODUCT, REVISION)))


class Interview:
    """Reads of one device, none of them twice; what it refuses or leaves unanswered is written down as None."""

    def __init__(self, bus: ModbusBus, unit: int, *, timeout_s: float, gap_s: float) -> None:
        """Take the bus; the device is left alone for `gap_s` between two questions."""
        self._bus = bus
        self._unit = unit
        self._timeout_s = timeout_s
        self._gap_s = gap_s
        self._rested_at_s = 0.0
        self._words: dict[Span, tuple[int, ...] | None] = {}

    @property
    def words(self) -> Words:
        """What was answered so far."""
        return self._words

    async def ask(self, span: Span) -> tuple[int, ...] | None:
        """Read the registers, or recall what came the first time."""
        if span not in self._words:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, self._rested_at_s - loop.time()))
            try:
                self._words |= await self._answers(span)
            except DriverError:
                self._words |= dict.fromkeys(_SELF_SAID if span in _SELF_SAID else (span,))
            self._rested_at_s = loop.time() + self._gap_s
        return self._words[span]

    async def _answers(self, span: Span) -> dict[Span, tuple[int, ...] | None]:
        """Read registers; or all that the device says of itself, for that comes in one reply."""
        if span not in _SELF_SAID:
            return {
                span: await self._bus.read_registers(
                    self._unit, span.function, span.address, span.count, self._timeout_s
                )
            }
        said = await self._bus.read_identification(self._unit, self._timeout_s)
        return {one: text_as_words(said[one.address]) if one.address in said else None for one in _SELF_SAID}

    async def settle_identity(self, models: Sequence[MeterModel]) -> None:
        """Ask what tells the models apart."""
        while (span := next_question(models, self._words)) is not None:
            await self.ask(span)


async def examine_meter(
    bus: ModbusBus, unit: int, model: MeterModel, readings: Readings, models: Callable[[], Sequence[MeterModel]]
) -> tuple[str, ...]:
    """Look at a meter once, after its first poll; returns what speaks against its model, for a technician to read.

    `readings` is what the poll brought, empty where the device refused it. Costs one or two reads where all is well,
    some dozens where it is not; only then `models`, all there are, are loaded. Raises nothing for a fault in the
    field: a device that falls silent proves nothing.
    """
    interview = Interview(bus, unit, timeout_s=model.timeout_s, gap_s=model.gap_s)
    for span in questions(model, readings):
        await interview.ask(span)
    if readings and not impossible(readings) and not judge_meter(model, readings, interview.words):
        return ()
    known = models()
    await interview.settle_identity(known)
    return judge_meter(model, readings, interview.words, known)
