"""Looks on at one bus: its statistics, what they hint at (logged once), and its frames for whoever wants them."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from drivers.modbus.bus import ModbusBus
from drivers.modbus.frames import Direction, Frame
from drivers.modbus.line import Framing
from drivers.modbus.statistics import OUTAGE_AFTER, UnitStatistics, share
from drivers.modbus.usb_latency import latency_timer_ms
from gateway.core.line_telemetry import Cause, DeviceStatistics, LineHint, LinePace, LineSnapshot, PassingFrame
from gateway.field.line_health import Line, goes_on_failing, hints, since
from gateway.settings import BusKind, BusSettings

log = structlog.get_logger()

# Hints are judged on the last ten minutes: long enough for a pattern, short enough to see whether a repair helped.
# A device that has fallen silent or come back since is judged on what was since then.
_LOOK_EVERY_S = 60.0
_LOOKS = 10

Ear = Callable[[PassingFrame], None]


@dataclass(frozen=True, slots=True)
class Resident:
    """A device of the configuration on this bus; `what` is its model or kind, `doubts` what its examination found."""

    name: str
    what: str
    unit: int
    doubts: Callable[[], tuple[str, ...]] = tuple


@dataclass(frozen=True, slots=True)
class _Look:
    """What each resident's counts were, as they are shown and as the bus has them."""

    devices: tuple[DeviceStatistics, ...]
    units: tuple[UnitStatistics, ...]


class LineWatch:
    """One bus as the technician's window shows it."""

    def __init__(
        self,
        settings: BusSettings,
        bus: ModbusBus,
        residents: Sequence[Resident],
        pace: Callable[[], LinePace] | None = None,
    ) -> None:
        self._pace = pace
        self._settings = settings
        self._bus = bus
        self._residents = tuple(residents)
        self._earlier: deque[_Look] = deque(maxlen=_LOOKS)
        self._ears: set[Ear] = set()
        self._is_tapped = False
        self._told: set[tuple[Cause, str | None]] = set()

    async def run(self) -> None:
        """Look again and again until cancelled; a hint is logged when it comes up for the first time."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Judge the line now, log what is new, and remember the counts."""
        now = self._look()
        for hint in self._hints(now):
            if (hint.cause, hint.device) not in self._told:
                self._told.add((hint.cause, hint.device))
                log.warning("line_health", bus=self._settings.name, device=hint.device, hint=hint.text)
        self._earlier.append(now)

    def snapshot(self) -> LineSnapshot:
        """Return what is known of the line now."""
        now = self._look()
        return LineSnapshot(
            name=self._settings.name,
            kind=self._settings.kind.value,
            place=self._bus.name,
            settings=_how_it_speaks(self._settings),
            devices=now.devices,
            hints=(*self._doubts(), *self._hints(now)),
            latency_timer_ms=self._latency_timer_ms(),
            pace=self._pace() if self._pace is not None else None,
        )

    def listen(self, ear: Ear) -> None:
        """Let `ear` hear every frame until `ignore`; it must neither raise nor block."""
        if not self._is_tapped:
            self._is_tapped = True
            self._bus.add_tap(self._tell)
        self._ears.add(ear)

    def ignore(self, ear: Ear) -> None:
        """Stop telling `ear`."""
        self._ears.discard(ear)

    def _tell(self, frame: Frame) -> None:
        if not self._ears:
            return
        is_tcp, is_sent = self._bus.framing is Framing.TCP, frame.direction is Direction.SENT
        passing = PassingFrame(self._settings.name, is_tcp, is_sent, frame.at_ns, frame.data)
        for ear in tuple(self._ears):
            ear(passing)

    def _look(self) -> _Look:
        units = tuple(self._bus.statistics(one.unit) for one in self._residents)
        return _Look(tuple(map(_shown, self._residents, units)), units)

    def _hints(self, now: _Look) -> tuple[LineHint, ...]:
        recent = _since(self._earlier[0], now) if self._earlier else now.devices
        judged = tuple(map(_newest_stretch, recent, now.devices, now.units))
        is_serial = self._settings.kind is not BusKind.TCP
        return hints(Line(is_serial, self._latency_timer_ms(), judged))

    def _doubts(self) -> tuple[LineHint, ...]:
        return tuple(
            LineHint(Cause.METER_IN_DOUBT, resident.name, doubt)
            for resident in self._residents
            for doubt in resident.doubts()
        )

    def _latency_timer_ms(self) -> int | None:
        return None if self._settings.device is None else latency_timer_ms(self._settings.device)


def _since(earlier: _Look, now: _Look) -> tuple[DeviceStatistics, ...]:
    """Return the counts between two looks, and the share of the line's time between them."""
    return tuple(
        replace(device, utilisation=share(unit.held_s - before.held_s, unit.known_s - before.known_s))
        for device, before, unit in zip(since(earlier.devices, now.devices), earlier.units, now.units, strict=True)
    )


def _newest_stretch(recent: DeviceStatistics, shown: DeviceStatistics, unit: UnitStatistics) -> DeviceStatistics:
    """Return the counts since a device fell silent or came back, where that is less than what is recent.

    What stands still is no cable that fails now and then, and what was mended is not what it was before.
    """
    if not recent.requests:  # the last look was a moment ago
        recent = shown
    is_out = unit.requests - unit.at_reply.requests >= OUTAGE_AFTER
    before = (unit.at_reply if is_out else unit.at_return)._asdict()
    stretch = replace(shown, **{name: getattr(shown, name) - count for name, count in before.items()})
    is_newer = stretch.requests < recent.requests and not goes_on_failing(stretch)
    return replace(stretch, utilisation=recent.utilisation) if is_out or is_newer else recent


def _shown(resident: Resident, unit: UnitStatistics) -> DeviceStatistics:
    return DeviceStatistics(
        name=resident.name,
        what=resident.what,
        unit=resident.unit,
        requests=unit.requests,
        replies=unit.replies,
        timeouts=unit.timeouts,
        misfits=unit.misfits,
        crc_errors=unit.crc_errors,
        refusals=unit.refusals,
        late_frames=unit.late_frames,
        reply_p50_ms=unit.reply_p50_ms,
        reply_p99_ms=unit.reply_p99_ms,
        utilisation=unit.utilisation,
    )


def _how_it_speaks(bus: BusSettings) -> str:
    match bus.kind:
        case BusKind.RTU:
            return f"{bus.baud} baud 8{bus.parity}{bus.stop_bits}"
        case BusKind.RTU_OVER_TCP:
            return "RTU over TCP"
        case BusKind.TCP:
            return "Modbus TCP"
