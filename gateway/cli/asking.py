"""What commands that ask the daemon share: where it is, and their answer as JSON."""

import argparse
import sys
from urllib.parse import quote

from gateway.cli.outcome import InputRefused
from gateway.config.findings import ConfigError
from gateway.config.places import Places, find_places

HIGHEST_LIMIT = 1000  # the daemon's own


def add_json(parser: argparse.ArgumentParser) -> None:
    """Offer --json."""
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def add_limit(parser: argparse.ArgumentParser) -> None:
    """Offer --limit."""
    parser.add_argument(
        "--limit", type=_limit, default=20, metavar="N", help=f"at most so many (20; up to {HIGHEST_LIMIT})"
    )


def places(arguments: argparse.Namespace) -> Places:
    """Return where the daemon and its journal are; InputRefused if the config cannot say."""
    try:
        return find_places(arguments.config)
    except ConfigError as mistake:
        raise InputRefused(f"{mistake}; see --config") from None


def in_path(name: str) -> str:
    """Return an id or a name as a part of a path of the local API; InputRefused where it is empty."""
    if not name:
        raise InputRefused("an id that is empty names nothing; give it whole")
    return quote(name, safe="")


def print_json(body: bytes) -> None:
    """Print JSON as it came, only indented."""
    import msgspec  # noqa: PLC0415 - only where --json is asked for

    sys.stdout.write(msgspec.json.format(body, indent=2).decode() + "\n")


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= HIGHEST_LIMIT):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to {HIGHEST_LIMIT}")
    return int(text)
