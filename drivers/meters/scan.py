"""Searching a bus: asks every unit id at every setting, the likeliest first. Reads only; never writes."""

import termios
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from drivers.meters.scan_plan import Setting, Step, duration_s, first_steps, later_steps
from drivers.meters.scan_unit import PRESENCE_QUESTIONS, Find, examine_unit
from drivers.meters.vocabulary import MeterModel
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.modbus.wire import WireDown


class PortUnusable(Exception):
    """The port cannot be opened at all; the message says why and what to do."""


class Audience(Protocol):
    """Who is told how the search goes."""

    def going(self, step: Step, left_s: float) -> None:
        """Hear what is asked now, and how long the rest takes if nobody answers."""
        ...

    def found(self, find: Find) -> None:
        """Hear of a unit that answers."""
        ...

    def passed_over(self, setting: Setting, why: str) -> None:
        """Hear that the port cannot be used with this setting."""
        ...


async def scan(
    settings: Sequence[Setting],
    units: Sequence[int] | None,
    models: Sequence[MeterModel],
    audience: Audience,
    *,
    quick: bool = False,
) -> None:
    """Search the likely unit ids at every setting, then (unless `quick` or `units` are given) all others.

    Raises PortUnusable when no setting could be used. May be cancelled at any time: the port is let go.
    """
    search = _Search(models, audience)
    is_whole = units is None and not quick
    await search.run(first_steps(settings, units), partial(search.still_to_come, settings if is_whole else ()))
    for index, setting in enumerate(settings if is_whole else ()):
        here, rest = later_steps((setting,), ()), settings[index + 1 :]
        if setting in search.answered or not search.answered:
            await search.run(here, partial(search.still_to_come, rest))
    if search.unusable and len(search.unusable) == len(settings):
        raise PortUnusable("; ".join(dict.fromkeys(search.unusable.values())))


class _Search:
    """What is known so far, and the port that is open."""

    def __init__(self, models: Sequence[MeterModel], audience: Audience) -> None:
        self._models = models
        self._audience = audience
        self._found: dict[tuple[int, int], Find] = {}
        self.answered: set[Setting] = set()
        self.unusable: dict[Setting, str] = {}

    def still_to_come(self, settings: Sequence[Setting]) -> Sequence[Step]:
        """Return all other unit ids at these settings, as far as they are worth asking by what is known now."""
        return later_steps(settings, self.answered)

    async def run(self, steps: Sequence[Step], beyond: Callable[[], Sequence[Step]]) -> None:
        """Go through the steps, of which `beyond` will follow; those of one setting share one opening of the port."""
        for setting in dict.fromkeys(step.setting for step in steps):
            if setting in self.unusable or self._is_framed_otherwise(setting):
                continue
            bus = _open(setting)
            try:
                for index, step in enumerate(steps):
                    if step.setting == setting and not self._is_known(step):
                        self._audience.going(step, duration_s((*steps[index:], *beyond()), PRESENCE_QUESTIONS))
                        await self._take(step, bus)
            except WireDown as down:
                self._pass_over(setting, down)
            finally:
                await bus.close()

    def _pass_over(self, setting: Setting, down: WireDown) -> None:
        """Go on where only a rate or a TCP port is out of reach; not where the port is gone."""
        if setting.kind == "rtu" and not isinstance(down.__cause__, ValueError | termios.error):
            raise PortUnusable(str(down)) from down
        self.unusable[setting] = str(down)
        self._audience.passed_over(setting, str(down))

    def _is_framed_otherwise(self, setting: Setting) -> bool:
        """Tell whether the port speaks Modbus TCP; it does not speak plain RTU too."""
        return setting.kind == "rtu_over_tcp" and any(
            (one.kind, one.host, one.port) == ("tcp", setting.host, setting.port) for one in self.answered
        )

    def _is_known(self, step: Step) -> bool:
        """Tell whether the unit answered well at this speed; with other stop bits it is no other device."""
        find = self._found.get((step.setting.baud, step.unit))
        return find is not None and not find.is_collision and step.setting.kind == find.setting.kind

    async def _take(self, step: Step, bus: ModbusBus) -> None:
        find = await examine_unit(step, bus, self._models)
        if find is None:
            return
        self.answered.add(step.setting)
        known = self._found.get((step.setting.baud, step.unit))
        if known is not None and find.is_collision:
            return
        self._found[step.setting.baud, step.unit] = find
        self._audience.found(find)


def _open(setting: Setting) -> ModbusBus:
    return open_bus(
        setting.kind,
        device=setting.device,
        baud=setting.baud,
        parity=setting.parity,
        stop_bits=setting.stop_bits,
        host=setting.host,
        port=setting.port,
    )
