"""A watch tells of a real bus what it carries, hints once in the log, and lets others listen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal

import pytest
import structlog
from hwsim.bad_wire import Fault, Mode
from hwsim.line import Line
from hwsim.site import BusKind as SimulatedKind
from hwsim.site import BusPlan, MeterPlan, SimulatedSite, SitePlan

from drivers.errors import DeviceMisbehaved, DriverError
from drivers.modbus.bus import ModbusBus, open_bus
from gateway.core.line_telemetry import Cause, PassingFrame
from gateway.field.examined_meter import ExaminedMeter
from gateway.field.line_watch import LineWatch, Resident
from gateway.settings import BusKind, BusSettings

BAUD = 115200
METERS = (MeterPlan("hall", 1, "abb-b23"), MeterPlan("hall", 2, "abb-b23"))


@asynccontextmanager
async def hall() -> AsyncIterator[tuple[SimulatedSite, ModbusBus, LineWatch]]:
    plan = SitePlan((BusPlan("hall", SimulatedKind.PTY, Line(BAUD)),), meters=METERS)
    async with SimulatedSite(plan) as site:
        settings = BusSettings("hall", BusKind.RTU, device=site.pty("hall").path, baud=BAUD)
        bus = open_bus("rtu", device=settings.device, baud=BAUD)
        residents = [Resident("left", "abb-b23", 1), Resident("right", "abb-b23", 2)]
        yield site, bus, LineWatch(settings, bus, residents)
        await bus.close()


async def read(bus: ModbusBus, unit: int, times: int = 1) -> None:
    for _ in range(times):
        with suppress(DriverError):
            await bus.read_registers(unit, 3, 0x5B2C, 1, 0.2)


def causes(watch: LineWatch) -> set[Cause]:
    return {hint.cause for hint in watch.snapshot().hints}


async def test_a_snapshot_says_where_the_line_is_and_how_each_device_answers() -> None:
    async with hall() as (_, bus, watch):
        await read(bus, 1, times=3)
        seen = watch.snapshot()
    assert (seen.name, seen.kind, seen.place, seen.settings) == ("hall", "rtu", bus.name, "115200 baud 8N1")
    left, right = seen.devices
    assert (left.name, left.what, left.unit, left.requests, left.replies) == ("left", "abb-b23", 1, 3, 3)
    assert left.reply_p50_ms is not None
    assert left.reply_p50_ms <= left.reply_p99_ms
    assert (right.requests, right.reply_p50_ms) == (0, None)
    assert seen.latency_timer_ms is None
    assert seen.hints == ()


@pytest.mark.slow
async def test_a_hint_is_logged_when_it_comes_up_and_not_again() -> None:
    async with hall() as (site, bus, watch):
        site.buses["hall"].break_unit(2, Fault(Mode.FLIPPED_CRC))
        with structlog.testing.capture_logs() as lines:
            for _ in range(2):
                await read(bus, 1, times=30)
                await read(bus, 2, times=30)
                watch.look()
    told = [line for line in lines if line["device"] is not None]
    assert [(line["event"], line["bus"], line["device"]) for line in told] == [("line_health", "hall", "right")]
    assert "two devices have unit id 2" in told[0]["hint"]
    assert len({line["hint"] for line in lines}) == len(lines)


@pytest.mark.slow
async def test_two_meters_with_one_id_that_answer_one_after_the_other_are_called_so() -> None:
    async with hall() as (site, bus, watch):
        site.buses["hall"].break_unit(2, Fault(Mode.DUPLICATED))
        await read(bus, 2, times=30)
        hints = [hint.text for hint in watch.snapshot().hints if hint.cause is Cause.DOUBLE_ID]
    assert len(hints) == 1
    assert hints[0].startswith("it answers twice: two devices have unit id 2")


async def test_a_device_that_seems_to_return_and_goes_on_failing_is_not_taken_for_mended() -> None:
    async with hall() as (site, bus, watch):
        hall_bus = site.buses["hall"]
        hall_bus.break_unit(2, Fault(Mode.DUPLICATED))
        await read(bus, 2, times=40)
        hall_bus.break_unit(2, Fault(Mode.FLIPPED_CRC))
        await read(bus, 2, times=5)
        hall_bus.break_unit(2, Fault(Mode.DUPLICATED))
        await read(bus, 2, times=8)
        assert Cause.DOUBLE_ID in causes(watch)


@pytest.mark.slow
async def test_a_repair_shows_in_the_hints_after_the_last_look() -> None:
    async with hall() as (site, bus, watch):
        site.buses["hall"].break_unit(2, Fault(Mode.FLIPPED_CRC))
        await read(bus, 1, times=30)
        await read(bus, 2, times=30)
        assert Cause.DOUBLE_ID in causes(watch)
        watch.look()
        site.buses["hall"].mend(2)
        await read(bus, 1, times=30)
        await read(bus, 2, times=30)
        assert Cause.DOUBLE_ID not in causes(watch)


async def test_a_line_that_was_idle_for_long_is_full_from_when_it_is() -> None:
    async with hall() as (_, bus, watch):
        await read(bus, 1)
        async with hall() as (_, elsewhere, _):
            await read(elsewhere, 9, times=5)  # nobody is there: this line rests meanwhile
        watch.look()
        await read(bus, 1, times=60)
        (left, _) = watch.snapshot().devices
        assert left.utilisation < Decimal("0.9")
        assert Cause.FULL_LINE in causes(watch)


@pytest.mark.slow
async def test_a_device_that_falls_silent_is_called_so_at_once_and_after_its_return_no_more() -> None:
    async with hall() as (site, bus, watch):
        await read(bus, 1, times=30)
        await read(bus, 2, times=30)
        watch.look()
        site.buses["hall"].break_unit(2, Fault(Mode.SILENCE))
        await read(bus, 2, times=4)
        assert Cause.SILENT_DEVICE not in causes(watch)
        await read(bus, 2)
        (told,) = (hint for hint in watch.snapshot().hints if hint.cause is not Cause.FULL_LINE)
        assert (told.cause, told.device) == (Cause.SILENT_DEVICE, "right")
        site.buses["hall"].mend(2)
        while bus.statistics(2).replies < 60:  # enough to be judged again
            await read(bus, 1)
            await read(bus, 2)
        assert causes(watch) <= {Cause.FULL_LINE}


async def test_who_listens_hears_every_frame_until_he_is_tired_of_it() -> None:
    heard: list[PassingFrame] = []
    async with hall() as (_, bus, watch):
        await read(bus, 1)
        watch.listen(heard.append)
        await read(bus, 1)
        watch.ignore(heard.append)
        passed = len(heard)
        await read(bus, 1)
    assert len(heard) == passed
    assert {(frame.bus, frame.is_tcp) for frame in heard} == {("hall", False)}
    question, answer = heard[-2:]
    assert (question.is_sent, question.data[:6]) == (True, bytes.fromhex("01 03 5b 2c 00 01"))
    assert (answer.is_sent, answer.data[:3]) == (False, bytes.fromhex("01 03 02"))
    assert question.at_ns < answer.at_ns


class Shown:
    """A meter that shows this, or fails so, in turn."""

    def __init__(self, *shown: object) -> None:
        self._shown = list(shown)

    async def read(self) -> object:
        now = self._shown.pop(0)
        if isinstance(now, Exception):
            raise now
        return now


async def test_a_doubt_about_a_meter_is_logged_once_and_shown_among_the_hints() -> None:
    looked_at: list[object] = []

    async def examine(readings: object) -> tuple[str, ...]:
        looked_at.append(readings)
        return ("the model is wrong; set another",)

    meter = ExaminedMeter("left", Shown(DeviceMisbehaved("crackle"), {}, {}), examine)
    with structlog.testing.capture_logs() as lines:
        with suppress(DriverError):
            await meter.read()
        assert looked_at == [], "an answer that is no answer proves nothing"
        await meter.read()
        await meter.read()
    assert looked_at == [{}]
    assert [(line["event"], line["meter"]) for line in lines] == [("meter_in_doubt", "left")]
    settings = BusSettings("hall", BusKind.TCP, host="127.0.0.1", port=502)
    bus = open_bus("tcp", host="127.0.0.1")
    watch = LineWatch(settings, bus, [Resident("left", "abb-b23", 1, meter.doubts)])
    (hint,) = watch.snapshot().hints
    assert (hint.cause, hint.device, hint.text) == (Cause.METER_IN_DOUBT, "left", "the model is wrong; set another")
