"""`ocpi-gateway bus scan PORT`: which devices hang on a line, and the configuration for them."""

import argparse
import asyncio
import json
import sys
import textwrap
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from drivers.meters.register_map import MeterModel, ModelError, available_models, load_model
from drivers.meters.scan import PortUnusable, scan
from drivers.meters.scan_plan import Setting, Step, host_settings, serial_settings
from drivers.meters.scan_unit import Find
from gateway.cli.asking import places
from gateway.cli.bus_config import described, paste
from gateway.cli.bus_port import HostPort, SerialPort, parse_port, refuse_if_held
from gateway.cli.client import get
from gateway.cli.outcome import CommandFailed, DaemonNotRunning, Exit, InputRefused
from gateway.cli.table import Style, is_coloured, paint, terminal_width
from gateway.cli.words import span
from gateway.web.bus_shapes import BusLines

_CLEAR_LINE = "\r\x1b[K"
_SITE_MODELS = "meters"  # beside the configuration


def run(arguments: argparse.Namespace) -> int:
    """Search until all is asked or Ctrl-C, then print what to paste."""
    port = parse_port(arguments.port)
    refuse_if_held(port, _held_by_the_daemon(arguments))
    reporter = _Reporter(quiet=arguments.json)
    models = _models(arguments.config.absolute().parent / _SITE_MODELS)
    is_stopped = False
    try:
        asyncio.run(scan(_settings(port, arguments.baud), arguments.units, models, reporter, quick=arguments.quick))
    except KeyboardInterrupt:
        is_stopped = True
    except PortUnusable as fault:
        raise CommandFailed(f"cannot search {arguments.port}: {fault}") from None
    finally:
        reporter.clear()
    finds = reporter.finds
    if arguments.json:
        print(json.dumps({"complete": not is_stopped, "found": [_as_json(find) for find in finds]}, indent=2))
    else:
        _conclude(finds, is_stopped=is_stopped)
    return Exit.OK if finds else Exit.FAILURE


class _Reporter:
    """Tells on the terminal how the search goes; elsewhere only what was found."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._shows_progress = sys.stderr.isatty()
        self._finds: dict[tuple[str, int, int], Find] = {}

    @property
    def finds(self) -> Sequence[Find]:
        return tuple(self._finds.values())

    def going(self, step: Step, left_s: float) -> None:
        if self._shows_progress:
            left = span(timedelta(seconds=left_s))
            line = f"{step.setting}, unit {step.unit}; {left} left at most, {len(self._finds)} found"
            print(f"{_CLEAR_LINE}{line[: terminal_width() - 1]}", end="", file=sys.stderr, flush=True)

    def found(self, find: Find) -> None:
        self._finds[find.setting.kind, find.setting.baud, find.unit] = find
        if not self._quiet:
            self.clear()
            style = Style.BAD if find.is_collision else Style.GOOD
            head = f"unit {find.unit}, {find.setting}"
            text = textwrap.fill(f"{head}: {described(find)}", terminal_width(), subsequent_indent="  ")
            print(paint(head, style, coloured=is_coloured()) + text[len(head) :], flush=True)

    def passed_over(self, setting: Setting, why: str) -> None:
        if not self._quiet:
            self.clear()
            print(textwrap.fill(f"{setting} passed over: {why}", terminal_width(), subsequent_indent="  "), flush=True)

    def clear(self) -> None:
        if self._shows_progress:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)


def _held_by_the_daemon(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the daemon's buses; nothing where none runs or no configuration says where to ask."""
    try:
        answer = msgspec.json.decode(get(places(arguments).socket, "/bus"), type=BusLines)
    except (DaemonNotRunning, InputRefused):
        return []
    return [(bus.name, bus.place) for bus in answer.buses]


def _models(own: Path) -> list[MeterModel]:
    """Load every model; a file of the site's own that cannot be read is said and left out."""
    models = []
    try:
        names = available_models(own)
    except ModelError as fault:
        raise CommandFailed(str(fault)) from None
    for name in names:
        try:
            models.append(load_model(name, own))
        except ModelError as fault:
            print(f"ocpi-gateway: left out: {fault}", file=sys.stderr)
    return models


def _settings(port: SerialPort | HostPort, baud: int | None) -> tuple[Setting, ...]:
    if isinstance(port, SerialPort):
        return serial_settings(port.device, baud)
    return host_settings(port.host, port.port)


def _conclude(finds: Sequence[Find], *, is_stopped: bool) -> None:
    if is_stopped:
        print("stopped; not everything was asked")
    if not finds:
        print("nothing answers; check power, A and B, and termination, then try --units with the id on the display")
        return
    print("\nTo paste into the configuration, with names that the site knows:\n")
    print("\n".join(paste(finds)).rstrip())


def _as_json(find: Find) -> dict[str, object]:
    setting = find.setting
    names = {key: getattr(setting, key) for key in ("kind", "device", "baud", "parity", "stop_bits", "host", "port")}
    return {
        "setting": {key: value for key, value in names.items() if value is not None},
        "unit": find.unit,
        "what": described(find),
        "collision": find.is_collision,
        "models": [model.name for model in find.models],
        "controller": find.controller,
        "reads_like": [{"model": fit.model.name, "swapped": fit.is_swapped} for fit in find.fits],
        "reply_ms": None if find.reply_ms is None else float(find.reply_ms),
    }
