"""One search of one port, as `bus scan` and `init` make it: with a bar, until all is asked or Ctrl-C."""

import argparse
import asyncio
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from drivers.meters.register_map import MeterModel, all_models
from drivers.meters.scan import PortUnusable, scan
from drivers.meters.scan_plan import Setting, Step, host_settings, serial_settings
from drivers.meters.scan_unit import Find
from gateway.cli.asking import places
from gateway.cli.bus_config import described
from gateway.cli.bus_port import HostPort, SerialPort, parse_port, refuse_if_held
from gateway.cli.client import get
from gateway.cli.ending import complain
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, DaemonNotRunning, InputRefused
from gateway.cli.progress import Progress, progress
from gateway.cli.table import Style, is_coloured, paint, terminal_width
from gateway.config.findings import ConfigError
from gateway.config.places import METERS_DIR, find_places
from gateway.web.bus_shapes import BusLines


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found, and whether it was ended before everything was asked."""

    finds: tuple[Find, ...]
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a port is to be searched: only these unit ids, only this rate, only what leaves the factory so."""

    units: Sequence[int] | None = None
    baud: int | None = None
    quick: bool = False


def search(
    text: str, wanted: Wanted, models: Sequence[MeterModel], held: Sequence[tuple[str, str]], *, quiet: bool
) -> Search:
    """Search the port that a technician means; CommandFailed where it cannot be used or the daemon holds it."""
    port = parse_port(text)
    refuse_if_held(port, held)
    is_stopped = False
    with progress(quiet=quiet) as bar:
        reporter = _Reporter(bar, quiet=quiet)
        try:
            asyncio.run(scan(_settings(port, wanted.baud), wanted.units, models, reporter, quick=wanted.quick))
        except KeyboardInterrupt:
            is_stopped = True
        except PortUnusable as fault:
            raise CommandFailed(f"cannot search {text}: {fault}") from None
    return Search(reporter.finds, is_stopped)


class _Reporter:
    """Tells on the terminal how the search goes; elsewhere only what was found."""

    def __init__(self, bar: Progress, *, quiet: bool) -> None:
        self._bar = bar
        self._quiet = quiet
        self._whole_s = 0.0
        self._finds: dict[tuple[str, int, int], Find] = {}

    @property
    def finds(self) -> tuple[Find, ...]:
        return tuple(self._finds.values())

    def going(self, step: Step, left_s: float) -> None:
        self._whole_s = max(self._whole_s, left_s)
        what = say(f"{step.setting}, unit {step.unit}; {len(self._finds)} found")
        self._bar.show(1 - left_s / max(self._whole_s, 0.1), what, left_s)

    def found(self, find: Find) -> None:
        self._finds[find.setting.kind, find.setting.baud, find.unit] = find
        if not self._quiet:
            self._bar.clear()
            style = Style.BAD if find.is_collision else Style.GOOD
            head = say(f"unit {find.unit}, {find.setting}")
            text = textwrap.fill(f"{head}: {say(described(find))}", terminal_width(), subsequent_indent="  ")
            print(paint(head, style, coloured=is_coloured()) + text[len(head) :], flush=True)

    def passed_over(self, setting: Setting, why: str) -> None:
        if not self._quiet:
            self._bar.clear()
            print(
                textwrap.fill(say(f"{setting} passed over: {why}"), terminal_width(), subsequent_indent="  "),
                flush=True,
            )


def held_by_the_daemon(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the daemon's buses; nothing where none runs or no configuration says where to ask."""
    try:
        answer = msgspec.json.decode(get(places(arguments).socket, "/bus"), type=BusLines)
    except (DaemonNotRunning, InputRefused):
        return []
    return [(bus.name, bus.place) for bus in answer.buses]


def known_models(config: Path) -> Sequence[MeterModel]:
    """Load every model, the site's own included; one of those that cannot be read is said and left out."""
    try:
        own = find_places(config).meters_dir
    except ConfigError:
        own = config.absolute().parent / METERS_DIR
    models, left_out = all_models(own)
    for fault in left_out:
        complain(f"left out: {fault}")
    return models


def _settings(port: SerialPort | HostPort, baud: int | None) -> tuple[Setting, ...]:
    if isinstance(port, SerialPort):
        return serial_settings(port.device, baud)
    return host_settings(port.host, port.port)
