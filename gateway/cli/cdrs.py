"""`ocpi-gateway cdrs`: the newest CDRs; with `inventory` or `resend`, what a backend has of them."""

import argparse
import json
from decimal import Decimal

import msgspec

from gateway.cli import inventory, records, words
from gateway.cli.asking import add_json, add_limit, places, print_json
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, number, print_folded, show
from gateway.config.places import Places
from gateway.web.shapes import CdrLine

EXAMPLE = "ocpi-gateway cdrs --json --limit 1"
JSON = """\
  [cdr_id, session_id, seq, cdr: OCPI's object]
  of inventory: count, first_digest, head_digest, next,
    cdrs [number, id, digest, state],
    root {day, up_to_seq, head, key, signature}
  of resend: resend [number], unknown [number]"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    add_limit(parser)
    inventory.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    if arguments.action is not None:
        return inventory.run(arguments)
    where = places(arguments)
    body = records.cdrs(where, arguments.limit)
    if arguments.json:
        print_json(body)
        return Exit.OK
    lines = msgspec.json.decode(body, type=tuple[CdrLine, ...])
    if lines:
        show(("END", "ENERGY", "COST", "CDR"), [_row(line, where) for line in lines])
    else:
        print_folded("no CDR yet")
    return Exit.OK


def _row(line: CdrLine, where: Places) -> tuple[Cell | str, ...]:
    cdr = json.loads(bytes(line.cdr), parse_float=Decimal)
    end = words.local(words.parse_time(cdr["end_date_time"]), where.time_zone)
    energy = f"{words.plain(Decimal(cdr['total_energy']))} kWh"
    cost = words.money(Decimal(cdr["total_cost"]["excl_vat"]), cdr["currency"])
    return (end, number(energy), number(cost), line.cdr_id)
