"""The fold of all facts at a start: from the newest state on record, in steps, noted on the way.

Law: a state counts only with the hash of the fact it goes up to, made by the very same code. Only where the archive is
gone is what other code made of it better than no start.
"""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from gateway.core.facts import DeliveryAccepted, DeliveryParked
from gateway.core.site_state import SiteState, evolve
from gateway.journal import ahead, chain, folded, history
from gateway.journal.chain import GENESIS, FactRow
from gateway.journal.errors import ArchiveDamaged
from gateway.journal.fact_codec import kind_of
from gateway.journal.sqlite import transaction

log = structlog.get_logger()

# A start that is killed goes on from where it noted last: some seconds of work on a small machine.
NOTED_EVERY: Final = 25_000
_NEVER: Final = sys.maxsize
# Half of all facts: where they speak of no EVSE they leave no trace (see site_state), and their bodies are not read.
_PASSING: Final = frozenset(map(kind_of, (DeliveryAccepted, DeliveryParked)))


@dataclass(frozen=True, slots=True)
class Recalled:
    """The fold up to a fact, that fact's hash, and the newest fact that the next start need not fold again."""

    state: SiteState
    hash: bytes
    noted: int

    @property
    def seq(self) -> int:
        """The newest fact in it."""
        return self.state.last_seq


def steps(connection: sqlite3.Connection, journal: Path, every: int = NOTED_EVERY) -> Iterator[Recalled]:
    """Yield the newest state on record and then, step by step, what the facts after it make of it, up to the newest.

    Behind it the state at the boundary is of this code too: nobody has to fold the archive again. ArchiveDamaged.
    """
    begun, _ = chain.begin(connection)
    known = [Recalled(SiteState(), GENESIS, 0), *_on_record(connection, journal)]
    past = max((one for one in known if one.seq <= begun), key=_seq)
    newest = max(known, key=_seq)
    if past.seq < begun:
        noted_every = every if newest.seq < begun else _NEVER
        for reached in _over_archive(connection, journal, past, noted_every):
            yield reached
            past = reached
    if begun:
        _keep_boundary(connection, past)
    newest = max(past, newest, key=_seq)
    yield newest
    while rows := history.read_rows(connection, journal, newest.seq + 1):
        newest = _noted(connection, _folded(rows, newest), every)
        yield newest


def fold_rows(rows: Sequence[FactRow], state: SiteState) -> SiteState:
    """Fold consecutive, verified rows as `evolve` does one by one."""
    for row in rows:
        if row[7] in _PASSING and row[5] is None:
            state = replace(state, last_seq=row[0], newest=chain.instant_of(row))
        else:
            state = evolve(state, chain.from_row(row))
    return state


def _folded(rows: Sequence[FactRow], before: Recalled) -> Recalled:
    return Recalled(fold_rows(rows, before.state), rows[-1][-1], before.noted)


def _seq(recalled: Recalled) -> int:
    return recalled.seq


def _on_record(connection: sqlite3.Connection, journal: Path) -> Iterator[Recalled]:
    """Find every state that this code has noted of the facts that are here."""
    noted = (folded.read(connection, folded.CHECKPOINT), folded.read(connection, folded.BOUNDARY), *ahead.read(journal))
    for one in noted:
        state = one.site_state() if one is not None else None
        if one is not None and state is not None and history.hash_of(connection, journal, one.up_to_seq) == one.hash:
            yield Recalled(state, one.hash, one.up_to_seq)


def _over_archive(connection: sqlite3.Connection, journal: Path, past: Recalled, every: int) -> Iterator[Recalled]:
    try:
        for _, rows in history.archived(connection, journal, past.seq + 1):
            past = _noted(connection, _folded(rows, past), every)
            yield past
    except ArchiveDamaged as lost:
        boundary = folded.read(connection, folded.BOUNDARY)
        state = boundary.decoded() if boundary is not None else None
        if boundary is None or state is None:
            raise
        log.warning("archive_unreadable", reason=str(lost), instead="what an older version made of it")
        yield Recalled(state, boundary.hash, boundary.up_to_seq)


def _keep_boundary(connection: sqlite3.Connection, past: Recalled) -> None:
    boundary = folded.read(connection, folded.BOUNDARY)
    if boundary is None or boundary.site_state() is None:
        _note(connection, folded.BOUNDARY, past)


def _noted(connection: sqlite3.Connection, recalled: Recalled, every: int) -> Recalled:
    """Note a state if enough was folded since the last one."""
    if recalled.seq - recalled.noted < every or not _note(connection, folded.CHECKPOINT, recalled):
        return recalled
    return replace(recalled, noted=recalled.seq)


def _note(connection: sqlite3.Connection, table: str, recalled: Recalled) -> bool:
    """Write a state down; a disk that does not take it costs the next start some time, and nothing else."""
    try:
        with transaction(connection):
            folded.write(connection, table, folded.folded(recalled.state, recalled.hash))
    except sqlite3.OperationalError:
        return False
    return True
