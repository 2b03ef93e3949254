"""`ocpi-gateway bus stats`: how the devices on each line answer, and what their errors hint at."""

import argparse
import textwrap
from decimal import Decimal

import msgspec

from gateway.cli.asking import places, print_json
from gateway.cli.client import get
from gateway.cli.language import say
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, Style, is_coloured, number, paint, print_folded, show, terminal_width, wrapped
from gateway.cli.words import plain
from gateway.core.line_telemetry import DeviceStatistics, LineHint, LineSnapshot
from gateway.web.bus_shapes import BusLines

_HEADS = ("ID", "ASKED", "LOST", "CRC", "BAD", "LATE", "DENIED", "P50", "P99", "BUSY", "DEVICE")
_WIDE_MS = 100


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    body = get(places(arguments).socket, "/bus")
    if arguments.json:
        print_json(body)
        return Exit.OK
    for index, line in enumerate(msgspec.json.decode(body, type=BusLines).buses):
        if index:
            print()
        _print(line)
    return Exit.OK


def _print(line: LineSnapshot) -> None:
    timer = "" if line.latency_timer_ms is None else f", {say(f'USB latency timer {line.latency_timer_ms} ms')}"
    head = f"{line.name}  {say(line.settings)}, {line.place}{timer}"
    print(paint("\n".join(wrapped(head, terminal_width(), "  ")), Style.HEAD, coloured=is_coloured()))
    if line.devices:
        show(_HEADS, [_row(device) for device in line.devices])
    else:
        print_folded("no device is configured on this bus")
    if line.pace is not None and line.pace.overruns:
        pace = line.pace
        print_folded(
            f"{pace.overruns} of {pace.cycles} cycles were longer than poll_interval_s;"
            f" the last one took {pace.last_cycle_ms} ms"
        )
    for hint in line.hints:
        print(paint(_hint(hint), Style.DOUBTFUL, coloured=is_coloured()))


def _row(device: DeviceStatistics) -> tuple[Cell | str, ...]:
    return (
        number(str(device.unit)),
        number(str(device.requests)),
        _errors(device.timeouts),
        _errors(device.crc_errors),
        _errors(device.misfits - device.crc_errors),
        _errors(device.late_frames),
        _errors(device.refusals),
        number(_ms(device.reply_p50_ms)),
        number(_ms(device.reply_p99_ms)),
        number(f"{device.utilisation * 100:.0f}%"),
        f"{device.name} {device.what}",
    )


def _errors(count: int) -> Cell:
    return number(str(count), Style.DOUBTFUL if count else None)


def _ms(value: Decimal | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= _WIDE_MS else plain(value, 1)


def _hint(hint: LineHint) -> str:
    who = say("the line") if hint.device is None else hint.device
    return textwrap.fill(f"{who}: {say(hint.text)}", terminal_width(), subsequent_indent="  ")
