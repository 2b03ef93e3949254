"""The journal as the daemon uses it: append facts with what follows from them, read them back, see what is owed."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from gateway.core.delivery import Delivery
from gateway.core.facts import Fact
from gateway.core.identifiers import BackendName, SessionId
from gateway.core.inventory import Inventory
from gateway.core.rows import CdrRow, RowChange, SessionRow
from gateway.journal import cdr_chain, chain, tables
from gateway.journal.errors import JournalCorrupt, JournalIncomplete
from gateway.journal.opening import Opened, missing_tables, open_writable
from gateway.journal.replay import Project, rewrite_derived
from gateway.journal.salvage import suspect
from gateway.journal.sqlite import SqliteThread, transaction
from gateway.journal.tables import OutboxCount, OutboxRow

Result = TypeVar("Result")

_BATCH: Final = 500  # facts held in memory at once while reading all of them


@asynccontextmanager
async def open_journal(path: Path, project: Project | None = None) -> AsyncIterator["Journal"]:
    """Open or create the journal; raises JournalError with a line for the operator.

    A damaged file is set aside and what can be saved of it carried over, see `Journal.quarantined`. Where derived
    tables are missing they are rebuilt through `project`; without it that is JournalIncomplete.
    """
    thread = SqliteThread(path)
    try:
        opened = await thread.run(partial(_open, path, project))
    except BaseException:
        thread.finish(_nothing)
        raise
    try:
        yield Journal(thread, opened, path)
    finally:
        thread.finish(opened.close)


def _open(path: Path, project: Project | None) -> Opened:
    opened = open_writable(path)
    try:
        _complete(opened.connection, path, project)
    except BaseException:
        opened.close()
        raise
    return opened


def _complete(connection: sqlite3.Connection, path: Path, project: Project | None) -> None:
    missing = missing_tables(connection)
    if missing and project is None:
        raise JournalIncomplete(f"{path} lacks {', '.join(missing)}; start the daemon, it rebuilds them")
    if missing and project is not None:
        rewrite_derived(connection, project)


def _nothing() -> None:
    """Do nothing, as the last work of a thread that never had a connection."""


class Journal:
    """The open file. `quarantined` tells of a damaged predecessor; somebody must hear of it.

    `appends` counts what was written since it was opened: where it stands as before, there is nothing new to read.
    """

    def __init__(self, thread: SqliteThread, opened: Opened, path: Path) -> None:
        self._thread = thread
        self._path = path
        self.appends = 0
        self._connection = opened.connection
        self.quarantined = opened.quarantined

    async def append(self, facts: Sequence[Fact], changes: Sequence[RowChange]) -> None:
        """Write facts and what follows from them in one transaction, fsynced when this returns.

        JournalUnwritable: nothing was written, try again when the disk is well. JournalMisused: the facts do not
        continue the journal's own by 1, or a CDR exists already; also nothing was written.
        """
        await self._run(lambda connection: _append(connection, facts, changes))
        self.appends += 1

    async def last_seq(self) -> int:
        """Return the seq of the newest fact, 0 in a new journal."""
        return (await self._run(chain.head))[0]

    async def facts(self, from_seq: int = 1) -> AsyncIterator[Fact]:
        """Read facts in order without holding all of them in memory; JournalCorrupt where the chain is broken."""
        while batch := await self._run(partial(chain.read, from_seq=from_seq, limit=_BATCH)):
            for fact in batch:
                yield fact
            from_seq = batch[-1].seq + 1

    async def facts_of(self, session_id: SessionId) -> tuple[Fact, ...]:
        """Return every fact of one session in order."""
        return await self._run(partial(chain.read_of_session, session_id=session_id))

    async def due(self, backend: BackendName, limit: int) -> tuple[Delivery, ...]:
        """Return what a backend is owed and may be sent now: oldest first, a Session before its CDR."""
        return await self._run(partial(tables.due, backend=backend, limit=limit))

    async def sessions(self, limit: int) -> tuple[SessionRow, ...]:
        """Return sessions, the one that changed last first."""
        return await self._run(partial(tables.sessions, limit=limit))

    async def cdrs(self, limit: int) -> tuple[CdrRow, ...]:
        """Return CDRs, newest first."""
        return await self._run(partial(tables.cdrs, limit=limit))

    async def sessions_after(self, seq: int, limit: int, version: str) -> tuple[SessionRow, ...]:
        """Return sessions that changed after a fact, the one that changed first first, as they read in a version."""
        return await self._run(partial(tables.sessions_after, seq=seq, limit=limit, version=version))

    async def cdrs_after(self, seq: int, limit: int, version: str) -> tuple[CdrRow, ...]:
        """Return CDRs sealed after a fact, oldest first, as they read in a version."""
        return await self._run(partial(tables.cdrs_after, seq=seq, limit=limit, version=version))

    async def inventory(self, backend: BackendName, first: int, last: int, limit: int) -> Inventory:
        """Return CDRs of a backend's chain, in the order of their numbers."""
        return await self._run(partial(cdr_chain.inventory, backend=backend, first=first, last=last, limit=limit))

    async def outbox(self, *, parked_only: bool = False) -> tuple[OutboxRow, ...]:
        """Return what backends do not have yet, or only what waits for a human."""
        return await self._run(tables.parked if parked_only else tables.outbox)

    async def counts(self) -> dict[BackendName, OutboxCount]:
        """Count due and parked objects per backend; a backend that has everything is not in it."""
        return await self._run(tables.counts)

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return await self._thread.run(lambda: work(self._connection))
        except JournalCorrupt:
            suspect(self._path)
            raise


def _append(connection: sqlite3.Connection, facts: Sequence[Fact], changes: Sequence[RowChange]) -> None:
    with transaction(connection):
        chain.append(connection, facts)
        tables.apply(connection, changes)
