"""`ocpi-gateway sessions`: the newest sessions."""

import argparse
import json
from decimal import Decimal

import msgspec

from gateway.cli import records, words
from gateway.cli.asking import add_json, add_limit, places, print_json
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, number, print_folded, show
from gateway.config.places import Places
from gateway.web.shapes import SessionLine

# As many characters of an id as tell sessions apart at one site; `explain` takes them, --json shows the whole.
_SHORT = 8
EXAMPLE = "ocpi-gateway sessions --limit 5"
JSON = """\
  [session_id, evse_uid, status, up_to_seq, cdr_waits, session: OCPI's object]"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    add_limit(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    where = places(arguments)
    body = records.sessions(where, arguments.limit)
    if arguments.json:
        print_json(body)
        return Exit.OK
    lines = msgspec.json.decode(body, type=tuple[SessionLine, ...])
    if lines:
        show(("START", "EVSE", "STATUS", "ENERGY", "SESSION"), [_row(line, where) for line in lines])
    else:
        print_folded("no session yet")
    return Exit.OK


def _row(line: SessionLine, where: Places) -> tuple[Cell | str, ...]:
    session = json.loads(bytes(line.session), parse_float=Decimal)
    start = words.local(words.parse_time(session["start_date_time"]), where.time_zone)
    return (
        start,
        line.evse_uid,
        f"{line.status}, CDR waits" if line.cdr_waits else line.status,
        number(f"{words.plain(Decimal(session['kwh']))} kWh"),
        line.session_id[:_SHORT],
    )
