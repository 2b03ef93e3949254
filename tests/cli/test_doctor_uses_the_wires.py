"""Where no daemon runs the doctor asks the devices itself: meters are read, contactors moved and left open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cli.checked_site import looked_at, write_site
from config.garage import GARAGE
from hwsim.evse_din import EvseDin
from hwsim.relay_board import RelayBoard
from hwsim.site import BusKind, BusPlan, ControllerKind, ControllerPlan, EvsePlan, MeterPlan, SimulatedSite, SitePlan

from gateway.cli.checkup.verdict import Verdict


class Agreeing:
    """A technician who says yes."""

    def agrees(self, question: str) -> bool:
        return bool(question)

    def tell(self, text: str) -> None:
        assert text


@asynccontextmanager
async def a_garage(folder: Path, controller: ControllerKind) -> AsyncIterator[tuple[Path, SimulatedSite]]:
    """Serve a meter and a controller, and write the configuration for them."""
    plan = SitePlan(
        (BusPlan("bus", BusKind.TCP),),
        evses=(EvsePlan("1", MeterPlan("bus", 1, "abb-b23"), ControllerPlan("bus", 10, controller)),),
    )
    async with SimulatedSite(plan) as site:
        head, _, rest = GARAGE.partition("[buses.hall]")
        evse = rest[rest.index("[[evses]]") : rest.index('[[evses]]\nuid = "2"')]
        wires = f"""
[buses.net]
kind = "tcp"
host = "127.0.0.1"
port = {site.tcp("bus").port}

[meters.hall-1]
bus = "net"
unit = 1
model = "abb-b23"

[controllers.relay-1]
kind = "{controller.value}"
bus = "net"
unit = 10

[readers.front]
kind = "pcsc"

"""
        yield write_site(folder, head + wires + evse), site


async def look(config: Path, check: str) -> Verdict:
    (found,) = await asyncio.to_thread(looked_at, config, check, human=Agreeing())
    return found


async def test_a_meter_is_read_and_shown_with_its_counter(tmp_path: Path) -> None:
    async with a_garage(tmp_path, ControllerKind.RELAY_BOARD) as (config, _):
        found = await look(config, "meters")
    assert (found.state, found.subject) == ("pass", "meter hall-1")
    assert "kWh, 230 V, 50 Hz, 0 W" in found.text


async def test_a_meter_of_another_model_fails_with_the_right_one(tmp_path: Path) -> None:
    async with a_garage(tmp_path, ControllerKind.RELAY_BOARD) as (config, _):
        config.write_text(config.read_text().replace('"abb-b23"', '"eastron-sdm630"'))
        found = await look(config, "meters")
    assert found.state == "fail"
    assert "abb-b23" in f"{found.text}; {found.remedy}"


async def test_a_relay_is_closed_and_opened_again(tmp_path: Path) -> None:
    moves: list[bool] = []
    async with a_garage(tmp_path, ControllerKind.RELAY_BOARD) as (config, site):
        board = site.evses["1"].controller
        assert isinstance(board, RelayBoard)
        board.listeners.append(lambda _coil, on, _at: moves.append(on))
        found = await look(config, "contactor")
        assert not board.is_on(0)
    assert (found.state, moves) == ("pass", [True, False])


@pytest.mark.slow
async def test_a_relay_that_does_not_follow_fails_and_is_told_to_open(tmp_path: Path) -> None:
    async with a_garage(tmp_path, ControllerKind.RELAY_BOARD) as (config, site):
        board = site.evses["1"].controller
        assert isinstance(board, RelayBoard)
        board.stick(0)
        found = await look(config, "contactor")
    assert (found.state, found.text) == ("fail", "did not close within 5 s")


async def test_a_contactor_that_is_closed_already_is_not_touched(tmp_path: Path) -> None:
    moves: list[bool] = []
    async with a_garage(tmp_path, ControllerKind.RELAY_BOARD) as (config, site):
        board = site.evses["1"].controller
        assert isinstance(board, RelayBoard)
        board.write_coil(0, 0xFF00)
        board.listeners.append(lambda _coil, on, _at: moves.append(on))
        found = await look(config, "contactor")
    assert (found.state, found.text, moves) == ("fail", "it is closed though nobody charges", [])


async def test_a_plugged_vehicle_is_not_switched_on(tmp_path: Path) -> None:
    moves: list[bool] = []
    async with a_garage(tmp_path, ControllerKind.EVSE_DIN) as (config, site):
        evse = site.evses["1"]
        assert isinstance(evse.controller, EvseDin)
        evse.plug_in()
        evse.controller.listeners.append(lambda closed, _at: moves.append(closed))
        found = await look(config, "contactor")
    assert (found.state, found.text, moves) == ("skipped", "a vehicle is plugged in", [])


async def test_a_controller_with_a_pilot_takes_a_release_and_takes_it_back(tmp_path: Path) -> None:
    async with a_garage(tmp_path, ControllerKind.EVSE_DIN) as (config, _):
        found = await look(config, "contactor")
    assert found.state == "pass"
