"""What a scan found becomes configuration that can be pasted, and sentences that a technician understands."""

import tomllib
from decimal import Decimal

from drivers.meters.identify_controllers import ControllerGuess
from drivers.meters.identify_physics import Fit, Guess
from drivers.meters.register_map import load_model
from drivers.meters.scan_plan import Setting
from drivers.meters.scan_unit import Find
from drivers.modbus.codec import NumberType, WordOrder
from gateway.cli.bus_config import described, paste

LINE = Setting("rtu", "/dev/ttyUSB0", 19200, "E", 1)
SDM630, B23 = load_model("eastron-sdm630"), load_model("abb-b23")


def find(unit: int, setting: Setting = LINE, **what: object) -> Find:
    return Find(setting, unit, Decimal("41.5"), 4, 0, **({"is_certain": True} | what))  # type: ignore[arg-type]


def test_a_meter_and_a_relay_board_become_a_bus_with_both() -> None:
    finds = [find(10, controller=ControllerGuess.RELAY_BOARD), find(1, models=(B23,))]
    text = "\n".join(paste(finds))
    assert text == (
        "[buses.line]\n"
        'kind = "rtu"\n'
        'device = "/dev/ttyUSB0"\n'
        "baud = 19200\n"
        'parity = "E"\n'
        "stop_bits = 1\n"
        "\n"
        "[meters.unit_1]\n"
        'bus = "line"\n'
        "unit = 1\n"
        'model = "abb-b23"\n'
        "\n"
        "[controllers.unit_10]\n"
        'kind = "relay_board"\n'
        'bus = "line"\n'
        "unit = 10\n"
        "# coil = 0 is its first relay\n"
    )
    assert tomllib.loads(text)["meters"]["unit_1"] == {"bus": "line", "unit": 1, "model": "abb-b23"}


def test_a_device_that_speaks_otherwise_is_a_comment_that_says_what_to_set() -> None:
    stray = Setting("rtu", "/dev/ttyUSB0", 9600, "N", 1)
    lines = paste([find(1, models=(B23,)), find(2, models=(B23,)), find(7, stray, models=(SDM630,))])
    assert lines[-1] == (
        "# unit 7 speaks 9600 baud 8N1: set it to 19200 baud 8E1 before it can share the line (Eastron SDM630-Modbus)"
    )
    assert tomllib.loads("\n".join(lines))["meters"].keys() == {"unit_1", "unit_2"}


def test_ports_of_a_host_become_buses_of_their_own() -> None:
    tcp, converter = Setting("tcp", host="gw", port=502), Setting("rtu_over_tcp", host="gw", port=4196)
    parsed = tomllib.loads("\n".join(paste([find(1, tcp, models=(B23,)), find(1, converter, models=(B23,))])))
    assert {(bus["kind"], bus["port"]) for bus in parsed["buses"].values()} == {("tcp", 502), ("rtu_over_tcp", 4196)}
    assert {meter["bus"] for meter in parsed["meters"].values()} == {"net", "net_2"}


def test_what_is_recognised_by_live_values_only_says_so() -> None:
    fits = (Fit(SDM630, is_swapped=True, voltage=Decimal("230.5"), frequency=Decimal("49.99")),)
    lines = paste([find(1, fits=fits)])
    assert 'model = "eastron-sdm630"' in lines
    assert "# recognised by its live values only: compare the energy with the display before billing" in lines
    assert any("words stand in the other order" in line for line in lines)


def test_an_unknown_device_and_a_collision_are_comments() -> None:
    lines = paste([find(1), Find(LINE, 2, None, 4, 4)])
    assert not tomllib.loads("\n".join(lines)).keys() & {"meters", "controllers"}
    assert "# unit 1: answers, and is nothing known here; reply 41.5 ms" in lines


def test_each_find_is_one_sentence() -> None:
    guess = Guess(4, 20, 50, NumberType.F32, WordOrder.LSW_FIRST, Decimal("230.5"), Decimal("49.99"))
    assert described(find(1, models=(B23,))) == "ABB B23; reply 41.5 ms"
    assert described(find(1, guess=guess)).startswith(
        "a meter unknown here: function 4, f32 lsw_first, 230.5 V at 0x0014, 49.99 Hz at 0x0032"
    )
    assert described(find(1, says="ACME PM 9000")) == (
        "answers, and is nothing known here; it says that it is ACME PM 9000; reply 41.5 ms"
    )
    assert described(Find(LINE, 2, None, 4, 3)) == (
        "something answers, but 3 of 4 replies are spoilt: two devices with this id (switch one off and scan again),"
        " another parity, or a bad line"
    )
    assert described(Find(LINE, 2, Decimal(40), 4, 1, models=(B23,))).endswith("1 of 4 replies were spoilt")


def test_live_values_alone_ask_for_the_type_plate() -> None:
    sisters = tuple(load_model(name) for name in ("eastron-sdm220", "eastron-sdm230", "eastron-sdm54"))
    assert described(find(1, models=sisters, is_certain=False)).startswith("live values like Eastron SDM220")
    assert "compare the type plate" in described(find(1, models=sisters, is_certain=False))
    assert "# or eastron-sdm230, eastron-sdm54: the type plate says which" in paste([find(1, models=sisters)])
