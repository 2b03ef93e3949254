"""Searching a bus: asks every unit id at every setting, and finds out what answers. Reads only; never writes.

A step asks the questions that any device answers, if only with a refusal. Whoever answers is asked again: two devices
with one id spoil each other's replies, or disagree. Then identity, other devices, and physics, in this order.
"""

import asyncio
import termios
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Protocol

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable
from drivers.meters.identify import recognised
from drivers.meters.identify_controllers import COILS, EVSE_BLOCK, ControllerGuess, is_evse_din
from drivers.meters.identify_device import Interview
from drivers.meters.identify_physics import (
    Fit,
    Guess,
    fitting_models,
    guess,
    narrower,
    other_phases,
    places_to_look,
    windows,
    with_these_phases,
)
from drivers.meters.scan_plan import Setting, Step, duration_s, first_steps, later_steps
from drivers.meters.vocabulary import MeterModel
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.modbus.framing import Function
from drivers.modbus.wire import WireDown

# Eastron wants 60 ms between requests, openWB gives some of them 100.
_GAP_S = 0.06
# A whole identity reply at 2400 baud takes 100 ms after the device's own time.
_REPLY_S = 0.5
# A unit that answered is asked so often in all: of two devices with one id, one may miss a question.
_ASKED = 4


class PortUnusable(Exception):
    """The port cannot be opened at all; the message says why and what to do."""


class Reply(StrEnum):
    """What came of one question."""

    NONE = "none"
    GOOD = "good"
    REFUSED = "refused"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class Find:
    """A unit that answers; of `heard` replies `garbled` were no whole frames, or contradicted each other.

    `models`: recognised by identity; `fits`: known models whose live values make sense; `controller`: no meter at all.
    With none of these, `guess` is what physics tells, None if not even that.
    """

    setting: Setting
    unit: int
    reply_ms: Decimal | None
    heard: int
    garbled: int
    models: tuple[MeterModel, ...] = ()
    controller: ControllerGuess | None = None
    fits: tuple[Fit, ...] = ()
    guess: Guess | None = None

    @property
    def is_collision(self) -> bool:
        """More replies were spoilt than good: nothing said of the device can be trusted."""
        return 2 * self.garbled >= self.heard


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
                        self._audience.going(step, duration_s((*steps[index:], *beyond()), len(_PRESENCE)))
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
        find = await _examine(step, bus, self._models)
        if find is None:
            return
        self.answered.add(step.setting)
        known = self._found.get((step.setting.baud, step.unit))
        if known is not None and find.is_collision:
            return
        self._found[step.setting.baud, step.unit] = find
        self._audience.found(find)


async def _examine(step: Step, bus: ModbusBus, models: Sequence[MeterModel]) -> Find | None:
    """Find out whether a unit answers, and what it is."""
    for question in _PRESENCE[: None if step.thorough else 1]:
        reply = await question(bus, step.unit, step.setting.patience_s)
        if reply is not Reply.NONE:
            break
    else:
        return None
    replies: list[Reply] = [reply]
    for _ in range(_ASKED - 1):
        await asyncio.sleep(_GAP_S)
        replies.append(await question(bus, step.unit, _REPLY_S))
    heard = [one for one in replies if one is not Reply.NONE]
    if heard == [Reply.GARBLED]:
        return None  # a crackle on the line
    do_disagree = {Reply.GOOD, Reply.REFUSED} <= set(heard)
    garbled = len(heard) if do_disagree else heard.count(Reply.GARBLED)
    if Reply.NONE not in replies:
        garbled = max(garbled, min(len(heard), bus.statistics(step.unit).late_frames))  # each reply came twice
    find = Find(step.setting, step.unit, None, len(heard), garbled)
    if find.is_collision:
        return find
    interview = Interview(bus, step.unit, timeout_s=_REPLY_S, gap_s=_GAP_S)
    return await _told_apart(find, interview, bus, models)


async def _told_apart(find: Find, interview: Interview, bus: ModbusBus, models: Sequence[MeterModel]) -> Find:
    """Say what the unit is: by identity, as another kind of device, or by physics."""
    await interview.settle_identity(models)
    named = recognised(models, interview.words)
    if len(named) > 1:
        for span in other_phases(named):
            await interview.ask(span)
        named = with_these_phases(named, interview.words)
    controller = None if named else await _controller(interview, bus, find.unit)
    fits: tuple[Fit, ...] = ()
    found: Guess | None = None
    if not named and controller is None:
        for span in places_to_look(models):
            await interview.ask(span)
        fits = fitting_models(models, interview.words)
        if not fits:
            await _search_windows(interview)
            found = guess(interview.words)
    times = bus.statistics(find.unit).reply_p50_ms
    return Find(find.setting, find.unit, times, find.heard, find.garbled, named, controller, fits, found)


async def _controller(interview: Interview, bus: ModbusBus, unit: int) -> ControllerGuess | None:
    if is_evse_din(await interview.ask(EVSE_BLOCK)):
        return ControllerGuess.EVSE_DIN
    await asyncio.sleep(_GAP_S)
    if await _asks_coils(bus, unit, _REPLY_S) is Reply.GOOD:
        return ControllerGuess.RELAY_BOARD
    return None


async def _search_windows(interview: Interview) -> None:
    open_windows = list(windows())
    while open_windows:
        window = open_windows.pop(0)
        if await interview.ask(window) is None:
            open_windows += narrower(window)


async def _outcome(question: Awaitable[object]) -> Reply:
    """Say what came of a question. Raises WireDown where the port cannot be opened; a lost connection is no answer."""
    try:
        await question
    except DeviceRefused:
        return Reply.REFUSED
    except DeviceMisbehaved:
        return Reply.GARBLED
    except DeviceUnavailable as fault:
        down = fault.__cause__
        if isinstance(down, WireDown) and down.__cause__ is not None:
            raise down  # noqa: B904 - `from` would replace the cause that tells why
        return Reply.NONE
    return Reply.GOOD


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


async def _asks_holding(bus: ModbusBus, unit: int, timeout_s: float) -> Reply:
    return await _outcome(bus.read_registers(unit, Function.READ_HOLDING, 0, 2, timeout_s))


async def _asks_input(bus: ModbusBus, unit: int, timeout_s: float) -> Reply:
    return await _outcome(bus.read_registers(unit, Function.READ_INPUT, 0, 2, timeout_s))


async def _asks_coils(bus: ModbusBus, unit: int, timeout_s: float) -> Reply:
    return await _outcome(bus.read_coils(unit, 0, COILS, timeout_s))


# A device refuses what it does not have, so one question would do; cheap ones are silent instead. Two input registers,
# because Eastrons answer one with an odd word.
_PRESENCE = (_asks_holding, _asks_input, _asks_coils)
