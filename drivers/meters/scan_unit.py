"""Finding out what answers at one unit id: whether anybody does, whether it is one device, and which. Reads only.

First the questions that any device answers, if only with a refusal. Whoever answers is asked again: two devices with
one id spoil each other's replies, or disagree, or answer twice. Then identity, other kinds of devices, and physics.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable
from drivers.meters.identify import is_certain, recognised
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
from drivers.meters.scan_plan import Setting, Step
from drivers.meters.vocabulary import MeterModel, self_said, words_as_text
from drivers.modbus.bus import ModbusBus
from drivers.modbus.identification import PRODUCT, VENDOR
from drivers.modbus.request import Function
from drivers.modbus.wire import WireDown

# Eastron wants 60 ms between requests, openWB gives some of them 100.
_GAP_S = 0.06
# A whole identity reply at 2400 baud takes 100 ms after the device's own time.
_REPLY_S = 0.5
# A unit that answered is asked so often in all: of two devices with one id, one may miss a question.
_ASKED = 4


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
    With none of these, `guess` is what physics tells, None if not even that. `is_certain`: the identity proves the
    model; `says`: what an unknown device says of itself.
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
    is_certain: bool = False
    says: str | None = None

    @property
    def is_collision(self) -> bool:
        """More replies were spoilt than good: nothing said of the device can be trusted."""
        return 2 * self.garbled >= self.heard


async def examine_unit(step: Step, bus: ModbusBus, models: Sequence[MeterModel]) -> Find | None:
    """Find out whether a unit answers, and what it is; None if nobody does.

    Raises WireDown where the port cannot be opened.
    """
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
    return replace(
        find,
        reply_ms=bus.statistics(find.unit).reply_p50_ms,
        models=named,
        controller=controller,
        fits=fits,
        guess=found,
        is_certain=bool(named) and is_certain(named[0], interview.words),
        says=None if named else await _said(interview),
    )


async def _said(interview: Interview) -> str | None:
    """Return maker and product code as the device tells them; None where it does not."""
    texts = [shown for number in (VENDOR, PRODUCT) if (shown := await interview.ask(self_said(number)))]
    return " ".join(words_as_text(words) for words in texts) or None


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


async def _asks_holding(bus: ModbusBus, unit: int, timeout_s: float) -> Reply:
    return await _outcome(bus.read_registers(unit, Function.READ_HOLDING, 0, 2, timeout_s))


async def _asks_input(bus: ModbusBus, unit: int, timeout_s: float) -> Reply:
    return await _outcome(bus.read_registers(unit, Function.READ_INPUT, 0, 2, timeout_s))


async def _asks_coils(bus: ModbusBus, unit: int, timeout_s: float) -> Reply:
    return await _outcome(bus.read_coils(unit, 0, COILS, timeout_s))


# A device refuses what it does not have, so one question would do; cheap ones are silent instead. Two input registers,
# because Eastrons answer one with an odd word.
_PRESENCE = (_asks_holding, _asks_input, _asks_coils)

PRESENCE_QUESTIONS = len(_PRESENCE)
"""How many questions a thorough step asks."""
