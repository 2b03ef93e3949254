"""All facts, wherever they are: the old ones in the archive, the newer ones in the journal itself."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.core.facts import Fact, SessionAuthorized
from gateway.core.identifiers import SessionId
from gateway.core.rows import RowChange
from gateway.core.site_state import SiteState, evolve
from gateway.journal import archive, chain, folded
from gateway.journal.chain import FactRow
from gateway.journal.fact_codec import kind_of

BATCH: Final = 500  # facts held in memory at once while reading all of them
_BEGINNING: Final = kind_of(SessionAuthorized)


def read(connection: sqlite3.Connection, journal: Path, from_seq: int) -> tuple[Fact, ...]:
    """Return some facts from `from_seq` on, verified; none where there are no more. JournalCorrupt, ArchiveDamaged."""
    begun, _ = chain.begin(connection)
    if from_seq > begun:
        return chain.read(connection, from_seq, BATCH)
    place = next(archive.blocks(journal, begun, max(1, from_seq)))
    return tuple(chain.from_row(row) for row in archive.rows_of(place) if row[0] >= from_seq)


def facts(connection: sqlite3.Connection, journal: Path, from_seq: int = 1) -> Iterator[Fact]:
    """Read all facts from `from_seq` on."""
    while batch := read(connection, journal, from_seq):
        yield from batch
        from_seq = batch[-1].seq + 1


def all_rows(connection: sqlite3.Connection, journal: Path) -> Iterator[FactRow]:
    """Read all rows in order; those of the journal itself as they stand, whatever they say."""
    begun, _ = chain.begin(connection)
    for place in archive.blocks(journal, begun):
        yield from archive.rows_of(place)
    yield from (row for row in chain.all_rows(connection) if row[0] > begun)


def facts_of(connection: sqlite3.Connection, journal: Path, session_id: SessionId) -> tuple[Fact, ...]:
    """Return every fact of one session in order."""
    here = chain.read_of_session(connection, session_id)
    begun, _ = chain.begin(connection)
    if begun == 0 or (here and kind_of(type(here[0].body)) == _BEGINNING):
        return here
    archived = [
        chain.from_row(row)
        for place in archive.blocks(journal, begun)
        if session_id in place.block.sessions
        for row in archive.rows_of(place)
        if row[6] == session_id
    ]
    return (*archived, *(fact for fact in here if fact.seq > begun))


def archived_changes(connection: sqlite3.Connection, journal: Path) -> Iterator[RowChange]:
    """Read what the archived facts meant for CDRs."""
    begun, _ = chain.begin(connection)
    for place in archive.blocks(journal, begun):
        yield from archive.changes_of(place)


def state_at_begin(connection: sqlite3.Connection, journal: Path) -> SiteState:
    """Return the fold of all archived facts: as it was noted, or, where other code did that, from the facts."""
    noted = folded.read(connection, folded.BOUNDARY)
    known = noted.site_state() if noted is not None else None
    return known if known is not None else _folded_archive(connection, journal)


def newest_state(connection: sqlite3.Connection, journal: Path) -> SiteState:
    """Return the newest state on record that belongs to the facts that are here."""
    noted = folded.read(connection, folded.CHECKPOINT)
    if noted is not None and chain.hash_of(connection, noted.up_to_seq) == noted.hash:
        state = noted.site_state()
        if state is not None:
            return state
    return state_at_begin(connection, journal)


def _folded_archive(connection: sqlite3.Connection, journal: Path) -> SiteState:
    begun, _ = chain.begin(connection)
    state = SiteState()
    for place in archive.blocks(journal, begun):
        for row in archive.rows_of(place):
            state = evolve(state, chain.from_row(row))
    return state
