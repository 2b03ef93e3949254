"""`ocpi-gateway outbox`: what backends do not have yet."""

import argparse

import msgspec

from gateway.cli import records
from gateway.cli.asking import add_json, places, print_json
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, Style, show
from gateway.web.shapes import OutboxLine, encode

EXAMPLE = "ocpi-gateway outbox --parked"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    parser.add_argument("--parked", action="store_true", help="only what a backend refused and a human must look at")


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    body = records.outbox(places(arguments))
    lines = msgspec.json.decode(body, type=tuple[OutboxLine, ...])
    if arguments.parked:
        lines = tuple(line for line in lines if line.parked is not None)
    if arguments.json:
        print_json(encode(lines))
    elif lines:
        show(("BACKEND", "OBJECT", "STATE", "ID AND REASON"), [_row(line) for line in lines])
    else:
        print("nothing is parked" if arguments.parked else "every backend has everything")
    return Exit.OK


def _row(line: OutboxLine) -> tuple[Cell | str, ...]:
    state = Cell("due") if line.parked is None else Cell("parked", Style.BAD)
    return (
        line.backend,
        line.kind,
        state,
        line.object_id if line.parked is None else f"{line.object_id}: {line.parked}",
    )
