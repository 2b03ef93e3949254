"""Drivers and simulated devices, written apart from the same datasheets, agree on every wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
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

from drivers.errors import DeviceUnavailable
from drivers.evse import ChargeController, Pilot
from drivers.evse.evse_din import EvseDin
from drivers.evse.relay_board import RelayBoard
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import load_model
from drivers.modbus.bus import ModbusBus, open_bus
from drivers.quantities import UNITS, Quantity

BAUD = 115200
TIMEOUT_S = 0.5


@asynccontextmanager
async def wired(plan: SitePlan) -> AsyncIterator[tuple[SimulatedSite, ModbusBus]]:
    """Start a site whose only bus is called `bus`, and open the gateway's end of it."""
    async with SimulatedSite(plan) as site:
        kind = plan.buses[0].kind
        if kind is BusKind.PTY:
            bus = open_bus("rtu", device=site.pty("bus").path, baud=BAUD)
        else:
            bus = open_bus(kind, host=site.tcp("bus").host, port=site.tcp("bus").port)
        yield site, bus
        await bus.close()


def bus_plan(kind: BusKind, link: Path | None = None) -> BusPlan:
    return BusPlan("bus", kind, Line(BAUD) if kind is BusKind.PTY else None, link)


@pytest.mark.parametrize("kind", BusKind)
@pytest.mark.parametrize("model", METER_MODELS)
async def test_the_driver_reads_what_the_display_shows(model: str, kind: BusKind) -> None:
    meters = (MeterPlan("bus", 1, model, counter_wh=98_765_432, turnaround_s=0.0),)
    async with wired(SitePlan((bus_plan(kind),), meters=meters, idle_meter_w=7_359)) as (site, bus):
        simulated = site.idle_meters[0]
        simulated.set_export(4_200)
        simulated.freeze()
        readings = await ModbusMeter(bus, 1, load_model(model)).read()
        shown = {Quantity(name): number for name, number in simulated.display().items() if name in set(Quantity)}
        assert set(readings) <= set(shown)
        for quantity, value in readings.items():
            in_display_unit = value / 1000 if UNITS[quantity] == "Wh" else value
            assert in_display_unit == pytest.approx(shown[quantity], rel=Decimal("1e-6")), quantity


@pytest.mark.parametrize("model", METER_MODELS)
async def test_the_driver_takes_not_available_for_unknown(model: str) -> None:
    meters = (MeterPlan("bus", 1, model, turnaround_s=0.0),)
    async with wired(SitePlan((bus_plan(BusKind.TCP),), meters=meters)) as (site, bus):
        site.idle_meters[0].hide()
        readings = await ModbusMeter(bus, 1, load_model(model)).read()
        assert set(readings.values()) == {None}


def evse_on(kind: ControllerKind) -> SitePlan:
    controller = ControllerPlan("bus", 10, kind, coil=2)
    evse = EvsePlan("A", MeterPlan("bus", 1, "abb-b23"), controller, Car(wants_w=22_000))
    return SitePlan((bus_plan(BusKind.PTY),), evses=(evse,))


def driver_for(kind: ControllerKind, bus: ModbusBus) -> ChargeController:
    if kind is ControllerKind.RELAY_BOARD:
        return RelayBoard(bus, 10, 2, TIMEOUT_S)
    return EvseDin(bus, 10, TIMEOUT_S)


@pytest.mark.parametrize(
    ("kind", "power_w", "waiting", "charging"),
    [
        (ControllerKind.RELAY_BOARD, 22_000, None, None),
        (ControllerKind.EVSE_DIN, 11_040, Pilot.B, Pilot.C),
    ],
)
async def test_a_driver_releases_energy_and_takes_it_away(
    kind: ControllerKind, power_w: int, waiting: Pilot | None, charging: Pilot | None
) -> None:
    async with wired(evse_on(kind)) as (site, bus):
        evse, driver = site.evses["A"], driver_for(kind, bus)
        evse.plug_in()
        before = await driver.read()
        assert (before.pilot, before.contactor_closed, before.fault) == (waiting, False, None)
        await driver.apply(energise=True, limit_a=16)
        during = await driver.read()
        assert (during.pilot, during.contactor_closed, during.fault) == (charging, True, None)
        assert evse.load.flow().total_mw == power_w * 1000
        await driver.apply(energise=False, limit_a=None)
        after = await driver.read()
        assert (after.pilot, after.contactor_closed) == (waiting, False)
        assert evse.load.flow().total_mw == 0


async def test_a_failed_evse_din_is_a_fault_to_its_driver() -> None:
    async with wired(evse_on(ControllerKind.EVSE_DIN)) as (site, bus):
        site.evses["A"].controller.fail()
        state = await EvseDin(bus, 10, TIMEOUT_S).read()
        assert (state.pilot, state.contactor_closed) == (Pilot.F, False)
        assert "diode check failed" in state.fault


async def test_a_driver_finds_its_port_again_after_it_vanished(tmp_path: Path) -> None:
    plan = SitePlan((bus_plan(BusKind.PTY, tmp_path / "rs485"),), meters=(MeterPlan("bus", 1, "eastron-sdm630"),))
    async with wired(plan) as (site, bus):
        meter = ModbusMeter(bus, 1, load_model("eastron-sdm630"))
        first = await meter.read()
        await site.buses["bus"].vanish()
        with pytest.raises(DeviceUnavailable):
            await meter.read()
        await site.buses["bus"].come_back()
        assert await meter.read() == first
