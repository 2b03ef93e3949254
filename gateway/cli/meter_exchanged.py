"""`ocpi-gateway meter-exchanged EVSE`: a technician put another meter in, and read both."""

import argparse
from urllib.parse import urlencode

import msgspec

from gateway.cli.asking import in_path, places
from gateway.cli.client import post
from gateway.cli.outcome import Exit
from gateway.cli.table import print_folded
from gateway.web.shapes import Done

# A thousand GWh; no meter here counts further.
_MOST_DIGITS = 12
EXAMPLE = "ocpi-gateway meter-exchanged 1 --old-wh 1234567 --new-wh 0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("evse", metavar="EVSE", help="the EVSE's uid, as ocpi-gateway status shows it")
    parser.add_argument("--old-wh", type=_wh, required=True, help="what the old meter showed when it was taken out, Wh")
    parser.add_argument("--new-wh", type=_wh, required=True, help="what the new meter shows now, Wh")


def run(arguments: argparse.Namespace) -> int:
    """Pass the word on."""
    values = urlencode({"old_wh": arguments.old_wh, "new_wh": arguments.new_wh})
    body = post(places(arguments).socket, f"/meters/{in_path(arguments.evse)}/exchanged?{values}")
    print_folded(msgspec.json.decode(body, type=Done).done)
    return Exit.OK


def _wh(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is no counter value in whole Wh")
    return int(text)
