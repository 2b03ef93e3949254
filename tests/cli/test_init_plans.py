"""From what answers on the wires to a site: what goes together, what is assumed, what is left out; and its TOML."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meters.identify_controllers import ControllerGuess
from drivers.meters.register_map import load_model
from drivers.meters.scan_plan import Setting
from drivers.meters.scan_unit import Find
from gateway.cli.init_plan import Plan, make_plan, with_controller
from gateway.cli.init_text import PlannedBackend, SiteAnswers, config_text

LINE = Setting("rtu", "/dev/serial/by-id/usb-adapter", 9600, "N", 1)
EVEN = Setting("rtu", "/dev/serial/by-id/usb-adapter", 9600, "E", 1)
NET = Setting("tcp", host="192.0.2.5", port=502)
ANSWERS = SiteAnswers(
    {"country_code": "SE", "party_id": "ABC", "currency": "SEK", "time_zone": "Europe/Stockholm"},
    {
        "id": "LOC1",
        "address": "Street 1",
        "city": "Stockholm",
        "country": "SWE",
        "latitude": "59.33740",
        "longitude": "18.06324",
    },
    16,
    3,
    cable=False,
)


def meter(unit: int, model: str = "eastron-sdm630", setting: Setting = LINE) -> Find:
    return Find(setting, unit, Decimal(30), 4, 0, models=(load_model(model, Path("none")),))


def relay(unit: int, setting: Setting = LINE) -> Find:
    return Find(setting, unit, Decimal(30), 4, 0, controller=ControllerGuess.RELAY_BOARD)


def box(unit: int, setting: Setting = LINE) -> Find:
    return Find(setting, unit, Decimal(30), 4, 0, controller=ControllerGuess.EVSE_DIN)


def pairs(plan: Plan) -> list[tuple[str, str]]:
    return [(evse.meter, evse.controller) for evse in plan.evses]


def test_a_meter_and_a_relay_are_an_evse() -> None:
    plan = make_plan(
        [[meter(1), relay(2)]], ["ACS ACR1252 Dual Reader PICC 00 00", "ACS ACR1252 Dual Reader SAM 00 01"]
    )
    assert pairs(plan) == [("meter-1", "relay-1")]
    assert [(reader.name, reader.match) for reader in plan.readers] == [("front", "ACS ACR1252 Dual Reader PICC")]
    assert plan.evses[0].readers == ("front",)


def test_several_meters_take_the_coils_of_one_board_in_order_and_it_is_said_so() -> None:
    plan = make_plan([[relay(10), meter(2), meter(1)]], [])
    assert pairs(plan) == [("meter-1", "relay-1"), ("meter-2", "relay-1-coil-1")]
    assert [one.coil for one in plan.controllers] == [0, 1]
    assert "meter-2 is taken to count behind coil 1 of relay-1: compare the wiring" in plan.remarks


def test_a_board_has_no_more_than_eight_coils() -> None:
    plan = make_plan([[relay(100), *(meter(unit) for unit in range(1, 10))]], [])
    assert len(plan.evses) == 8
    assert "meter-9 counts for no EVSE: no controller is left for it" in plan.remarks


def test_a_controller_with_a_pilot_goes_before_a_relay_and_stays_on_its_line() -> None:
    plan = make_plan([[meter(1), meter(2), relay(10), box(11)], [meter(3, "abb-b23", NET), relay(10, NET)]], [])
    assert pairs(plan) == [("meter-1", "box-1"), ("meter-2", "relay-1"), ("meter-3", "relay-2")]
    assert [bus.name for bus in plan.buses] == ["line", "net"]


def test_what_is_left_over_is_said() -> None:
    assert "box-1 switches for no EVSE: no meter is left for it" in make_plan([[box(11)]], []).remarks
    assert "meter-1 counts for no EVSE: no controller is left for it" in make_plan([[meter(1)]], []).remarks


def test_a_device_of_another_parity_is_told_and_left_out() -> None:
    plan = make_plan([[meter(1), relay(10), meter(2, "abb-b23", EVEN)]], [])
    assert len(plan.meters) == 1
    assert "unit 2 speaks 9600 baud 8E1: set it to 9600 baud 8N1 before it can share the line" in plan.remarks


def test_two_devices_with_one_id_are_told_and_left_out() -> None:
    plan = make_plan([[Find(LINE, 5, None, 4, 4), meter(1), relay(2)]], [])
    assert [one.unit for one in plan.meters] == [1]
    assert any(
        remark.startswith("line unit 5: something answers, but 4 of 4 replies are spoilt") for remark in plan.remarks
    )


def test_as_many_readers_as_evses_are_given_one_each() -> None:
    plan = make_plan([[meter(1), box(11), meter(2), box(12)]], ["left 00 00", "left 00 01", "right 01 00"])
    assert [evse.readers for evse in plan.evses] == [("reader-1",), ("reader-2",)]


def test_a_technician_can_put_another_controller_to_a_meter() -> None:
    plan = make_plan([[meter(1), box(11), meter(2), box(12)]], [])
    assert pairs(with_controller(plan, "1", "box-2")) == [("meter-1", "box-2"), ("meter-2", "box-1")]


@given(st.text(min_size=1, max_size=45), st.integers(6, 1000), st.sampled_from((1, 3)))
def test_whatever_is_typed_stands_in_the_toml_as_it_was_typed(text: str, current: int, phases: int) -> None:
    plan = make_plan([[meter(1), relay(2), meter(3, "abb-b23", NET)]], [text])
    answers = SiteAnswers(ANSWERS.site, {**ANSWERS.location, "address": text}, current, phases, cable=True)
    backends = (PlannedBackend("broker", {"kind": "mqtt", "host": text, "port": 8883}, {"ca_file": text}),)
    written = tomllib.loads(config_text(plan, answers, backends))
    assert written["site"]["location"]["address"] == text
    assert written["backends"]["broker"] == {"kind": "mqtt", "host": text, "port": 8883, "tls": {"ca_file": text}}
    assert written["evses"][0]["max_power_w"] == current * 230 * phases


@pytest.mark.parametrize("phases", [1, 3])
def test_a_connector_has_the_power_type_of_its_phases(phases: int) -> None:
    plan = make_plan([[meter(1), relay(2)]], [])
    answers = SiteAnswers(ANSWERS.site, ANSWERS.location, 16, phases, cable=False)
    written = tomllib.loads(config_text(plan, answers, ()))
    assert written["evses"][0]["connectors"][0]["power_type"] == f"AC_{phases}_PHASE"
