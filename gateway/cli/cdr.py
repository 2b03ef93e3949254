"""`ocpi-gateway cdr credit ID`: takes a CDR back that was sent, and bills anew where that is wanted."""

import argparse
import json

import msgspec

from gateway.cli.asking import in_path, places
from gateway.cli.client import post
from gateway.cli.outcome import Exit, InputRefused
from gateway.cli.table import print_folded
from gateway.web.shapes import Done

EXAMPLE = 'ocpi-gateway cdr credit ID --reason "wrong tariff" --replace --tariff STANDARD'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("action", choices=("credit",), help="credit: send a credit CDR, which takes it back")
    parser.add_argument("cdr", metavar="ID", help="the CDR's id, as ocpi-gateway cdrs shows it")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands in the credit CDR")
    parser.add_argument("--replace", action="store_true", help="send a new CDR in its place, with what follows")
    parser.add_argument("--tariff", metavar="ID", help="price it with this tariff of tariffs_file")
    parser.add_argument("--energy-wh", type=int, metavar="N", help="the energy that evidence shows")


def run(arguments: argparse.Namespace) -> int:
    """Pass the order on."""
    correction = {"tariff": arguments.tariff, "energy_wh": arguments.energy_wh}
    is_corrected = any(value is not None for value in correction.values())
    if arguments.replace and not is_corrected:
        raise InputRefused("what is to be replaced by what? give --tariff ID, --energy-wh N, or both")
    if is_corrected and not arguments.replace:
        raise InputRefused("--tariff and --energy-wh say what a new CDR has; add --replace")
    order = {"reason": arguments.reason, "replace": correction if arguments.replace else None}
    path = f"/cdrs/{in_path(arguments.cdr)}/credit"
    body = post(places(arguments).socket, path, json.dumps(order).encode())
    print_folded(msgspec.json.decode(body, type=Done).done)
    return Exit.OK
