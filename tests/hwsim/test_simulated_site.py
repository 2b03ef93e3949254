"""A whole simulated site: cars, meters and controllers wired together from one description."""

from pathlib import Path

import pytest
from hwsim.car import Car
from hwsim.line import Line
from hwsim.meter_models import METER_MODELS
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
