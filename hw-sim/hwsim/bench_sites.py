"""Sites for measuring: as small or as large as a figure needs, made from the demo's site file."""

from typing import Any

from hwsim.site_file import SiteFile

MODELS = ("eastron-sdm630", "carlo-gavazzi-em340", "abb-b23")
BOARD_UNIT = 100


def _evse(number: int, meter: dict[str, Any], controller: dict[str, Any], reader: str) -> dict[str, Any]:
    return {
        "uid": f"EVSE-{number}",
        "evse_id": f"SE*HWS*E{number}",
        "reader": reader,
        "max_power_w": 22_000,
        "max_current_a": 32,
        "meter": {"counter_wh": 1_000_000 * number, **meter},
        "controller": controller,
    }


def one_relay(demo: SiteFile, *, on_serial_line: bool) -> SiteFile:
    """Give one EVSE with relay: on Modbus TCP, or on a 9600 baud line with a second meter that is polled as well."""
    bus = "hall" if on_serial_line else "cabinet"
    meters = [{"bus": "hall", "unit": 2, "model": "carlo-gavazzi-em340"}] if on_serial_line else []
    relay = {"bus": bus, "unit": BOARD_UNIT, "kind": "relay_board", "coil": 0}
    evse = _evse(1, {"bus": bus, "unit": 1, "model": "eastron-sdm630"}, relay, "left")
    buses = {bus: demo.raw["buses"][bus]}
    return SiteFile({**demo.raw, "buses": buses, "evses": [evse], "meters": meters, "idle_meter_w": 500}, demo.cards)


def eight_meters(demo: SiteFile) -> SiteFile:
    """Give four EVSEs, half of them on a serial line, and four further meters."""
    evses = [
        _evse(
            number,
            {"bus": bus, "unit": number, "model": MODELS[number % len(MODELS)]},
            {"bus": bus, "unit": BOARD_UNIT, "kind": "relay_board", "coil": number},
            "left",
        )
        for number, bus in ((1, "hall"), (2, "hall"), (3, "cabinet"), (4, "cabinet"))
    ]
    meters = [
        {"bus": "hall" if number < 7 else "cabinet", "unit": number, "model": MODELS[number % len(MODELS)]}  # noqa: PLR2004  half of them
        for number in range(5, 9)
    ]
    return SiteFile({**demo.raw, "evses": evses, "meters": meters, "idle_meter_w": 500}, demo.cards)
