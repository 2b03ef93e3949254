"""Which cause a pattern of errors has, as a table of rules. Pure.

The figures are field experience more than science: a good RS-485 line loses less than one frame in a thousand, so one
in a hundred is a pattern, and what only one device shows is not the cable that all share.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from drivers.modbus.statistics import OUTAGE_AFTER, Counts
from gateway.core.line_telemetry import Cause, DeviceStatistics, LineHint

# Less than this was asked, or went wrong: one glitch would look like a pattern.
_LEAST_REQUESTS = 30
_LEAST_EVENTS = 3
_PATTERN = 0.01
_OFTEN = 0.1
_MOSTLY = 0.5
_CLEAN = 0.002
_FULL = 0.9
# FTDI's default; 1 ms is what a bus wants. Anything beyond 4 ms is felt in every reply.
_SLOW_TIMER_MS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """What is judged: the devices with their counts of the last minutes; `is_serial`: there is a cable to be wrong."""

    is_serial: bool
    latency_timer_ms: int | None
    devices: tuple[DeviceStatistics, ...]


@dataclass(frozen=True, slots=True)
class LineRule:
    """A pattern of the whole line."""

    cause: Cause
    applies: Callable[[Line], bool]
    text: str


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """A pattern of one device among its neighbours."""

    cause: Cause
    applies: Callable[[Line, DeviceStatistics], bool]
    text: str


def hints(line: Line) -> tuple[LineHint, ...]:
    """Return what the line's patterns hint at; of one device the first rule that applies."""
    asked = _excused(replace(line, devices=tuple(one for one in line.devices if one.replies or _is_enough(one))))
    found = [LineHint(rule.cause, None, rule.text) for rule in LINE_RULES if rule.applies(asked)]
    if any(hint.cause in _ALL_SAID for hint in found):
        return tuple(found)
    for device in asked.devices:
        for rule in DEVICE_RULES:
            if rule.applies(asked, device):
                found.append(LineHint(rule.cause, device.name, rule.text.format(unit=device.unit)))
                break
    return tuple(found)


def since(earlier: Sequence[DeviceStatistics], later: Sequence[DeviceStatistics]) -> tuple[DeviceStatistics, ...]:
    """Return the counts between two looks at the same devices; a device that was not there counts from nothing."""
    known = {one.name: one for one in earlier}
    return tuple(
        replace(now, **{count: getattr(now, count) - getattr(known[now.name], count) for count in Counts._fields})
        if now.name in known
        else now
        for now in later
    )


def _excused(line: Line) -> Line:
    """Leave out what a device that speaks out of turn does to the questions that fall into its frames.

    No cable makes whole frames at the wrong time, and whole frames spoil no checksum: so what the checksums betrayed
    still counts, and a device that answers nothing has troubles of its own.
    """
    speakers = [_share(one.late_frames, one) for one in line.devices]
    loudest = max(speakers, default=0.0)
    if loudest < _OFTEN or sum(4 * share >= loudest for share in speakers) > 1:
        return line
    devices = (
        replace(one, misfits=one.crc_errors) if share == loudest else _unheard(one)
        for one, share in zip(line.devices, speakers, strict=True)
    )
    return replace(line, devices=tuple(devices))


def _unheard(neighbour: DeviceStatistics) -> DeviceStatistics:
    is_there = bool(neighbour.replies) and _share(neighbour.timeouts, neighbour) < _OFTEN
    timeouts = 0 if is_there else neighbour.timeouts
    return replace(neighbour, misfits=neighbour.crc_errors, timeouts=timeouts, late_frames=0)


def goes_on_failing(back: DeviceStatistics) -> bool:
    """Whether a device that came back only seems mended: too little was asked since to judge, and yet it failed."""
    return not _is_enough(back) and max(back.requests - back.replies, back.late_frames) >= _LEAST_EVENTS


def _is_enough(device: DeviceStatistics) -> bool:
    """Whether so many questions say something: fewer do where none at all was answered."""
    return device.requests >= (_LEAST_REQUESTS if device.replies else OUTAGE_AFTER)


def _share(count: int, device: DeviceStatistics) -> float:
    return count / device.requests if count >= _LEAST_EVENTS and _is_enough(device) else 0.0


def _spoilt(device: DeviceStatistics) -> float:
    return _share(device.misfits, device)


def _neighbours(line: Line, device: DeviceStatistics) -> list[DeviceStatistics]:
    return [one for one in line.devices if one is not device]


def _nobody_answers(line: Line) -> bool:
    return line.is_serial and bool(line.devices) and not any(map(_is_heard, line.devices))


