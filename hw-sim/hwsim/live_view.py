"""What the audience sees while a scenario runs: a line for whatever happens, and how much flows where."""

import sys
from collections.abc import Mapping
from typing import Protocol

from hwsim.chronicle import Chronicle, Happening
from hwsim.site import SimulatedEvse

MILLIWATT_PER_KILOWATT = 1_000_000
# How each happening is told; what is not listed is not worth a line.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "remark": ("magenta", "{text}"),
    "gateway": ("bold", "gateway {state}"),
    "plugged": ("cyan", "{evse}: a car is plugged in"),
    "unplugged": ("cyan", "{evse}: the car leaves"),
    "car_power": ("cyan", "{evse}: the car now wants {power_w} W"),
    "card_inserted": ("cyan", "reader {reader}: {card}'s card is laid down"),
    "card_removed": ("cyan", "reader {reader}: the card is taken away"),
    "contactor_closed": ("yellow", "{evse}: contactor CLOSED"),
    "contactor_opened": ("yellow", "{evse}: contactor OPEN"),
    "session": ("green", "OCPI peer: Session {id:.8} is {status}, {kwh} kWh ({evse})"),
    "cdr": ("bold green", "OCPI peer: CDR {id:.8}, {kwh} kWh ({evse})"),
    "mqtt_session": ("blue", "MQTT: Session {id:.8} is {status}"),
    "mqtt_cdr": ("bold blue", "MQTT: CDR {id:.8}, {kwh} kWh"),
    "mqtt_order": ("blue", "MQTT: the backend orders {command}"),
    "mqtt_result": ("blue", "MQTT: {id:.8} came to {result}"),
    "mqtt_status": ("blue", "MQTT: the gateway is {status}"),
    "peer_mode": ("red", "the OCPI peer now behaves: {mode} ({subject})"),
    "machine": ("red", "{name}: {what}"),
    "device_broken": ("red", "{device}: replies are spoilt: {mode}"),
    "device_mended": ("red", "{device}: replies well again"),
    "wire_broken": ("red", "bus {bus}: gone"),
    "wire_mended": ("red", "bus {bus}: back"),
    "meter": ("red", "{meter}: {what}"),
    "welded": ("red", "{evse}: the contactor is welded"),
    "repaired": ("red", "{evse}: a new contactor"),
    "violation": ("bold red", "VIOLATION in {request}: {finding}"),
}


class Screen(Protocol):
    """Where lines go."""

    def __call__(self, line: str, style: str) -> None:
        """Show one line, in a style where that can be."""
        ...


def open_screen() -> Screen:
    """Colour on a terminal, plain lines elsewhere."""
    if not sys.stdout.isatty():
        return lambda line, style: print(line, flush=True)  # noqa: ARG005  a plain line has no style
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    # Commands in it are there to be copied: no line breaks of our own.
    return lambda line, style: console.print(Text(line, style=style), soft_wrap=True)


class LiveView:
    """Tells the audience what happens, as it happens; `tick` adds what flows at the moment."""

    def __init__(self, chronicle: Chronicle, evses: Mapping[str, SimulatedEvse], show: Screen) -> None:
        self._chronicle = chronicle
        self._evses = evses
        self._show = show
        self._begin_wh = {uid: evse.load.flow().energy_wh for uid, evse in evses.items()}
        chronicle.listen(self._tell)

    def tick(self) -> None:
        """Show every EVSE at which there is a car or a closed contactor."""
        for uid, evse in self._evses.items():
            if evse.load.is_plugged or evse.is_closed:
                self._line(self._chronicle.elapsed_s(), describe(uid, evse, self._begin_wh[uid]), "dim")

    def _tell(self, happening: Happening) -> None:
        if happening.what in SENTENCES:
            style, sentence = SENTENCES[happening.what]
            self._line(happening.at_s, sentence.format_map(happening.detail), style)

    def _line(self, at_s: float, text: str, style: str) -> None:
        self._show(f"{at_s:6.1f} s  {text}", style)


def describe(uid: str, evse: SimulatedEvse, begin_wh: int) -> str:
    """Put an EVSE's state into a line: pilot, contactor, power, energy since the view began, the meter's display."""
    flow = evse.load.flow()
    shown = evse.meter.display()["energy_import"]
    return (
        f"{uid}: pilot {evse.load.pilot}, contactor {'closed' if evse.is_closed else 'open  '}, "
        f"{flow.total_mw / MILLIWATT_PER_KILOWATT:6.2f} kW, {flow.energy_wh - begin_wh:5} Wh, meter shows {shown} kWh"
    )
