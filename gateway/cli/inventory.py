"""`ocpi-gateway cdrs inventory` and `cdrs resend`: which CDRs a backend was ever owed, and sending it some again."""

import argparse
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.cli import records
from gateway.cli.asking import in_path, places, print_json
from gateway.cli.client import post
from gateway.cli.language import say
from gateway.cli.outcome import Exit, InputRefused
from gateway.cli.table import Cell, Style, number, print_folded, show
from gateway.ocpi.inventory import MOST_WANTED, Resent, Shown

_RANGE: Final = re.compile(r"([1-9][0-9]{0,17})(?:-([1-9][0-9]{0,17}))?")
_MOST_NUMBERS: Final = 100_000
_STYLES: Final = {"delivered": Style.GOOD, "parked": Style.BAD}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument(
        "action",
        choices=("inventory", "resend"),
        nargs="?",
        help="inventory BACKEND: the CDRs that it was ever owed, numbered; resend BACKEND N…: send it some again",
    )
    parser.add_argument("backend", metavar="BACKEND", nargs="?", help="its name in the configuration")
    parser.add_argument("numbers", metavar="N", nargs="*", help="numbers of its inventory, or ranges like 17-20")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="for inventory: begin there")


def run(arguments: argparse.Namespace) -> int:
    """Ask and print, or pass the order on."""
    if arguments.backend is None:
        raise InputRefused(f"{arguments.action} of which backend? say its name in the configuration")
    if arguments.action == "resend":
        return _resend(arguments)
    body = records.inventory(places(arguments), arguments.backend, arguments.first)
    if arguments.json:
        print_json(body)
        return Exit.OK
    shown = msgspec.json.decode(body, type=Shown)
    if shown.cdrs:
        rows = [
            (number(str(line.number)), Cell(say(line.state), _STYLES.get(line.state)), line.digest[:16], line.id)
            for line in shown.cdrs
        ]
        show(("NUMBER", "STATE", "DIGEST", "CDR"), rows)
    onward = "" if shown.next is None else f"; go on with --from {shown.next}"
    print_folded(f"{arguments.backend} was owed {_cdrs(shown.count)} in all{onward}")
    return Exit.OK


def _resend(arguments: argparse.Namespace) -> int:
    numbers = list(_numbers(arguments.numbers))
    if not numbers:
        raise InputRefused("say which, by number: ocpi-gateway cdrs inventory BACKEND shows them")
    where, sent, unknown = places(arguments).socket, list[int](), list[int]()
    for begin in range(0, len(numbers), MOST_WANTED):
        order = msgspec.json.encode({"resend": numbers[begin : begin + MOST_WANTED]})
        answer = msgspec.json.decode(post(where, f"/inventory/{in_path(arguments.backend)}", order), type=Resent)
        sent += answer.resend
        unknown += answer.unknown
    if arguments.json:
        print_json(msgspec.json.encode(Resent(sent, unknown)))
    else:
        print_folded(f"{_cdrs(len(sent))} will be sent to {arguments.backend} again, byte for byte")
        if unknown:
            print_folded(f"not in its inventory: {', '.join(map(str, unknown[:20]))}")
    return Exit.FAILURE if unknown else Exit.OK


def _cdrs(count: int) -> str:
    return f"{count} CDR" if count == 1 else f"{count} CDRs"


def _numbers(words: Iterable[str]) -> Iterable[int]:
    for word in words:
        match = _RANGE.fullmatch(word)
        if match is None:
            raise InputRefused(f"{word} is no number and no range: write 17 or 17-20")
        first, last = int(match[1]), int(match[2] or match[1])
        if last - first >= _MOST_NUMBERS:
            raise InputRefused(f"{word} is too much at once: take at most {_MOST_NUMBERS}")
        yield from range(first, last + 1)
