"""Looks on at one bus: its statistics, what they hint at (logged once), and its frames for whoever wants them."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from drivers.modbus.bus import ModbusBus
from drivers.modbus.frames import Direction, Frame
from drivers.modbus.line import Framing
from drivers.modbus.usb_latency import latency_timer_ms
from gateway.core.line_telemetry import Cause, DeviceStatistics, LineHint, LinePace, LineSnapshot, PassingFrame
from gateway.field.line_health import Line, hints, since
from gateway.settings import BusKind, BusSettings

log = structlog.get_logger()

# Hints are judged on the last ten minutes: long enough for a pattern, short enough to see whether a repair helped.
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
        self._earlier: deque[tuple[DeviceStatistics, ...]] = deque(maxlen=_LOOKS)
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
        for hint in self._hints(self._statistics()):
            if (hint.cause, hint.device) not in self._told:
                self._told.add((hint.cause, hint.device))
                log.warning("line_health", bus=self._settings.name, device=hint.device, hint=hint.text)
        self._earlier.append(self._statistics())

    def snapshot(self) -> LineSnapshot:
        """Return what is known of the line now."""
        statistics = self._statistics()
        return LineSnapshot(
            name=self._settings.name,
            kind=self._settings.kind.value,
            place=self._bus.name,
            settings=_how_it_speaks(self._settings),
            devices=statistics,
            hints=(*self._doubts(), *self._hints(statistics)),
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

    def _statistics(self) -> tuple[DeviceStatistics, ...]:
        return tuple(self._statistics_of(one) for one in self._residents)

    def _statistics_of(self, resident: Resident) -> DeviceStatistics:
        unit = self._bus.statistics(resident.unit)
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

    def _hints(self, statistics: tuple[DeviceStatistics, ...]) -> tuple[LineHint, ...]:
        recent = since(self._earlier[0], statistics) if self._earlier else statistics
        is_serial = self._settings.kind is not BusKind.TCP
        return hints(Line(is_serial, self._latency_timer_ms(), recent))

    def _doubts(self) -> tuple[LineHint, ...]:
        return tuple(
            LineHint(Cause.METER_IN_DOUBT, resident.name, doubt)
            for resident in self._residents
            for doubt in resident.doubts()
        )

    def _latency_timer_ms(self) -> int | None:
        return None if self._settings.device is None else latency_timer_ms(self._settings.device)


def _how_it_speaks(bus: BusSettings) -> str:
    match bus.kind:
        case BusKind.RTU:
            return f"{bus.baud} baud 8{bus.parity}{bus.stop_bits}"
        case BusKind.RTU_OVER_TCP:
            return "RTU over TCP"
        case BusKind.TCP:
            return "Modbus TCP"
