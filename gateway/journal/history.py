"""All facts, wherever they are: the old ones in the archive, the newer ones in the journal itself."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.core.facts import Fact, SessionAuthorized
from gateway.core.identifiers import SessionId
from gateway.core.rows import RowChange
from gateway.journal import archive, chain
from gateway.journal.archive import Place
from gateway.journal.chain import FactRow
from gateway.journal.errors import ArchiveDamaged
from gateway.journal.fact_codec import kind_of

BATCH: Final = 500  # facts held in memory at once while reading all of them
_BEGINNING: Final = kind_of(SessionAuthorized)


def read(connection: sqlite3.Connection, journal: Path, from_seq: int) -> tuple[Fact, ...]:
    """Return some facts from `from_seq` on, verified; none where there are no more. JournalCorrupt, ArchiveDamaged."""
    return tuple(chain.from_row(row) for row in read_rows(connection, journal, from_seq))


def read_rows(connection: sqlite3.Connection, journal: Path, from_seq: int) -> list[FactRow]:
    """Return the same as rows."""
    begun, _ = chain.begin(connection)
    if from_seq > begun:
        return chain.read_rows(connection, from_seq, BATCH)
    place = next(archive.blocks(journal, begun, max(1, from_seq)))
    return [row for row in archive.rows_of(place) if row[0] >= from_seq]


def facts(connection: sqlite3.Connection, journal: Path, from_seq: int = 1) -> Iterator[Fact]:
    """Read all facts from `from_seq` on."""
    while batch := read(connection, journal, from_seq):
        yield from batch
        from_seq = batch[-1].seq + 1


def archived(connection: sqlite3.Connection, journal: Path, from_seq: int = 1) -> Iterator[tuple[Place, list[FactRow]]]:
    """Read the archive from `from_seq` on, block by block: verified, linked, and up to the journal's boundary."""
    begun, sealed = chain.begin(connection)
    for place in archive.blocks(journal, begun, from_seq):
        rows = archive.rows_of(place)
        if rows[-1][0] == begun and rows[-1][-1] != sealed:
            raise ArchiveDamaged(f"{place.file} does not end as the journal goes on; bring it back from a backup")
        yield place, [row for row in rows if from_seq <= row[0] <= begun]


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
    old = [
        chain.from_row(row)
        for place in archive.blocks(journal, begun)
        if session_id in place.block.sessions
        for row in archive.rows_of(place)
        if row[6] == session_id
    ]
    return (*old, *(fact for fact in here if fact.seq > begun))


def archived_changes(connection: sqlite3.Connection, journal: Path) -> Iterator[RowChange]:
    """Read what the archived facts meant for CDRs."""
    begun, _ = chain.begin(connection)
    for place in archive.blocks(journal, begun):
        yield from archive.changes_of(place)


def hash_of(connection: sqlite3.Connection, journal: Path, seq: int) -> bytes | None:
    """Return the hash of a fact that is here or in the archive; None where there is none, or it cannot be read."""
    begun, _ = chain.begin(connection)
    if seq >= begun or seq < 1:
        return chain.hash_of(connection, seq)
    try:
        rows = archive.rows_of(next(archive.blocks(journal, begun, seq)))
    except (ArchiveDamaged, OSError):
        return None
    return next((bytes(row[-1]) for row in rows if row[0] == seq), None)
