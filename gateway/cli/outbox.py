"""`ocpi-gateway outbox`: what backends do not have yet; `outbox retry ID` has a refused object sent again."""

import argparse

import msgspec

from gateway.cli import records
from gateway.cli.asking import add_json, in_path, places, print_json
from gateway.cli.client import post
from gateway.cli.language import say
from gateway.cli.outcome import Exit, InputRefused
from gateway.cli.table import Cell, Style, print_folded, show
from gateway.web.shapes import Done, OutboxLine, encode

EXAMPLE = "ocpi-gateway outbox --parked"
JSON = """\
  [backend, kind, object_id, session_id, up_to_seq, size_bytes, parked]
  of retry: done"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    parser.add_argument("action", choices=("retry",), nargs="?", help="retry: send what was refused again")
    parser.add_argument("object_id", metavar="ID", nargs="?", help="id of the refused Session or CDR")
    parser.add_argument("--parked", action="store_true", help="only what a backend refused and a human must look at")


def run(arguments: argparse.Namespace) -> int:
    """Ask and print, or pass the order on."""
    if arguments.action is not None:
        return _retry(arguments)
    body = records.outbox(places(arguments), parked_only=arguments.parked)
    lines = msgspec.json.decode(body, type=tuple[OutboxLine, ...])
    if arguments.parked:
        lines = tuple(line for line in lines if line.parked is not None)
    if arguments.json:
        print_json(encode(lines))
    elif lines:
        show(("BACKEND", "OBJECT", "STATE", "ID AND REASON"), [_row(line) for line in lines])
    else:
        print_folded("nothing is parked" if arguments.parked else "every backend has everything")
    return Exit.OK


def _retry(arguments: argparse.Namespace) -> int:
    if arguments.object_id is None:
        raise InputRefused("say which object, by its ID: ocpi-gateway outbox --parked shows them")
    body = post(places(arguments).socket, f"/outbox/{in_path(arguments.object_id)}/retry")
    if arguments.json:
        print_json(body)
    else:
        print_folded(msgspec.json.decode(body, type=Done).done)
    return Exit.OK


def _row(line: OutboxLine) -> tuple[Cell | str, ...]:
    state = Cell(say("due")) if line.parked is None else Cell(say("parked"), Style.BAD)
    return (
        line.backend,
        line.kind,
        state,
        line.object_id if line.parked is None else f"{line.object_id}: {line.parked}",
    )
