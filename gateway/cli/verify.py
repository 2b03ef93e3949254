"""`ocpi-gateway verify`: proves that no recorded fact was edited, removed, moved, or forged with all that follow it."""

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path

from gateway.cli.asking import add_json, places
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit
from gateway.cli.progress import progress
from gateway.cli.table import print_folded
from gateway.journal.errors import JournalError
from gateway.journal.verify import ChainReport, Noted, verify
from gateway.notary.witness import RootReport, Witness
from gateway.settings import JOURNAL_FILE, KEY_FILE

EXAMPLE = "ocpi-gateway verify"
JSON = """\
  journal, is_whole, facts, head, damage {seq, what},
  roots {roots, day, up_to_seq, key, breach}; with --public-key: public_key"""

_KEY = re.compile(r"[0-9a-f]{64}")
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
    parser.add_argument(
        "--key",
        type=_key,
        metavar="HEX",
        help="the device's public key, noted elsewhere: signed roots must be by it (else by the file beside it)",
    )
    parser.add_argument("--public-key", action="store_true", help="only print the device's public key")


def run(arguments: argparse.Namespace) -> int:
    """Verify, read-only, also beside a running daemon; FAILURE if anything was changed."""
    state_dir = places(arguments).state_dir
    journal, known = state_dir / JOURNAL_FILE, _public_key(state_dir / KEY_FILE)
    if arguments.public_key:
        if known is None:
            raise CommandFailed(f"there is no device key in {state_dir} yet: start the daemon once")
        print(json.dumps({"public_key": known}, indent=2) if arguments.json else known)
        return Exit.OK
    witness = Witness(arguments.key or known)
    try:
        with progress(quiet=arguments.json) as bar:
            report = verify(
                journal, arguments.noted, lambda done, of: bar.going(say("verifying"), done, of), witness.see
            )
    except JournalError as fault:
        raise CommandFailed(str(fault)) from None
    roots = witness.report()
    is_whole = report.is_whole and roots.breach is None
    if arguments.json:
        shown = {"journal": str(journal), "is_whole": is_whole, **asdict(report), "roots": asdict(roots)}
        print(json.dumps(shown, indent=2))
    else:
        _print(report)
        _print_roots(report, roots)
    return Exit.OK if is_whole else Exit.FAILURE


def _print_roots(report: ChainReport, roots: RootReport) -> None:
    if roots.breach is not None:
        print_folded(roots.breach)
        print_folded("keep a copy of the journal and find out who changed it")
    elif roots.roots and report.is_whole:
        covered = f"the newest of {roots.day} covers facts 1 to {roots.up_to_seq}"
        print_folded(f"signed roots that fit: {roots.roots}, {covered}")


def _public_key(private: Path) -> str | None:
    try:
        return _key(private.with_suffix(".pub").read_text(encoding="ascii").strip())
    except (OSError, ValueError, argparse.ArgumentTypeError):
        return None


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise argparse.ArgumentTypeError("must be 64 hex digits as verify --public-key prints them")
    return text


def _print(report: ChainReport) -> None:
    if report.damage is not None:
        print_folded(report.damage.what)
        print_folded(
            f"the {report.facts} facts before it are as they were written;"
            " keep a copy of the journal and find out who changed it"
        )
        return
    print_folded(f"{report.facts} facts are as they were written, each following the one before")
    if report.facts:
        print(f"head {report.facts}:{report.head}")


def _noted(text: str) -> Noted:
    match = _NOTED.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("must be SEQ:HASH as verify prints it after `head`")
    return Noted(int(match[1]), match[2])
