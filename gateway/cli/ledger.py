"""`ocpi-gateway ledger`: the books of every EVSE, from the journal alone, beside a running daemon or without one."""

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.cli import words
from gateway.cli.asking import add_json, places
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit
from gateway.cli.table import Cell, Style, number, print_folded, show
from gateway.config.places import Places
from gateway.core.chronology import Chronology
from gateway.core.facts import Fact, GatewayStarted, MeterExchanged
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyAccepted, UnattributedEnergyFound
from gateway.core.facts_time import TimeLearned
from gateway.core.identifiers import EvseUid
from gateway.core.instant import Instant
from gateway.core.ledger import Account, keep_books
from gateway.journal.errors import JournalError
from gateway.journal.reader import open_reader
from gateway.settings import JOURNAL_FILE
from gateway.web.story_words import tell

EXAMPLE = "ocpi-gateway ledger"
JSON = """\
  EVSE {since, until, opening_wh, sessions_wh, unattributed_wh, unexplained_wh,
    alarm, exchanged_wh, exchanges, closing_wh, rollover_wh, rollovers, breaks,
    balances}, one for each"""
_TURNING_POINTS = (MeterExchanged, CounterRolledOver, UnattributedEnergyFound, UnattributedEnergyAccepted)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fold the facts and print; FAILURE if the books of an EVSE do not balance."""
    where = places(arguments)
    seen = _Seen()
    try:
        with open_reader(where.state_dir / JOURNAL_FILE) as reader:
            books = keep_books(seen.noting(reader.facts()))
    except JournalError as fault:
        raise CommandFailed(str(fault)) from None
    if arguments.json:
        print(json.dumps({uid: _plain(account, seen.known) for uid, account in books.items()}, indent=2))
    elif books:
        heads = ("EVSE", "OPENING WH", "SESSIONS", "UNATTRIBUTED", "EXCHANGED", "CLOSING WH", "BOOKS")
        show(heads, [_row(uid, account) for uid, account in books.items()])
        print()
        show(
            ("EVSE", "FROM", "TO", "WHAT ELSE"),
            [_notes(uid, account, where, seen.known) for uid, account in books.items()],
        )
        if seen.turning_points:
            print()
            show(("WHEN", "EVSE", "WHAT"), [_turning_point(fact, where, seen.known) for fact in seen.turning_points])
    else:
        print_folded("no counter value is on record yet")
    return Exit.OK if all(account.balances for account in books.values()) else Exit.FAILURE


@dataclass(slots=True)
class _Seen:
    """What the books leave away: turning points, and when it really was, for as many boots back as that is known."""

    turning_points: list[Fact] = field(default_factory=list)
    known: Chronology = field(default_factory=Chronology)

    def noting(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """Pass facts on and note what is wanted of them."""
        for fact in facts:
            match fact.body:
                case GatewayStarted(_, after) if after is not None:
                    self.known = self.known.begin(after, fact.at, keep=True)
                case TimeLearned():
                    self.known = self.known.learn(fact.at)
                case body if isinstance(body, _TURNING_POINTS):
                    self.turning_points.append(fact)
                case _:
                    pass
            yield fact


def _plain(account: Account, known: Chronology) -> dict[str, int | bool | str | None]:
    return {
        "since": known.place(account.since).isoformat() if account.since is not None else None,
        "until": known.place(account.until).isoformat() if account.until is not None else None,
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


def _notes(uid: EvseUid, account: Account, where: Places, known: Chronology) -> tuple[Cell | str, ...]:
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
    return (
        uid,
        _local(account.since, where, known),
        _local(account.until, where, known),
        Cell(say("; ".join(notes)), style),
    )


def _turning_point(fact: Fact, where: Places, known: Chronology) -> tuple[Cell | str, ...]:
    return (_local(fact.at, where, known), fact.evse_uid or "", say("; ".join(text for _, text, _ in tell(fact.body))))


def _local(at: Instant | None, where: Places, known: Chronology) -> str:
    """Return a moment in the site's zone; one that is not certain gets a mark."""
    if at is None:
        return ""
    return words.local(known.place(at), where.time_zone) + ("" if known.is_trusted(at) else "?")
