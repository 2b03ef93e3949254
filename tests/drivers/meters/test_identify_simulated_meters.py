"""Every model, served by the simulator from the datasheet's rules, is recognised and gives no reason to doubt."""

import pytest
from hwsim.meter_models import METER_MODELS
from hwsim.site import BusKind, BusPlan, MeterPlan, SimulatedSite, SitePlan

from drivers.meters.identify import recognised
from drivers.meters.identify_device import Interview, examine_meter
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import available_models, load_model
from drivers.modbus.bus import open_bus

MODELS = tuple(load_model(name) for name in available_models())


@pytest.mark.slow
@pytest.mark.parametrize("name", METER_MODELS)
async def test_a_model_is_recognised_by_its_own_words_and_never_doubted(name: str) -> None:
    plan = SitePlan((BusPlan("bus", BusKind.TCP),), meters=(MeterPlan("bus", 1, name),), idle_meter_w=7_359)
    model = load_model(name)
    async with SimulatedSite(plan) as site:
        bus = open_bus("tcp", host=site.tcp("bus").host, port=site.tcp("bus").port)
        readings = await ModbusMeter(bus, 1, model).read()
        doubts = await examine_meter(bus, 1, model, readings, lambda: MODELS)
        interview = Interview(bus, 1, timeout_s=0.5, gap_s=model.gap_s)
        await interview.settle_identity(MODELS)
        await bus.close()
    assert doubts == ()
    assert name in {one.name for one in recognised(MODELS, interview.words)}
