"""`ocpi-gateway replay`: proves that everything derived follows from the recorded facts."""

import argparse
import json
from dataclasses import asdict

from gateway.cli.asking import add_json, places
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit
from gateway.cli.progress import progress
from gateway.cli.table import print_folded
from gateway.journal.errors import JournalError
from gateway.journal.replay import ReplayReport, replay
from gateway.projection import project
from gateway.settings import JOURNAL_FILE

EXAMPLE = "ocpi-gateway replay"
JSON = """\
  journal, is_equal, facts, rows, differing,
  differences [table, key, deviation, columns]"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay, read-only, also beside a running daemon; FAILURE if anything differs."""
    journal = places(arguments).state_dir / JOURNAL_FILE
    try:
        with progress(quiet=arguments.json) as bar:
            report = replay(journal, project, lambda done, of: bar.going(say("replaying"), done, of))
    except JournalError as fault:
        raise CommandFailed(str(fault)) from None
    if arguments.json:
        print(json.dumps({"journal": str(journal), "is_equal": report.is_equal, **asdict(report)}, indent=2))
    else:
        _print(report)
    return Exit.OK if report.is_equal else Exit.FAILURE


def _print(report: ReplayReport) -> None:
    for difference in report.differences:
        columns = f" in {', '.join(difference.columns)}" if difference.columns else ""
        print_folded(f"{difference.table} {' '.join(difference.key)}: {difference.deviation.value}{columns}")
    if report.is_equal:
        print_folded(f"{report.facts} facts give the {report.rows} rows that are there")
    else:
        print_folded(
            f"{report.differing} of {report.rows} rows are not what the {report.facts} facts say;"
            " keep a copy of the journal and report this"
        )
