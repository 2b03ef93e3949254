"""`ocpi-gateway price CDR.json`: what a CDR should cost, line by line; needs no config and no daemon."""

import argparse
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.cli.outcome import Exit, InputRefused
from gateway.cli.price_words import as_json, as_lines
from gateway.cli.repricing import Repricing, reprice
from gateway.cli.table import is_coloured, terminal_width
from gateway.core.tariff import Tariff
from gateway.ocpi.priced_cdr import PricedCdr, read_cdr, read_tariffs, versions_of
from gateway.ocpi.reading import Malformed, decode, without_nulls

EXAMPLE = "ocpi-gateway price cdr.json --tariff tariff.json --time-zone Europe/Berlin"
JSON = """\
  version, currency, total_cost, total_fixed_cost, total_energy_cost,
  total_time_cost, total_parking_cost, total_reservation_cost,
  lines [tariff_id, element, type, reservation, volume, billed_volume, price,
    vat, excl_vat, incl_vat], differences [field, cdr, computed], notes;
  each total is {excl_vat, incl_vat}, or of 2.3.0
  {before_taxes, taxes [name, percentage, amount]}"""

# Ten thousand charging periods are 2 MB; a device or an archive given by mistake has no end.
_LONGEST_BYTES = 16 * 2**20
_STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("cdr", metavar="CDR.json", help="an OCPI CDR, bare or in its envelope; - reads it from stdin")
    parser.add_argument("--tariff", metavar="TARIFF.json", help="price every period with this OCPI Tariff instead")
    parser.add_argument(
        "--version", choices=("2.2.1", "2.3.0"), help="the OCPI version of the prices shown (default: the CDR's)"
    )
    parser.add_argument(
        "--time-zone", default=None, metavar="ZONE", help="the location's, for times of day in the tariff (UTC)"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read, price, print."""
    cdr, given, version = _read(arguments)
    zone = _zone("UTC" if arguments.time_zone is None else arguments.time_zone)
    try:
        repricing = reprice(cdr, given, version, zone, zone_is_given=arguments.time_zone is not None)
    except Malformed as problem:
        raise InputRefused(f"{_name(arguments.cdr)}: {problem}") from None
    _print(repricing, json=arguments.json)
    return Exit.OK


def _print(repricing: Repricing, *, json: bool) -> None:
    if json:
        print(as_json(repricing))
    else:
        print("\n".join(as_lines(repricing, width=terminal_width(), coloured=is_coloured())))


def _read(arguments: argparse.Namespace) -> tuple[PricedCdr, Mapping[str, Tariff] | None, str]:
    if arguments.tariff == _STDIN and arguments.cdr == _STDIN:
        raise InputRefused("only one of the two can come from stdin; give the other one's file")
    name = arguments.cdr
    try:
        cdr = read_cdr(decode(_content(name)))
        given, versions = None, cdr.versions
        if arguments.tariff is not None:
            name = arguments.tariff
            value = decode(_content(name))
            given = read_tariffs(value, cdr.currency)
            versions = versions or _versions_of_tariff(value)
    except Malformed as problem:
        raise InputRefused(f"{_name(name)}: {problem}") from None
    return cdr, given, arguments.version or _only(versions, arguments.cdr)


def _versions_of_tariff(value: Any) -> frozenset[str]:
    tariffs = value if isinstance(value, list) else [value]
    return versions_of((), [without_nulls(each.get("data", each)) for each in tariffs if isinstance(each, dict)])


def _only(versions: frozenset[str], name: str) -> str:
    """Return the version that the words belong to; without any of them it is 2.2.1, whose Tariff needs none."""
    if len(versions) > 1:
        raise InputRefused(f"{_name(name)}: $: has prices of both 2.2.1 and 2.3.0; say --version which to show")
    return next(iter(versions), "2.2.1")


def _content(name: str) -> bytes:
    try:
        with nullcontext(sys.stdin.buffer) if name == _STDIN else Path(name).open("rb") as file:
            content = file.read(_LONGEST_BYTES + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise InputRefused(f"{_name(name)}: cannot be read ({reason.lower()}); check the name") from None
    if len(content) > _LONGEST_BYTES:
        raise InputRefused(f"{_name(name)}: is longer than any CDR or Tariff; check the name")
    return content


def _name(name: str) -> str:
    return "stdin" if name == _STDIN else name


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputRefused(f"--time-zone: there is no time zone {name!r}; give one like Europe/Berlin") from None
