"""`ocpi-gateway ledger`: the books of every EVSE, from the journal alone, beside a running daemon or without one."""

import argparse
import json

from gateway.cli.asking import add_json, places
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit
from gateway.cli.table import Cell, Style, number, show
from gateway.core.identifiers import EvseUid
from gateway.core.ledger import Account, keep_books
from gateway.journal.errors import JournalError
from gateway.journal.reader import open_reader
from gateway.settings import JOURNAL_FILE

EXAMPLE = "ocpi-gateway ledger"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fold the facts and print; FAILURE if the books of an EVSE do not balance."""
    journal = places(arguments).state_dir / JOURNAL_FILE
    try:
        with open_reader(journal) as reader:
            books = keep_books(reader.facts())
    except JournalError as fault:
        raise CommandFailed(str(fault)) from None
    if arguments.json:
        print(json.dumps({uid: _plain(account) for uid, account in books.items()}, indent=2))
    elif books:
        heads = ("EVSE", "OPENING WH", "SESSIONS", "UNATTRIBUTED", "EXCHANGED", "CLOSING WH", "BOOKS")
        show(heads, [_row(uid, account) for uid, account in books.items()])
    else:
        print(say("no counter value is on record yet"))
    return Exit.OK if all(account.balances for account in books.values()) else Exit.FAILURE


def _plain(account: Account) -> dict[str, int | bool | None]:
    return {
        "opening_wh": account.opening,
        "sessions_wh": account.sessions,
        "unattributed_wh": account.unattributed,
        "exchanged_wh": account.exchanged,
        "closing_wh": account.closing,
        "breaks": account.breaks,
        "balances": account.balances,
    }


def _row(uid: EvseUid, account: Account) -> tuple[Cell | str, ...]:
    state = Cell(say("balance")) if account.balances else Cell(say("do not balance"), Style.BAD)
    amounts = (account.opening, account.sessions, account.unattributed, account.exchanged, account.closing)
    return (uid, *(number("" if amount is None else str(amount)) for amount in amounts), state)
