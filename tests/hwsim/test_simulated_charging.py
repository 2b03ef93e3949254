"""Cars, contactors and whole sites behave as iron does: energy is exact, and what is broken stays broken."""

from pathlib import Path

import pytest
from hwsim.car import Car, Load, Pilot
from hwsim.evse_din import EvseDin
from hwsim.line import Line
from hwsim.meter_models import METER_MODELS
from hwsim.modbus_server import answer
from hwsim.relay_board import RelayBoard
from hwsim.site import (
    BusKind,
    BusPlan,
    ControllerKind,
    ControllerPlan,
    EvsePlan,
    MeterPlan,
    SimulatedSite,
    SitePlan,
)
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

SECOND = 1_000_000_000


class Stopwatch:
    """Nanoseconds that pass when the test says so."""

    def __init__(self) -> None:
        self._now = 0

    def __call__(self) -> int:
        return self._now

    def passes(self, seconds: float) -> None:
        self._now += round(seconds * SECOND)


@pytest.fixture
def time() -> Stopwatch:
    return Stopwatch()


def energy_wh(load: Load) -> int:
    return load.flow().energy_wh


def test_thirty_seconds_at_22_kw_are_183_wh(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=22_000), clock_ns=time)
    load.plug_in()
    load.switch(closed=True)
    time.passes(30)
    load.switch(closed=False)
    time.passes(3600)
    assert energy_wh(load) == 183


def test_energy_does_not_depend_on_how_often_somebody_looks(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=10_007), clock_ns=time, is_plugged=True, contactor_closed=True)
    load.flow()
    for _ in range(36_000):
        time.passes(0.1)
        load.flow()
    assert energy_wh(load) == 10_007


@pytest.mark.parametrize(("is_plugged", "closed"), [(False, True), (True, False), (False, False)])
def test_nothing_flows_without_both_car_and_contactor(time: Stopwatch, *, is_plugged: bool, closed: bool) -> None:
    load = Load(car=Car(wants_w=22_000), clock_ns=time, is_plugged=is_plugged, contactor_closed=closed)
    load.flow()
    time.passes(3600)
    assert energy_wh(load) == 0
    assert load.flow().total_mw == 0


def test_a_battery_is_full_after_exactly_its_energy_and_empty_again_at_the_next_plug(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=11_000, battery_wh=1_000), clock_ns=time)
    load.plug_in()
    load.switch(closed=True)
    time.passes(3600)
    assert energy_wh(load) == 1_000
    assert load.is_full
    assert load.flow().total_mw == 0
    load.unplug()
    load.plug_in()
    time.passes(3600)
    assert energy_wh(load) == 2_000


def test_the_offer_limits_the_current_of_each_phase(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=22_000, phases=3), clock_ns=time, is_plugged=True, contactor_closed=True)
    load.offer(10_000)
    flow = load.flow()
    assert flow.current_ma == (10_000, 10_000, 10_000)
    assert flow.total_mw == 6_900_000


def test_a_one_phase_car_loads_one_phase(time: Stopwatch) -> None:
    load = Load(car=Car(wants_w=2_300, phases=1), clock_ns=time, is_plugged=True, contactor_closed=True)
    assert load.flow().current_ma == (10_000, 0, 0)


@pytest.mark.parametrize(
    ("is_plugged", "offer_ma", "battery_wh", "is_rude", "pilot"),
    [
        (False, 16_000, None, False, Pilot.A),
        (True, 0, None, False, Pilot.B),
        (True, 5_999, None, False, Pilot.B),
        (True, 6_000, None, False, Pilot.C),
        (True, 16_000, 0, False, Pilot.B),
        (True, 0, None, True, Pilot.C),
        (False, 0, None, True, Pilot.A),
    ],
)
def test_the_pilot_follows_car_and_offer(
    *, is_plugged: bool, offer_ma: int, battery_wh: int | None, is_rude: bool, pilot: Pilot
) -> None:
    load = Load(car=Car(battery_wh=battery_wh, is_rude=is_rude), is_plugged=is_plugged, offer_ma=offer_ma)
    assert load.pilot is pilot


