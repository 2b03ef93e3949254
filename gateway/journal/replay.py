"""Rebuilds everything derived from the facts alone, and says whether it equals what the journal holds."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from gateway.core.facts import Fact
from gateway.core.rows import RowChange
from gateway.core.site_state import SiteState
from gateway.journal import archive_replay, chain, history, tables
from gateway.journal.errors import translate
from gateway.journal.going import Going, quietly
from gateway.journal.opening import create_schema, missing_tables, open_readable, open_writable
from gateway.journal.sqlite import transaction

Project = Callable[[Iterable[Fact], SiteState | None], Iterable[RowChange]]
"""What facts in order mean for the derived tables, given the fold of everything before them; pure."""

_SHOWN: Final = 100  # differences that a report names one by one
_Keyed = tuple[tuple[Any, ...], str, tuple[Any, ...]]
_KEYS: Final = {
    "session": ("session_id",),
    "cdr": ("cdr_id",),
    "wording": ("kind", "object_id", "version"),
    "outbox": ("backend", "kind", "object_id"),
    "cdr_chain": ("backend", "number"),
}


class Deviation(StrEnum):
    """How a row of the journal differs from what its facts say."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One row that is not what the facts say; `columns` names which values, where the row is there."""

    table: str
    key: tuple[str, ...]
    deviation: Deviation
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """Facts read, rows the facts give, and how many of them the journal does not hold so; the first are named."""

    facts: int
    rows: int
    differing: int
    differences: tuple[RowDifference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether what is there is exactly what the facts say."""
        return self.differing == 0


def replay(path: Path, project: Project, going: Going = quietly) -> ReplayReport:
    """Compare a journal with its own facts, read-only, also beside a running daemon; raises JournalError."""
    with closing(open_readable(path)) as connection:
        try:
            connection.execute("BEGIN")  # one snapshot, however much the daemon writes meanwhile
            return compare(connection, path, project, going)
        except sqlite3.Error as error:
            raise translate(error, path) from error


def rebuild(path: Path, project: Project) -> None:
    """Write what the facts say into the derived tables; no daemon may be running (JournalInUse)."""
    with closing(open_writable(path)) as opened:
        try:
            rewrite_derived(opened.connection, path, project)
        except sqlite3.Error as error:
            raise translate(error, path) from error


def compare(connection: sqlite3.Connection, path: Path, project: Project, going: Going = quietly) -> ReplayReport:
    """Compare what was noted of the archived facts, then the derived tables, with what the facts say, row by row."""
    old = archive_replay.reread(connection, path, project, going)
    checkpoint = archive_replay.Checkpoint(connection, old.state)
    facts = checkpoint.watched(_facts_after(connection, path, old.state.last_seq, going))
    with closing(_projected(connection, path, project, old.state, facts)) as scratch:
        missing = missing_tables(connection)
        noted = (*old.differences, *checkpoint.differences)
        found = [RowDifference(one.table, one.key, Deviation.DIFFERENT, one.columns) for one in noted] + [
            difference
            for table in tables.DERIVED
            for difference in _differences(table, None if table in missing else connection, scratch)
        ]
        rows = sum(scratch.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables.DERIVED)  # noqa: S608 - our names
        return ReplayReport(chain.head(connection)[0], rows, len(found), tuple(islice(found, _SHOWN)))


def rewrite_derived(connection: sqlite3.Connection, path: Path, project: Project) -> None:
    """Drop the derived tables and make them anew from the facts, in one transaction."""
    past = archive_replay.state_at_begin(connection, path)
    facts = _facts_after(connection, path, past.last_seq, quietly)
    with transaction(connection), closing(_projected(connection, path, project, past, facts)) as scratch:
        for table in tables.DERIVED:
            _move(table, scratch, connection)


def _projected(
    connection: sqlite3.Connection, path: Path, project: Project, past: SiteState, facts: Iterable[Fact]
) -> sqlite3.Connection:
    # The empty name is a private temporary database that spills to disk and is gone when closed.
    scratch = sqlite3.connect("", isolation_level=None)
    try:
        create_schema(scratch)
        with transaction(scratch):
            # What the archived facts meant was noted with them; from there on it is derived anew.
            tables.apply(scratch, history.archived_changes(connection, path))
            tables.apply(scratch, project(facts, past))
    except BaseException:
        scratch.close()
        raise
    return scratch


def _facts_after(connection: sqlite3.Connection, path: Path, seq: int, going: Going) -> Iterator[Fact]:
    newest, _ = chain.head(connection)
    while batch := history.read(connection, path, seq + 1):
        yield from batch
        seq = batch[-1].seq
        going(seq, newest)


def _differences(table: str, held: sqlite3.Connection | None, scratch: sqlite3.Connection) -> Iterator[RowDifference]:
    columns = tuple(name for _, name, *_ in scratch.execute(f"PRAGMA table_info({table})"))
    sides = [_keyed(scratch, table, columns, "facts")]
    if held is not None:
        sides.append(_keyed(held, table, columns, "journal"))
    for key, entries in groupby(merge(*sides, key=itemgetter(0)), key=itemgetter(0)):
        row = {side: values for _, side, values in entries}
        named = tuple(str(part) for part in key)
        if "journal" not in row:
            yield RowDifference(table, named, Deviation.MISSING)
        elif "facts" not in row:
            yield RowDifference(table, named, Deviation.EXTRA)
        elif row["journal"] != row["facts"]:
            pairs = zip(columns, row["journal"], row["facts"], strict=True)
            yield RowDifference(
                table, named, Deviation.DIFFERENT, tuple(name for name, is_, should in pairs if is_ != should)
            )


def _keyed(connection: sqlite3.Connection, table: str, columns: tuple[str, ...], side: str) -> Iterator[_Keyed]:
    """Read a table in the order of its key, each row with its key and the side it comes from."""
    key = _KEYS[table]
    at = tuple(columns.index(name) for name in key)
    for values in connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(key)}"):  # noqa: S608 - our names
        yield tuple(values[index] for index in at), side, values


def _move(table: str, scratch: sqlite3.Connection, connection: sqlite3.Connection) -> None:
    """Replace a table and its indexes by the scratch database's."""
    connection.execute(f"DROP TABLE IF EXISTS {table}")
    for (statement,) in scratch.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", (table,)
    ):
        connection.execute(statement)
    rows = scratch.execute(f"SELECT * FROM {table}")  # noqa: S608 - our names
    marks = ", ".join("?" for _ in rows.description)
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our names
