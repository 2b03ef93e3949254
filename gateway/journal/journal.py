"""The journal as the daemon uses it: append facts with what follows from them, read them back, see what is owed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from gateway.core.delivery import Delivery
from gateway.core.facts import Fact
from gateway.core.identifiers import BackendName, CdrId, SessionId
from gateway.core.inventory import Inventory
from gateway.core.rows import CdrRow, RowChange, SessionRow
from gateway.core.site_state import SiteState
from gateway.core.telemetry import JournalVitals
from gateway.journal import ahead, cdr_chain, chain, folded, history, of_time, owed, recall, retention, tables
from gateway.journal.errors import JournalCorrupt, JournalIncomplete, JournalMisused, JournalUnwritable
from gateway.journal.going import Going, quietly
from gateway.journal.opening import Opened, missing_tables, open_writable
from gateway.journal.replay import Project, rewrite_derived
from gateway.journal.salvage import suspect
from gateway.journal.sqlite import SqliteThread, transaction
from gateway.journal.tables import OutboxCount, OutboxRow, Settled
from gateway.journal.tally import Tally
from gateway.journal.vitals import vitals

log = structlog.get_logger()

Result = TypeVar("Result")


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
        rewrite_derived(connection, path, project)


def _never(_: Delivery) -> bool:
    """Hold no answer back."""
    return False


def _nothing() -> None:
    """Do nothing, as the last work of a thread that never had a connection."""


class Journal:
    """The open file. `quarantined` tells of a damaged predecessor; somebody must hear of it.

    `appends` counts what was written since it was opened: where it stands as before, there is nothing new to read.
    Whoever holds answers of backends back tells by `is_answered` what only seems to be owed.
    `remembered` is the newest fact that a start need not fold any more; `going` hears how recalling goes.
    """

    def __init__(self, thread: SqliteThread, opened: Opened, path: Path) -> None:
        self._thread = thread
        self._path = path
        self._tally = Tally()
        self.appends = 0
        self.remembered = 0
        self._connection = opened.connection
        self.quarantined = opened.quarantined
        self.busy_s = thread.busy_s
        self.is_answered: Callable[[Delivery], bool] = _never
        self.going: Going = quietly

    async def append(self, facts: Sequence[Fact], changes: Sequence[RowChange]) -> None:
        """Write facts and what follows from them in one transaction, fsynced when this returns.

        JournalUnwritable: nothing was written, try again when the disk is well. JournalMisused: the facts do not
        continue the journal's own by 1, or a CDR exists already; also nothing was written.
        """
        await self.begin(facts, changes)

    def begin(self, facts: Sequence[Fact], changes: Sequence[RowChange]) -> asyncio.Future[Any]:
        """Begin to append; the future has an end when `append` would have one. What is asked later comes behind it."""
        note = self._tally.begin()

        def end(answer: asyncio.Future[Settled | None]) -> None:
            if not answer.cancelled() and answer.exception() is None:
                note(answer.result())
                self.appends += 1

        answer = self._thread.begin(lambda: _append(self._connection, facts, changes))
        answer.add_done_callback(end)
        return answer

    async def recall(self) -> SiteState:
        """Return the fold of all facts, from what of it is on record; `going` hears of it where that takes a while."""
        steps, state = recall.steps(self._connection, self._path), SiteState()
        newest = await self.last_seq()
        while (recalled := await self._run(lambda _: next(steps, None))) is not None:
            state, self.remembered = recalled.state, recalled.noted
            self.going(state.last_seq, newest)
        return state

    async def remember(self, state: SiteState) -> None:
        """Note the fold of all facts up to `state.last_seq`, so that the next start need not read them."""
        await self._run(partial(_remember, state=state))
        await self._run(lambda _: ahead.forget(self._path))
        self.remembered = state.last_seq

    async def check(self, from_seq: int) -> int:
        """Verify some facts from `from_seq` on; return the next one to look at, 0 after the newest."""
        facts = await self._run(partial(history.read, journal=self._path, from_seq=from_seq))
        return facts[-1].seq + 1 if facts else 0

    async def movable_up_to(self, older_than: datetime) -> int:
        """Return the newest fact that may go to the archive."""
        return await self._run(partial(retention.movable_up_to, older_than=older_than))

    async def archived_up_to(self) -> int:
        """Return the newest fact that went to the archive, 0 where none did."""
        seq, _ = await self._run(chain.begin)
        return seq

    async def archive(self, project: Project, up_to_seq: int) -> int:
        """Move a batch of facts, not beyond that one, to the archive; return how many. JournalUnwritable."""
        try:
            move = partial(retention.move, journal=self._path, project=project, up_to_seq=up_to_seq)
            return await self._run(move)
        except OSError as error:
            raise JournalUnwritable(f"cannot archive beside {self._path}: {error.strerror}; check space") from error

    async def shrink(self) -> bool:
        """Give some unused space back to the file system; tell whether there is more."""
        return await self._run(retention.give_back)

    async def head(self) -> tuple[int, bytes]:
        """Return seq and hash of the newest fact."""
        return await self._run(chain.head)

    async def last_seq(self) -> int:
        """Return the seq of the newest fact, 0 in a new journal."""
        return (await self._run(chain.head))[0]

    async def facts(self, from_seq: int = 1) -> AsyncIterator[Fact]:
        """Read facts in order without holding all of them in memory; JournalCorrupt where the chain is broken."""
        while batch := await self._run(partial(history.read, journal=self._path, from_seq=from_seq)):
            for fact in batch:
                yield fact
            from_seq = batch[-1].seq + 1

    async def facts_of(self, session_id: SessionId) -> tuple[Fact, ...]:
        """Return every fact of one session in order."""
        return await self._run(partial(history.facts_of, journal=self._path, session_id=session_id))

    async def due(
        self, backend: BackendName, limit: int, *, live_after: int | None = None, beyond: Delivery | None = None
    ) -> tuple[Delivery, ...]:
        """Return what a backend is owed and may be sent now: what is live first, then the oldest, see owed.due."""
        return await self._run(partial(owed.due, backend=backend, limit=limit, live_after=live_after, beyond=beyond))

    async def live(self, backend: BackendName, limit: int, *, live_after: int) -> tuple[Delivery, ...]:
        """Return what of it changed after a fact, and every session that goes on."""
        return await self._run(partial(owed.live, backend=backend, limit=limit, live_after=live_after))

    async def horizon(self, backend: BackendName) -> int:
        """Return the newest fact of what a backend is owed, 0 where that is nothing."""
        return await self._run(partial(owed.horizon, backend=backend))

    async def sessions(self, limit: int) -> tuple[SessionRow, ...]:
        """Return sessions, the one that changed last first."""
        return await self._run(partial(tables.sessions, limit=limit))

    async def lack_cdr(self, rows: Iterable[SessionRow]) -> frozenset[SessionId]:
        """Return the sessions among these that are over and whose CDR is not sealed yet."""
        return await self._run(partial(tables.lack_cdr, rows=rows))

    async def facts_of_time(self, session: Sequence[Fact]) -> tuple[Fact, ...]:
        """Return what is known of the time of a session's facts: the boot they begin in, and what came after."""
        steps = await self._run(partial(of_time.steps, journal=self._path, session=session))
        found = list[Fact]()
        while (step := await self._run(lambda _: next(steps, None))) is not None:
            found += step
        return tuple(found)

    async def cdrs(self, limit: int) -> tuple[CdrRow, ...]:
        """Return CDRs, newest first."""
        return await self._run(partial(tables.cdrs, limit=limit))

    async def cdr(self, cdr_id: CdrId) -> CdrRow | None:
        """Return one CDR."""
        return await self._run(partial(tables.cdr, cdr_id=cdr_id))

    async def sessions_after(self, seq: int, limit: int, version: str) -> tuple[SessionRow, ...]:
        """Return sessions that changed after a fact, the one that changed first first, as they read in a version."""
        return await self._run(partial(tables.sessions_after, seq=seq, limit=limit, version=version))

    async def cdrs_after(self, seq: int, limit: int, version: str) -> tuple[CdrRow, ...]:
        """Return CDRs sealed after a fact, oldest first, as they read in a version."""
        return await self._run(partial(tables.cdrs_after, seq=seq, limit=limit, version=version))

    async def inventory(self, backend: BackendName, first: int, last: int, limit: int) -> Inventory:
        """Return CDRs of a backend's chain, in the order of their numbers."""
        return await self._run(partial(cdr_chain.inventory, backend=backend, first=first, last=last, limit=limit))

    async def outbox(
        self, *, parked_only: bool = False, session_id: SessionId | None = None, limit: int = -1
    ) -> tuple[OutboxRow, ...]:
        """Return what backends do not have yet: all of it, what waits for a human, or what is of one session."""
        asked = partial(tables.outbox, parked_only=parked_only, session_id=session_id, limit=limit)
        return tuple(row for row in await self._run(asked) if not self.is_answered(row.delivery))

    async def counts(self) -> dict[BackendName, OutboxCount]:
        """Count due and parked objects per backend; a backend that has everything is not in it."""
        return await self._tally.ask(partial(self._run, tables.counts))

    async def vitals(self) -> JournalVitals:
        """Look at how the journal itself is."""
        return await self._run(partial(vitals, path=self._path))

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return await self._thread.run(lambda: work(self._connection))
        except JournalCorrupt as damage:
            if suspect(self._path):  # whoever asked may not be the operator
                log.critical("journal_damaged", reason=str(damage))
            raise


def _remember(connection: sqlite3.Connection, state: SiteState) -> None:
    sealed = chain.hash_of(connection, state.last_seq)
    if sealed is None:
        raise JournalMisused(f"there is no fact {state.last_seq} to remember the state of")
    with transaction(connection):
        folded.write(connection, folded.CHECKPOINT, folded.folded(state, sealed))


def _append(connection: sqlite3.Connection, facts: Sequence[Fact], changes: Sequence[RowChange]) -> Settled | None:
    with transaction(connection):
        chain.append(connection, facts)
        return tables.apply(connection, changes)