class TestRelayBoard:
    def test_a_coil_closes_the_contactor_behind_it_and_reads_back(self) -> None:
        load = Load()
        board = RelayBoard({2: load})
        assert answer(board, b"\x05\x00\x02\xff\x00") == b"\x05\x00\x02\xff\x00"
        assert load.contactor_closed
        assert answer(board, b"\x01\x00\x00\x00\x08") == b"\x01\x01\x04"
        assert answer(board, b"\x02\x00\x02\x00\x01") == b"\x02\x01\x01"

    def test_toggle_all_and_many_coils_at_once(self) -> None:
        board = RelayBoard({})
        answer(board, b"\x05\x00\x01\x55\x00")
        answer(board, b"\x0f\x00\x04\x00\x03\x01\x05")
        assert answer(board, b"\x01\x00\x00\x00\x08") == b"\x01\x01\x52"
        answer(board, b"\x05\x00\xff\x00\x00")
        assert answer(board, b"\x01\x00\x00\x00\x08") == b"\x01\x01\x00"

    def test_a_welded_contactor_conducts_though_its_coil_is_off(self) -> None:
        load = Load()
        board = RelayBoard({0: load})
        board.weld(0)
        assert load.contactor_closed
        assert answer(board, b"\x01\x00\x00\x00\x01") == b"\x01\x01\x00"
        assert answer(board, b"\x02\x00\x00\x00\x01") == b"\x02\x01\x01"
        board.repair(0)
        assert not load.contactor_closed

    def test_a_stuck_relay_acknowledges_and_stays(self) -> None:
        load = Load()
        board = RelayBoard({0: load})
        answer(board, b"\x05\x00\x00\xff\x00")
        board.stick(0)
        assert answer(board, b"\x05\x00\x00\x00\x00") == b"\x05\x00\x00\x00\x00"
        assert answer(board, b"\x01\x00\x00\x00\x01") == b"\x01\x01\x01"
        assert load.contactor_closed

    def test_listeners_hear_each_change_once(self) -> None:
        heard = []
        board = RelayBoard({})
        board.listeners.append(lambda coil, on, _at: heard.append((coil, on)))
        answer(board, b"\x05\x00\x03\xff\x00")
        answer(board, b"\x05\x00\x03\xff\x00")
        board.power_cycle()
        assert heard == [(3, True), (3, False)]

    @pytest.mark.parametrize(
        ("request_pdu", "code"),
        [
            (b"\x05\x00\x08\xff\x00", 2),
            (b"\x05\x00\x00\x12\x34", 3),
            (b"\x05\x00\x00\xff", 3),
            (b"\x01\x00\x07\x00\x02", 2),
            (b"\x01\x00\x00\x00\x00", 3),
            (b"\x0f\x00\x00\x00\x03\x02\x05\x00", 3),
            (b"\x04\x00\x00\x00\x01", 1),
            (b"\x2b\x0e\x01\x00", 1),
        ],
    )
    def test_what_the_board_does_not_have_is_refused(self, request_pdu: bytes, code: int) -> None:
        assert answer(RelayBoard({}), request_pdu) == bytes((request_pdu[0] | 0x80, code))


class TestEvseDin:
    @staticmethod
    def write(evse_din: EvseDin, address: int, word: int) -> bytes:
        return answer(evse_din, b"\x06" + address.to_bytes(2, "big") + word.to_bytes(2, "big"))

    def test_the_contactor_closes_when_a_car_asks_and_current_is_offered(self, time: Stopwatch) -> None:
        load = Load(car=Car(wants_w=22_000), clock_ns=time)
        evse_din = EvseDin(load)
        assert evse_din.read_holding(1000, 8) == [0, 0, 1, 32, 0, 18, 1, 0]
        load.plug_in()
        assert evse_din.read_holding(1002, 1) == [2]
        self.write(evse_din, 1000, 16)
        assert evse_din.read_holding(1000, 8) == [16, 16, 3, 32, 0, 18, 2, 1]
        time.passes(3600)
        assert energy_wh(load) == 11_040
        self.write(evse_din, 1000, 0)
        assert evse_din.read_holding(1002, 1) == [2]
        assert not load.contactor_closed

    def test_a_car_that_comes_to_a_released_socket_is_charged_at_once(self, time: Stopwatch) -> None:
        load = Load(clock_ns=time)
        evse_din = EvseDin(load)
        self.write(evse_din, 1000, 16)
        assert not load.contactor_closed
        load.plug_in()
        assert load.contactor_closed
        load.unplug()
        assert not load.contactor_closed
        assert evse_din.read_holding(1002, 1) == [1]

    def test_a_full_car_goes_back_to_b_and_the_contactor_opens(self, time: Stopwatch) -> None:
        load = Load(car=Car(battery_wh=500), clock_ns=time)
        evse_din = EvseDin(load)
        load.plug_in()
        self.write(evse_din, 1000, 16)
        time.passes(3600)
        assert evse_din.read_holding(1002, 1) == [2]
        assert not evse_din.is_closed
        assert energy_wh(load) == 500

    def test_a_welded_contactor_feeds_a_rude_car_that_nothing_is_offered_to(self, time: Stopwatch) -> None:
        load = Load(car=Car(wants_w=11_000, is_rude=True), clock_ns=time)
        evse_din = EvseDin(load)
        load.plug_in()
        assert not load.contactor_closed
        evse_din.weld()
        time.passes(3600)
        assert energy_wh(load) == 11_000
        assert evse_din.read_holding(1001, 2) == [0, 3]
        assert evse_din.read_holding(1007, 1) == [0]

    def test_a_failed_controller_signals_f_and_releases_nothing(self) -> None:
        load = Load()
        evse_din = EvseDin(load)
        load.plug_in()
        self.write(evse_din, 1000, 16)
        evse_din.fail()
        assert evse_din.read_holding(1002, 1) == [5]
        assert evse_din.read_holding(1006, 2) == [3, 2]
        assert evse_din.pilot is None
        assert not load.contactor_closed
        evse_din.repair()
        assert load.contactor_closed

    def test_the_off_switch_and_the_cable_bound_what_is_offered(self) -> None:
        load = Load()
        evse_din = EvseDin(load, cable_limit_a=20)
        self.write(evse_din, 1000, 32)
        assert evse_din.read_holding(1000, 2) == [32, 20]
        self.write(evse_din, 1004, 1)
        assert evse_din.read_holding(1001, 1) == [0]

    def test_a_power_cut_forgets_what_was_wanted(self) -> None:
        evse_din = EvseDin(Load())
        self.write(evse_din, 1000, 16)
        evse_din.power_cycle()
        assert evse_din.read_holding(1000, 1) == [0]

    @pytest.mark.parametrize(("address", "word", "code"), [(1000, 81, 3), (1002, 3, 2), (3000, 1, 2)])
    def test_what_cannot_be_written_is_refused(self, address: int, word: int, code: int) -> None:
        assert self.write(EvseDin(Load()), address, word) == bytes((0x86, code))


