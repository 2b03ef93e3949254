"""`ocpi-gateway ledger`: the books of every EVSE, from the journal alone, beside a running daemon or without one."""

import argparse
import json
from collections.abc import Iterable, Iterator

from gateway.cli import words
from gateway.cli.asking import add_json, places
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit
from gateway.cli.table import Cell, Style, number, show
from gateway.config.places import Places
from gateway.core.facts import Fact, MeterExchanged
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyAccepted, UnattributedEnergyFound
from gateway.core.identifiers import EvseUid
from gateway.core.instant import ClockQuality, Instant
from gateway.core.ledger import Account, keep_books
from gateway.journal.errors import JournalError
from gateway.journal.reader import open_reader
from gateway.settings import JOURNAL_FILE
from gateway.web.story_words import tell

EXAMPLE = "ocpi-gateway ledger"
_TURNING_POINTS = (MeterExchanged, CounterRolledOver, UnattributedEnergyFound, UnattributedEnergyAccepted)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fold the facts and print; FAILURE if the books of an EVSE do not balance."""
    where = places(arguments)
    turning_points: list[Fact] = []
    try:
        with open_reader(where.state_dir / JOURNAL_FILE) as reader:
            books = keep_books(_noting(reader.facts(), turning_points))
    except JournalError as fault:
        raise CommandFailed(str(fault)) from None
    if arguments.json:
        print(json.dumps({uid: _plain(account) for uid, account in books.items()}, indent=2))
    elif books:
        heads = ("EVSE", "OPENING WH", "SESSIONS", "UNATTRIBUTED", "EXCHANGED", "CLOSING WH", "BOOKS")
        show(heads, [_row(uid, account) for uid, account in books.items()])
        print()
        show(("EVSE", "FROM", "TO", "WHAT ELSE"), [_notes(uid, account, where) for uid, account in books.items()])
        if turning_points:
            print()
            show(("WHEN", "EVSE", "WHAT"), [_turning_point(fact, where) for fact in turning_points])
    else:
        print(say("no counter value is on record yet"))
    return Exit.OK if all(account.balances for account in books.values()) else Exit.FAILURE


def _noting(facts: Iterable[Fact], turning_points: list[Fact]) -> Iterator[Fact]:
    for fact in facts:
        if isinstance(fact.body, _TURNING_POINTS):
            turning_points.append(fact)
        yield fact


def _plain(account: Account) -> dict[str, int | bool | str | None]:
    return {
        "since": account.since.utc.isoformat() if account.since is not None else None,
        "until": account.until.utc.isoformat() if account.until is not None else None,
        "opening_wh": account.opening,
        "sessions_wh": account.sessions,
        "unattributed_wh": account.unattributed,
        "unexplained_wh": account.unexplained,
        "alarm": account.alarmed,
        "exchanged_wh": account.exchanged,
        "exchanges": account.exchanges,
        "closing_wh": account.closing,
        "rollover_wh": account.rollover_wh,
        "rollovers": account.rollovers,
        "breaks": account.breaks,
        "balances": account.balances,
    }


def _row(uid: EvseUid, account: Account) -> tuple[Cell | str, ...]:
    state = Cell(say("balance")) if account.balances else Cell(say("do not balance"), Style.BAD)
    amounts = (account.opening, account.sessions, account.unattributed, account.exchanged, account.closing)
    return (uid, *(number("" if amount is None else str(amount)) for amount in amounts), state)


def _notes(uid: EvseUid, account: Account, where: Places) -> tuple[Cell | str, ...]:
    notes = []
    if account.exchanges:
        notes.append(f"meter exchanges: {account.exchanges}")
    if account.breaks:
        notes.append(f"new baselines: {account.breaks}")
    if account.rollovers and account.rollover_wh and account.closing is not None:
        shown_wh = account.closing % account.rollover_wh
        notes.append(f"begun at 0 again: {account.rollovers}, the counter shows {shown_wh} Wh")
    if account.alarmed:
        notes.append(f"{words.kwh(account.unexplained)} of nobody's to look into")
    style = Style.BAD if account.alarmed else None
    return (uid, _local(account.since, where), _local(account.until, where), Cell(say("; ".join(notes)), style))


def _turning_point(fact: Fact, where: Places) -> tuple[Cell | str, ...]:
    return (_local(fact.at, where), fact.evse_uid or "", say("; ".join(text for _, text, _ in tell(fact.body))))


def _local(at: Instant | None, where: Places) -> str:
    """Return a moment in the site's zone; by a clock that was not synchronised it gets a mark."""
    if at is None:
        return ""
    return words.local(at.utc, where.time_zone) + ("" if at.clock is ClockQuality.SYNCHRONISED else "?")
