"""`ocpi-gateway verify`: proves that no recorded fact was edited, removed or put into another order."""

import argparse
import json
import re
from dataclasses import asdict

from gateway.cli.asking import add_json, places
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit
from gateway.cli.progress import progress
from gateway.journal.errors import JournalError
from gateway.journal.verify import ChainReport, Noted, verify
from gateway.settings import JOURNAL_FILE

EXAMPLE = "ocpi-gateway verify"

_NOTED = re.compile(r"([1-9][0-9]*):([0-9a-f]{64})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    parser.add_argument(
        "--noted",
        type=_noted,
        metavar="SEQ:HASH",
        help="a head printed earlier and kept elsewhere: it must still be there",
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify, read-only, also beside a running daemon; FAILURE if anything was changed."""
    journal = places(arguments).state_dir / JOURNAL_FILE
    try:
        with progress(quiet=arguments.json) as bar:
            report = verify(journal, arguments.noted, lambda done, of: bar.going(say("verifying"), done, of))
    except JournalError as fault:
        raise CommandFailed(str(fault)) from None
    if arguments.json:
        print(json.dumps({"journal": str(journal), "is_whole": report.is_whole, **asdict(report)}, indent=2))
    else:
        _print(report)
    return Exit.OK if report.is_whole else Exit.FAILURE


def _print(report: ChainReport) -> None:
    if report.damage is not None:
        print(report.damage.what)
        print(
            f"the {report.facts} facts before it are as they were written;"
            " keep a copy of the journal and find out who changed it"
        )
        return
    print(f"{report.facts} facts are as they were written, each following the one before")
    if report.facts:
        print(f"head {report.facts}:{report.head}")


def _noted(text: str) -> Noted:
    match = _NOTED.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("must be SEQ:HASH as verify prints it after `head`")
    return Noted(int(match[1]), match[2])
