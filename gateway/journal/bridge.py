"""Goes on from a checkpoint behind which every fact is intact, where facts before it are not what was written.

One rotten fact of last year must not cost this year's bills: what is derived from all of them, and what is owed, stays
as it stands. The facts up to the checkpoint count as archived, in a file that is not there any more.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.journal import chain, folded
from gateway.journal.chain import FactRow
from gateway.journal.errors import JournalCorrupt
from gateway.journal.folded import Folded
from gateway.journal.sqlite import connect_reader
from gateway.journal.tables import DERIVED


def bridgehead(damaged: Path, kept: int, begun: Path) -> Folded | None:
    """Return the checkpoint to go on from, if it is newer than fact `kept`; None where there is none, or no way.

    `begun` is a journal of the newest schema: what is derived is copied as it stands, so the damaged one must have it.
    """
    try:
        with closing(connect_reader(begun)) as new, closing(connect_reader(damaged)) as old:
            noted = folded.read(old, folded.CHECKPOINT)
            if noted is None or noted.up_to_seq <= kept or noted.decoded() is None or not _is_sound(old):
                return None
            if _schema(old) != _schema(new):
                return None
            if chain.hash_of(old, noted.up_to_seq) != noted.hash:
                return None
            for _ in _after(old, noted):
                pass
            return noted
    except (sqlite3.DatabaseError, JournalCorrupt):
        return None


def cross(damaged: Path, new: sqlite3.Connection, noted: Folded) -> int:
    """Fill a new journal from the checkpoint on, inside the caller's transaction; return its newest fact."""
    newest = noted.up_to_seq
    folded.write(new, folded.BOUNDARY, noted)
    with closing(connect_reader(damaged)) as old:
        for row in _after(old, noted):
            chain.insert(new, row)
            newest = row[0]
        for table in DERIVED:
            rows = old.execute(f"SELECT * FROM {table}")  # noqa: S608 - our names
            marks = ", ".join("?" for _ in rows.description)
            new.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our names
    return newest


def _after(old: sqlite3.Connection, noted: Folded) -> Iterator[FactRow]:
    return chain.verified(chain.rows_from(old, noted.up_to_seq + 1), (noted.up_to_seq + 1, noted.hash))


def _schema(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _is_sound(old: sqlite3.Connection) -> bool:
    """Tell whether the file itself is well, and its tables are all there."""
    there = {name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return there >= set(DERIVED) and old.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
