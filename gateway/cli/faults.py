"""`ocpi-gateway faults clear EVSE`: a technician says that a fault is mended."""

import argparse

import msgspec

from gateway.cli.asking import in_path, places
from gateway.cli.client import post
from gateway.cli.outcome import Exit
from gateway.cli.table import print_folded
from gateway.web.shapes import Done

EXAMPLE = "ocpi-gateway faults clear 1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("action", choices=("clear",), help="clear: the EVSE may be used again")
    parser.add_argument("evse", metavar="EVSE", help="the EVSE's uid, as ocpi-gateway status shows it")


def run(arguments: argparse.Namespace) -> int:
    """Pass the order on."""
    body = post(places(arguments).socket, f"/faults/{in_path(arguments.evse)}/clear")
    print_folded(msgspec.json.decode(body, type=Done).done)
    return Exit.OK