def _is_heard(device: DeviceStatistics) -> bool:
    return bool(device.replies or device.misfits or device.late_frames)


def _all_is_spoilt(line: Line) -> bool:
    heard = [one for one in line.devices if one.replies or one.misfits]
    return line.is_serial and bool(heard) and all(not one.replies for one in heard)


def _several_lose_some(line: Line) -> bool:
    spoilt = [one for one in line.devices if _spoilt(one) >= _PATTERN]
    return line.is_serial and len(spoilt) > 1 and any(one.replies for one in line.devices)


def _answers_twice(line: Line, device: DeviceStatistics) -> bool:
    """Frames come that nobody waits for, though hardly a question went unanswered: two speak one after the other."""
    return line.is_serial and _share(device.late_frames, device) >= _OFTEN and 4 * device.timeouts < device.late_frames


def _spoilt_alone(line: Line, device: DeviceStatistics) -> bool:
    others = _neighbours(line, device)
    return line.is_serial and _spoilt(device) >= _OFTEN and all(_spoilt(one) <= _CLEAN for one in others)


LINE_RULES = (
    LineRule(
        Cause.USB_LATENCY,
        lambda line: line.latency_timer_ms is not None and line.latency_timer_ms >= _SLOW_TIMER_MS,
        "the USB adapter holds every reply back for up to its latency_timer, as from the factory; install the udev"
        " rule 61-ocpi-gateway.rules and plug it in anew, or write 1 to"
        " /sys/bus/usb-serial/devices/PORT/latency_timer",
    ),
    LineRule(
        Cause.NOBODY_ANSWERS,
        _nobody_answers,
        "no device answers and no byte comes back: A and B are swapped, the baud rate is wrong, or the line has no"
        " power; swap A and B first, then run ocpi-gateway bus scan",
    ),
    LineRule(
        Cause.WRONG_PARITY,
        _all_is_spoilt,
        "bytes come back and no reply is whole: parity, stop bits or baud rate differ; run ocpi-gateway bus scan, or"
        " look at a meter's display",
    ),
    LineRule(
        Cause.TERMINATION,
        _several_lose_some,
        "replies of several devices are spoilt now and then: check the 120 ohm terminators (both ends of the line and"
        " nowhere else), the bias, long stubs, and the cable's distance from motor and contactor leads",
    ),
    LineRule(
        Cause.FULL_LINE,
        lambda line: sum(one.utilisation for one in line.devices if _is_enough(one)) >= _FULL,
        "the line is busy all the time: raise poll_interval_s or the baud rate, or split the line",
    ),
)

# After these nothing that a single device shows is its own fault.
_ALL_SAID = frozenset({Cause.NOBODY_ANSWERS, Cause.WRONG_PARITY, Cause.TERMINATION})

DEVICE_RULES = (
    DeviceRule(
        Cause.DOUBLE_ID,
        _spoilt_alone,
        "its replies are spoilt while its neighbours' are clean: two devices have unit id {unit}, or its own stub is"
        " bad; switch it off and see whether unit {unit} still answers",
    ),
    DeviceRule(
        Cause.DOUBLE_ID,
        _answers_twice,
        "it answers twice: two devices have unit id {unit}, or a converter repeats; switch it off and see whether unit"
        " {unit} still answers",
    ),
    DeviceRule(
        Cause.TERMINATION,
        lambda line, device: line.is_serial and _spoilt(device) >= _PATTERN,
        "its replies are spoilt now and then: check the 120 ohm terminators (both ends of the line and nowhere else),"
        " its stub, and the clamps of A and B",
    ),
    DeviceRule(
        Cause.LATE_REPLIES,
        lambda _line, device: _share(device.late_frames, device) >= _PATTERN,
        "its replies come after the time-out: raise its timeout_s",
    ),
    DeviceRule(
        Cause.WRONG_MODEL,
        lambda _line, device: _share(device.refusals, device) >= _OFTEN,
        "it refuses what is asked: it is busy, if ocpi-gateway meters says so; else its model or unit id in the"
        " configuration is another device's; run ocpi-gateway bus scan with the gateway stopped",
    ),
    DeviceRule(
        Cause.SILENT_DEVICE,
        lambda line, device: not device.replies and any(one.replies for one in _neighbours(line, device)),
        "it is silent while its neighbours answer: check its power, its unit id ({unit}) and its own A and B",
    ),
    DeviceRule(
        Cause.LOOSE_WIRE,
        lambda _line, device: _PATTERN <= _share(device.timeouts, device) < _MOSTLY,
        "it leaves questions unanswered now and then: check its clamps and its supply, and whether another master"
        " speaks on the line",
    ),
)
