"""Reads a journal from outside the daemon: read-only, beside a running daemon or where none runs."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from gateway.core.facts import Fact
from gateway.core.identifiers import BackendName, SessionId
from gateway.core.inventory import Inventory
from gateway.core.rows import CdrRow, SessionRow
from gateway.journal import cdr_chain, history, of_time, tables
from gateway.journal.errors import JournalIncomplete, translate
from gateway.journal.opening import missing_tables, open_readable
from gateway.journal.tables import OutboxCount, OutboxRow

Result = TypeVar("Result")


@contextmanager
def open_reader(path: Path) -> Iterator["JournalReader"]:
    """Open the journal for reading; raises JournalError, JournalAbsent where there is none."""
    connection = open_readable(path)
    try:
        if missing := missing_tables(connection):
            raise JournalIncomplete(f"{path} lacks {', '.join(missing)}; start the daemon, it rebuilds them")
        yield JournalReader(connection, path)
    finally:
        connection.close()


class JournalReader:
    """The open file; each question is answered from what is committed at that moment."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def facts(self, from_seq: int = 1) -> Iterator[Fact]:
        """Read facts in order without holding all of them in memory; JournalCorrupt where the chain is broken."""
        while batch := self._run(partial(history.read, journal=self._path, from_seq=from_seq)):
            yield from batch
            from_seq = batch[-1].seq + 1

    def facts_of(self, session_id: SessionId) -> tuple[Fact, ...]:
        """Return every fact of one session in order."""
        return self._run(partial(history.facts_of, journal=self._path, session_id=session_id))

    def sessions(self, limit: int) -> tuple[SessionRow, ...]:
        """Return sessions, the one that changed last first."""
        return self._run(partial(tables.sessions, limit=limit))

    def lack_cdr(self, rows: Iterable[SessionRow]) -> frozenset[SessionId]:
        """Return the sessions among these that are over and whose CDR is not sealed yet."""
        return self._run(partial(tables.lack_cdr, rows=rows))

    def facts_of_time(self, session: Sequence[Fact]) -> tuple[Fact, ...]:
        """Return what is known of the time of a session's facts: the boot they begin in, and what came after."""
        return self._run(lambda connection: tuple(chain.from_iterable(of_time.steps(connection, self._path, session))))

    def cdrs(self, limit: int) -> tuple[CdrRow, ...]:
        """Return CDRs, newest first."""
        return self._run(partial(tables.cdrs, limit=limit))

    def inventory(self, backend: BackendName, first: int, last: int, limit: int) -> Inventory:
        """Return CDRs of a backend's chain, in the order of their numbers."""
        return self._run(partial(cdr_chain.inventory, backend=backend, first=first, last=last, limit=limit))

    def outbox(
        self, *, parked_only: bool = False, session_id: SessionId | None = None, limit: int = -1
    ) -> tuple[OutboxRow, ...]:
        """Return what backends do not have yet: all of it, what waits for a human, or what is of one session."""
        return self._run(partial(tables.outbox, parked_only=parked_only, session_id=session_id, limit=limit))

    def counts(self) -> dict[BackendName, OutboxCount]:
        """Count due and parked objects per backend; a backend that has everything is not in it."""
        return self._run(tables.counts)

    def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return work(self._connection)
        except sqlite3.Error as error:
            raise translate(error, self._path) from error