def site_plan(link: Path) -> SitePlan:
    return SitePlan(
        buses=(
            BusPlan("rs485", BusKind.PTY, Line(115200), link),
            BusPlan("ethernet", BusKind.TCP),
            BusPlan("converter", BusKind.RTU_OVER_TCP),
        ),
        evses=(
            EvsePlan(
                "A",
                MeterPlan("rs485", 1, "eastron-sdm630", 5_000_000),
                ControllerPlan("ethernet", 10, ControllerKind.RELAY_BOARD, 0),
                Car(wants_w=22_000),
            ),
            EvsePlan(
                "B",
                MeterPlan("rs485", 2, "abb-b23", 7_000_000),
                ControllerPlan("ethernet", 10, ControllerKind.RELAY_BOARD, 1),
            ),
            EvsePlan(
                "C",
                MeterPlan("converter", 3, "carlo-gavazzi-em340"),
                ControllerPlan("rs485", 11, ControllerKind.EVSE_DIN),
            ),
        ),
        meters=(MeterPlan("converter", 4, "eastron-sdm630", 1_000, turnaround_s=0.0),),
        idle_meter_w=4_600,
    )


async def test_a_site_charges_two_cars_behind_one_board_and_one_behind_a_pilot(tmp_path: Path) -> None:
    async with SimulatedSite(site_plan(tmp_path / "rs485")) as site:
        port = site.tcp("ethernet").port
        relays = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0)
        line = AsyncModbusSerialClient(site.pty("rs485").path, baudrate=115200, timeout=2, retries=0)
        await relays.connect()
        await line.connect()
        a, b, c = site.evses["A"], site.evses["B"], site.evses["C"]
        assert a.controller is b.controller
        for evse in (a, b, c):
            evse.plug_in()
        await relays.write_coil(0, value=True, device_id=10)
        await line.write_register(1000, 16, device_id=11)
        assert (a.is_closed, b.is_closed, c.is_closed) == (True, False, True)
        power = await line.read_input_registers(0x34, count=2, device_id=1)
        assert line.convert_from_registers(power.registers, line.DATATYPE.FLOAT32) == 22_000.0
        assert (b.load.flow().total_mw, c.load.flow().total_mw) == (0, 11_000_000)
        relays.close()
        line.close()


async def test_a_meter_without_an_evse_shows_a_steady_load(tmp_path: Path) -> None:
    async with SimulatedSite(site_plan(tmp_path / "rs485")) as site:
        bus = site.tcp("converter")
        client = AsyncModbusTcpClient(bus.host, port=bus.port, framer=FramerType.RTU, timeout=2, retries=0)
        await client.connect()
        power = await client.read_input_registers(0x34, count=2, device_id=4)
        assert client.convert_from_registers(power.registers, client.DATATYPE.FLOAT32) == 4_600.0
        client.close()


def test_welding_an_evse_makes_energy_flow_that_nobody_released(tmp_path: Path) -> None:
    site = SimulatedSite(site_plan(tmp_path / "rs485"))
    for evse in site.evses.values():
        evse.plug_in()
        assert evse.load.flow().total_mw == 0
        evse.weld()
        assert evse.load.flow().total_mw > 0
        evse.repair()
        assert evse.load.flow().total_mw == 0


def test_two_devices_on_one_unit_id_are_refused() -> None:
    plan = SitePlan(
        buses=(BusPlan("bus", BusKind.TCP),),
        meters=(MeterPlan("bus", 1, "abb-b23"), MeterPlan("bus", 1, "eastron-sdm630")),
    )
    with pytest.raises(ValueError, match="two devices with unit id 1 on bus bus"):
        SimulatedSite(plan)


def test_the_simulated_models_are_those_the_gateway_has_files_for() -> None:
    models = Path(__file__).parents[2] / "drivers" / "meters" / "models"
    assert {path.stem for path in models.glob("*.toml")} >= set(METER_MODELS)
