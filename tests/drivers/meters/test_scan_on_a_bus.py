"""A search of a real pty and a real socket finds what hangs there, says what it is, and changes nothing."""

import asyncio
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hwsim.bad_wire import Fault, Mode
from hwsim.line import Line
from hwsim.site import BusKind, BusPlan, ControllerKind, ControllerPlan, EvsePlan, MeterPlan, SimulatedSite, SitePlan
from scripted_modbus import Device, Unit, on_pty, on_tcp

from drivers.meters.identify_controllers import ControllerGuess
from drivers.meters.register_map import available_models, load_model
from drivers.meters.scan import PortUnusable, scan
from drivers.meters.scan_plan import Setting, Step, host_settings, serial_settings
from drivers.meters.scan_unit import Find
from drivers.modbus.codec import NumberType, WordOrder

pytestmark = pytest.mark.slow

MODELS = tuple(load_model(name) for name in available_models())
BAUD = 115200
WRITES = {5, 6, 15, 16}
# Type designation of an ABB B23.
B23 = {(3, 0x8960): 0x4232, (3, 0x8961): 0x3320}


class Notes:
    """What a technician would have been told."""

    def __init__(self) -> None:
        self.finds: list[Find] = []
        self.steps: list[Step] = []
        self.left_s: list[float] = []
        self.passed: list[str] = []
        self._reached: dict[int, asyncio.Event] = {}

    def going(self, step: Step, left_s: float) -> None:
        self.steps.append(step)
        self.left_s.append(left_s)
        self._reached.setdefault(step.unit, asyncio.Event()).set()

    async def comes_to(self, unit: int) -> None:
        await self._reached.setdefault(unit, asyncio.Event()).wait()

    def found(self, find: Find) -> None:
        self.finds.append(find)

    def passed_over(self, _setting: Setting, why: str) -> None:
        self.passed.append(why)


async def searched(settings: tuple[Setting, ...], units: tuple[int, ...] | None, *, quick: bool = False) -> Notes:
    notes = Notes()
    await scan(settings, units, MODELS, notes, quick=quick)
    return notes


def at(device: str) -> tuple[Setting, ...]:
    return (Setting("rtu", device, BAUD),)


