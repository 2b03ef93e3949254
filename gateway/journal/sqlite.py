"""The journal's one thread, and how a connection is opened. The only file of this room with a thread in it."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from gateway.journal.errors import no_text, translate

Result = TypeVar("Result")

_BUSY_S: Final = 5.0  # how long a reader's or another process' lock is waited for
# A small commit costs 12 kB at the block device with 1 KiB pages, 17 kB with 4 KiB.
_PAGE_BYTES: Final = 1024
_WRITER_PRAGMAS: Final = (
    f"PRAGMA page_size = {_PAGE_BYTES}",
    "PRAGMA auto_vacuum = INCREMENTAL",  # counts for a new file only
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # each commit is fsynced, also in WAL mode
    "PRAGMA temp_store = MEMORY",
    # Pages that change again and again reach the database file once in four megabytes of log, which a start reads.
    "PRAGMA wal_autocheckpoint = 4096",
    # The WAL shrinks again after a busy day, but not below what it always grows to: a file that grows has ext4 write
    # its own journal at every commit, one that is written over has not.
    "PRAGMA journal_size_limit = 5242880",
)


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open for writing; the caller's thread owns the connection. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_builder(path: Path) -> sqlite3.Connection:
    """Open a file that nobody else knows yet, for one transaction; it is durable once closed. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA synchronous = EXTRA")  # the rollback journal's end is fsynced too
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open read-only beside a running writer, or where none runs. Raises sqlite3.Error."""
    # A cleanly closed journal has no WAL. Read it as it lies there: a reader that made a WAL would leave it behind,
    # owned by whoever looked, and the daemon could not open it.
    immutable = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=ro{immutable}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        connection.close()
        raise
    except UnicodeDecodeError:
        raise no_text(connection) from None
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what happens inside, fsynced when this ends; or, when anything raises, leave nothing of it."""
    with rolled_back_on_failure(connection):
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")


@contextmanager
def rolled_back_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo an open transaction when anything raises."""
    try:
        yield
    except BaseException:
        # After some disk errors SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class SqliteThread:
    """Runs functions on one connection in one thread, one after the other, in the order they were asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._begun_at: float | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run `work` in the thread; SQLite's errors come back as the journal's.

        Cancelling the wait does not stop work that has begun: it is finished, and its transaction counts.
        """
        return await self.begin(work)

    def begin(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Have `work` run in the thread, behind all that was asked for; the future has what `run` returns or raises."""
        return asyncio.get_running_loop().run_in_executor(self._executor, self._timed, work)

    def busy_s(self) -> float:
        """Tell for how long the thread has been at the same piece of work; 0 when it waits for some."""
        begun_at = self._begun_at
        return 0.0 if begun_at is None else time.monotonic() - begun_at

    def _timed(self, work: Callable[[], Result]) -> Result:
        self._begun_at = time.monotonic()
        try:
            return work()
        except sqlite3.Error as error:
            raise translate(error, self._path) from error
        finally:
            self._begun_at = None

    def finish(self, last_work: Callable[[], None]) -> None:
        """Run `last_work` behind everything that was asked for, and end the thread; returns when it has ended."""
        self._executor.submit(last_work)
        self._executor.shutdown(wait=True)
