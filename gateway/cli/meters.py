"""`ocpi-gateway meters`: what every meter shows now, and how well it answers."""

import argparse
import sys
import time
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from gateway.cli import words
from gateway.cli.asking import add_json, places, print_json
from gateway.cli.client import get
from gateway.cli.language import say
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, Style, is_coloured, number, paint, show
from gateway.core.instant import Instant, elapsed
from gateway.core.telemetry import DeviceCounters, MeterSnapshot, QuantitySnapshot
from gateway.web.shapes import Meters

EXAMPLE = "ocpi-gateway meters --watch"
JSON = """\
  now {utc, boot_ns, boot_id, clock}, meters [name, model, bus, unit, evse_uid,
    quantities [quantity, unit, value, at, quality], trouble, unconfirmed,
    counters {replies, timeouts, misfits, refusals, last_reply_ms,
      typical_reply_ms}]"""
_CLEAR_SCREEN = "\x1b[H\x1b[2J"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    parser.add_argument("--watch", action="store_true", help="show again and again until Ctrl-C")
    parser.add_argument("--interval", type=_seconds, default=1.0, metavar="S", help="with --watch: every S seconds (1)")


def run(arguments: argparse.Namespace) -> int:
    """Ask and print, once or until interrupted, which is how watching ends."""
    socket = places(arguments).socket
    _show(socket, arguments)
    with suppress(KeyboardInterrupt):
        while arguments.watch:
            sys.stdout.flush()
            time.sleep(arguments.interval)
            _show(socket, arguments)
    return Exit.OK


def _show(socket: Path, arguments: argparse.Namespace) -> None:
    body = get(socket, "/meters")
    if arguments.watch and sys.stdout.isatty():
        print(_CLEAR_SCREEN, end="")
    if arguments.json:
        print_json(body)
    else:
        _print(msgspec.json.decode(body, type=Meters))


def _print(answer: Meters) -> None:
    for index, meter in enumerate(answer.meters):
        if index:
            print()
        print(paint(_title(meter), Style.HEAD, coloured=is_coloured()))
        if meter.trouble is not None:
            show((), [("", Cell(say(meter.trouble), Style.BAD))])
        show((), [("", _line_health(meter.counters))])
        if meter.unconfirmed:
            dropped = say(f"{meter.unconfirmed} counter values that a second read did not bear out were dropped")
            show((), [("", dropped)])
        show((), [_quantity(each, answer.now) for each in meter.quantities] or [("", say("nothing read yet"))])


def _title(meter: MeterSnapshot) -> str:
    evse = say("no EVSE") if meter.evse_uid is None else f"EVSE {meter.evse_uid}"
    return f"{meter.name}  {meter.model}, {say(f'bus {meter.bus} unit {meter.unit}')}, {evse}"


def _line_health(counters: DeviceCounters) -> str:
    times = (counters.last_reply_ms, counters.typical_reply_ms)
    last, typical = ("-" if each is None else f"{words.plain(each)} ms" for each in times)
    return say(
        f"reply {last}, typically {typical}; {counters.replies} good, {counters.timeouts} timeouts,"
        f" {counters.misfits} misfits, {counters.refusals} refused"
    )


def _quantity(each: QuantitySnapshot, now: Instant) -> tuple[Cell | str, ...]:
    value = "-" if each.value is None else words.plain(each.value)
    age = say("never") if each.at is None else f"{words.plain(_tenths(elapsed(each.at, now)), 1)} s"
    return (f"  {each.quantity}", number(value), each.unit, number(age), words.quality(each.quality))


def _tenths(span: timedelta) -> Decimal:
    return Decimal(round(span.total_seconds() * 10)) / 10


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:  # noqa: PLR2004 - said in the message
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0.1 to 3600")
    return seconds