def f32(value: float) -> tuple[int, int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


def a_site() -> SitePlan:
    return SitePlan(
        (BusPlan("bus", BusKind.PTY, Line(BAUD)),),
        evses=(
            EvsePlan("A", MeterPlan("bus", 1, "abb-b23"), ControllerPlan("bus", 4, ControllerKind.RELAY_BOARD)),
            EvsePlan("B", MeterPlan("bus", 3, "eastron-sdm630"), ControllerPlan("bus", 5, ControllerKind.EVSE_DIN)),
        ),
    )


@pytest.mark.slow
async def test_a_cabinet_is_told_apart_device_by_device_and_nothing_is_written() -> None:
    async with SimulatedSite(a_site()) as site:
        written: list[bytes] = []
        bus = site.pty("bus")
        bus.taps.append(lambda seen, raw, _at: written.append(raw) if seen == "request" and raw[1] in WRITES else None)
        notes = await searched(at(bus.path), (1, 2, 3, 4, 5))
    assert [(find.unit, [model.name for model in find.models], find.controller) for find in notes.finds] == [
        (1, ["abb-b23"], None),
        (3, ["eastron-sdm630"], None),
        (4, [], ControllerGuess.RELAY_BOARD),
        (5, [], ControllerGuess.EVSE_DIN),
    ]
    assert all(find.reply_ms is not None and find.garbled == 0 for find in notes.finds)
    assert [step.unit for step in notes.steps] == [1, 2, 3, 4, 5]
    assert notes.left_s == sorted(notes.left_s, reverse=True)
    assert written == []


async def test_the_right_rate_is_found_among_wrong_ones() -> None:
    plan = SitePlan((BusPlan("bus", BusKind.PTY, Line(19200)),), meters=(MeterPlan("bus", 1, "abb-b23"),))
    async with SimulatedSite(plan) as site:
        device = site.pty("bus").path
        notes = await searched((Setting("rtu", device, 9600), Setting("rtu", device, 19200)), (1,))
    assert [str(find.setting) for find in notes.finds] == ["19200 baud 8N1"]


@pytest.mark.parametrize("together", [Mode.DUPLICATED, Mode.GARBAGE], ids=["one after the other", "at once"])
async def test_two_devices_with_one_id_are_called_that_and_nothing_is_said_of_either(together: Mode) -> None:
    plan = SitePlan((BusPlan("bus", BusKind.PTY, Line(BAUD)),), meters=(MeterPlan("bus", 1, "abb-b23"),))
    async with SimulatedSite(plan) as site:
        site.buses["bus"].break_unit(1, Fault(together))
        notes = await searched(at(site.pty("bus").path), (1,))
    (find,) = notes.finds
    assert find.is_collision
    assert find.garbled >= 3
    assert not find.models


async def test_a_crackle_is_no_device() -> None:
    plan = SitePlan((BusPlan("bus", BusKind.PTY, Line(BAUD)),), meters=(MeterPlan("bus", 1, "abb-b23"),))
    async with SimulatedSite(plan) as site:
        site.buses["bus"].break_unit(1, Fault(Mode.GARBAGE, times=1), Fault(Mode.SILENCE))
        notes = await searched(at(site.pty("bus").path), (1,))
    assert notes.finds == []


async def test_what_a_device_says_of_itself_names_its_model() -> None:
    plan = SitePlan((BusPlan("bus", BusKind.PTY, Line(BAUD)),), meters=(MeterPlan("bus", 1, "schneider-iem3255"),))
    async with SimulatedSite(plan) as site:
        notes = await searched(at(site.pty("bus").path), (1,))
    (find,) = notes.finds
    assert [model.name for model in find.models] == ["schneider-iem3255"]
    assert find.is_certain


async def test_what_an_unknown_device_says_of_itself_is_told() -> None:
    unit = Unit({(3, 0): 1, (3, 1): 2}, identification={0: b"ACME", 1: b"PM 9000", 2: b"1.0"})
    async with on_pty(Device({1: unit})) as line:
        notes = await searched(at(line.path), (1,))
    (find,) = notes.finds
    assert not find.models
    assert find.says == "ACME PM 9000"


def unknown_meter(floats: Mapping[int, float]) -> Unit:
    """Input registers 0..79 with floats, the least significant word first; no identity."""
    words = {(4, address): 0 for address in range(80)}
    for address, value in floats.items():
        high, low = f32(value)
        words |= {(4, address): low, (4, address + 1): high}
    return Unit(words)


@pytest.mark.slow
async def test_an_unknown_meter_is_read_by_its_volts_and_hertz() -> None:
    async with on_pty(Device({1: unknown_meter({20: 230.5, 22: 229.8, 24: 231.0, 50: 49.99})})) as line:
        notes = await searched(at(line.path), (1,))
    (find,) = notes.finds
    assert (find.models, find.fits, find.controller) == ((), (), None)
    assert find.guess is not None
    assert (find.guess.function, find.guess.voltage_address, find.guess.frequency_address) == (4, 20, 50)
    assert (find.guess.type, find.guess.word_order) == (NumberType.F32, WordOrder.LSW_FIRST)


@pytest.mark.slow
async def test_a_known_map_in_the_other_word_order_is_named_with_its_model() -> None:
    async with on_pty(Device({1: unknown_meter({0: 230.5, 2: 229.8, 4: 231.0, 0x46: 49.99})})) as line:
        notes = await searched(at(line.path), (1,))
    (find,) = notes.finds
    assert {fit.is_swapped for fit in find.fits} == {True}
    assert "eastron-sdm630" in {fit.model.name for fit in find.fits}


async def test_a_host_that_speaks_modbus_tcp_is_not_asked_for_plain_rtu_too() -> None:
    async with on_tcp(Device({1: Unit(B23)}, framing="tcp")) as host:
        notes = await searched(host_settings("127.0.0.1", host.port), (1,))
    assert [(find.setting.kind, find.models[0].name) for find in notes.finds] == [("tcp", "abb-b23")]
    assert {step.setting.kind for step in notes.steps} == {"tcp"}


async def test_rtu_behind_a_converter_is_found_as_such() -> None:
    plan = SitePlan((BusPlan("bus", BusKind.RTU_OVER_TCP),), meters=(MeterPlan("bus", 1, "abb-b23"),))
    async with SimulatedSite(plan) as site:
        notes = await searched(host_settings("127.0.0.1", site.tcp("bus").port), (1,))
    assert [find.setting.kind for find in notes.finds] == ["rtu_over_tcp"]


async def test_a_port_that_is_not_there_ends_the_search_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(PortUnusable, match="no such port; plug the adapter in"):
        await searched(serial_settings(str(tmp_path / "ttyUSB9")), None)


async def test_a_host_that_refuses_every_port_ends_the_search_with_its_remedy() -> None:
    async with on_tcp(Device({}, framing="tcp")) as host:
        port = host.port
    with pytest.raises(PortUnusable, match="connection refused; check `host` and `port`"):
        await searched(host_settings("127.0.0.1", port), (1,))


async def test_a_parity_that_the_port_cannot_have_is_passed_over() -> None:
    async with on_pty(Device({1: Unit(B23)})) as line:
        even = Setting("rtu", line.path, BAUD, "E")  # a pty takes no parity, and says so where nothing else changes
        notes = await searched((*at(line.path), even), (1, 2))
    assert len(notes.passed) == 1
    assert [find.models[0].name for find in notes.finds] == ["abb-b23"]


async def broken_off(settings: tuple[Setting, ...], units: tuple[int, ...] | None, *, at_unit: int) -> Notes:
    """Search until a unit is being asked, and press Ctrl-C."""
    notes = Notes()
    search = asyncio.create_task(scan(settings, units, MODELS, notes))
    await notes.comes_to(at_unit)
    search.cancel()
    with suppress(asyncio.CancelledError):
        await search
    return notes


async def test_a_search_that_is_broken_off_has_told_what_it_found_and_lets_the_port_go() -> None:
    async with on_pty(Device({1: Unit(B23)})) as line:
        notes = await broken_off(at(line.path), tuple(range(1, 200)), at_unit=2)
        again = await searched(at(line.path), (1,))
    assert [find.unit for find in notes.finds] == [1]
    assert [find.unit for find in again.finds] == [1]


async def test_what_is_left_shrinks_when_something_answered() -> None:
    async with on_pty(Device({1: Unit(B23)})) as line:
        settings = (*at(line.path), Setting("rtu", line.path, 9600))
        notes = await broken_off(settings, None, at_unit=2)
    before, after = notes.left_s
    assert before > 2 * 243 * 0.25
    assert 243 * 0.25 < after < before - 240 * 0.25


@pytest.mark.slow
async def test_once_a_device_shows_how_the_line_speaks_other_settings_are_left_out() -> None:
    async with on_pty(Device({4: Unit(B23)})) as line:
        settings = (*at(line.path), Setting("rtu", line.path, 9600))
        notes = await broken_off(settings, None, at_unit=5)
    assert [find.unit for find in notes.finds] == [4]
    assert notes.left_s[-2] > 2 * 240 * 0.25 > notes.left_s[-1]


@pytest.mark.slow
async def test_quick_asks_only_the_ids_of_the_factory() -> None:
    async with on_pty(Device({})) as line:
        notes = await searched(at(line.path), None, quick=True)
    assert [step.unit for step in notes.steps] == [1, 2, 33, 42]
