"""How a journal file is opened: locked, inspected before anything writes to it, migrated; set aside when damaged."""

import fcntl
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.journal import archive, chain, folded
from gateway.journal.before_migration import keep_copy, way_back
from gateway.journal.errors import (
    JournalAbsent,
    JournalCorrupt,
    JournalError,
    JournalForeign,
    JournalInUse,
    JournalTooNew,
    JournalUnwritable,
    translate,
)
from gateway.journal.fitting import what_does_not_fit
from gateway.journal.names import FILE_MODE, sync_new
from gateway.journal.salvage import Quarantined, acquit, finish_repair, is_suspect, repair
from gateway.journal.sqlite import connect_reader, connect_writer, rolled_back_on_failure, transaction
from gateway.journal.tables import DERIVED

_APPLICATION_ID: Final = 0x4F435047  # "OCPG", in the file's header
# Facts whose chain is checked at boot. The rest is checked when it is read, and in the background while the daemon
# runs; what is found then makes the file suspect, and the next opening looks at all of it.
_TAIL: Final = 2_000
# A larger file is not read whole at boot either: that would take longer than a driver waits.
_READ_WHOLE_BYTES: Final = 32 << 20
# A file of an older version that holds no more than this is rebuilt once, so that it can shrink from then on.
_REBUILT_BYTES: Final = 64 << 20
_INCREMENTAL: Final = 2


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that may write, the lock that says so, and what had to be set aside for it."""

    connection: sqlite3.Connection
    lock: int
    quarantined: Quarantined | None

    def close(self) -> None:
        """Close the file, then let the next writer in."""
        self.connection.close()
        os.close(self.lock)


def open_writable(path: Path) -> Opened:
    """Open or create the journal at `path` for the calling thread; raises JournalError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise JournalForeign(f"{path} is no file; move it away or choose another state_dir")
        lock = _lock(path)
    except OSError as error:
        raise JournalUnwritable(f"cannot use journal {path}: {error.strerror}; check owner and rights") from error
    try:
        return _open_locked(path, lock)
    except sqlite3.Error as error:
        os.close(lock)
        raise translate(error, path) from error
    except OSError as error:
        os.close(lock)
        raise JournalUnwritable(
            f"cannot use journal {path}: {error.strerror}; check owner, rights and space"
        ) from error
    except JournalError:
        os.close(lock)
        raise


def _open_locked(path: Path, lock: int) -> Opened:
    quarantined = finish_repair(path)
    thorough = is_suspect(path)
    try:
        _inspect(path, thorough=thorough)
    except JournalCorrupt as damage:
        quarantined = repair(path, str(damage), create_schema)
    if thorough:
        acquit(path)
    sync_new(path)
    connection = connect_writer(path)
    try:
        _keep_copy_if_old(connection, path)
        _migrate(connection)
        _follow_archive(connection, path)
        _make_shrinkable(connection)
    except (sqlite3.Error, OSError, JournalError):
        connection.close()
        raise
    return Opened(connection, lock, quarantined)


def _keep_copy_if_old(connection: sqlite3.Connection, path: Path) -> None:
    version = _pragma(connection, "user_version")
    if 0 < version < len(_schemas()):
        keep_copy(connection, path, version)


def _follow_archive(connection: sqlite3.Connection, path: Path) -> None:
    """Have a new journal go on behind the archive that its lost predecessor left, CDRs and their numbers included."""
    if chain.head(connection)[0] == 0:
        seq, sealed = archive.end(path)
        if seq:
            with transaction(connection):
                folded.write(connection, folded.BOUNDARY, folded.Folded(seq, sealed, "", b""))
                for table in DERIVED:  # whoever opens the file finds them missing, and derives them anew
                    connection.execute(f"DROP TABLE {table}")


def _make_shrinkable(connection: sqlite3.Connection) -> None:
    used = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    if _pragma(connection, "auto_vacuum") != _INCREMENTAL and used * _pragma(connection, "page_size") <= _REBUILT_BYTES:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("VACUUM")


def open_readable(path: Path) -> sqlite3.Connection:
    """Open the journal for reading only, beside a running daemon or without one; raises JournalError."""
    if _size(path) == 0:
        raise JournalAbsent(f"there is no journal at {path}; check state_dir, or start the daemon once")
    try:
        connection = connect_reader(path)
    except sqlite3.Error as error:
        raise translate(error, path) from error
    try:
        _check_ours(connection, path)
        _check_begun(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise translate(error, path) from error
    except JournalError:
        connection.close()
        raise
    return connection


def missing_tables(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Name the derived tables that are not there."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return tuple(name for name in DERIVED if name not in there)


def create_schema(connection: sqlite3.Connection) -> None:
    """Bring an empty database to the newest schema."""
    _migrate(connection)


def _schemas() -> list[str]:
    files = Path(__file__).with_name("schema").iterdir()
    return [file.read_text(encoding="utf-8") for file in sorted(files, key=lambda file: file.name) if file.is_file()]


def _migrate(connection: sqlite3.Connection) -> None:
    version = _pragma(connection, "user_version")
    # What an older version derived is derived anew: whoever opens the file finds these tables missing.
    drops = "".join(f"DROP TABLE IF EXISTS {table};" for table in DERIVED) if version else ""
    for number, schema in enumerate(_schemas()[version:], start=version + 1):
        marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {number};"
        if number == len(_schemas()):
            marks = drops + marks
        with rolled_back_on_failure(connection):
            connection.executescript(f"BEGIN IMMEDIATE; {schema} {marks} COMMIT;")


def _inspect(path: Path, *, thorough: bool) -> None:
    """Read the file before anything writes to it, newest facts or all; JournalCorrupt says what is wrong."""
    if _size(path) == 0:
        if _size(Path(f"{path}-wal")) > 0:
            raise JournalCorrupt("the database file is gone, its write-ahead log is still there")
        return
    try:
        connection = connect_reader(path)
    except sqlite3.Error as error:
        raise _damage(error, path) from error
    try:
        _check_ours(connection, path)
        if thorough or _size(path) <= _READ_WHOLE_BYTES:
            findings = [finding for (finding,) in connection.execute("PRAGMA quick_check(1)")]
            if findings != ["ok"]:
                raise JournalCorrupt(str(findings[0]))
        misfit = what_does_not_fit(connection, _pragma(connection, "user_version"), _schemas(), DERIVED)
        if misfit is not None:
            raise JournalCorrupt(misfit)
        if thorough:
            chain.verify_tail(connection, chain.head(connection)[0])
        elif _pragma(connection, "user_version"):
            chain.verify_tail(connection, _TAIL)
    except sqlite3.Error as error:
        raise _damage(error, path) from error
    finally:
        connection.close()


def _damage(error: sqlite3.Error, path: Path) -> Exception:
    """Take a file that SQLite cannot read for damaged where it says no better: what it is asked here has no mistake."""
    fault = translate(error, path)
    return JournalCorrupt(str(error)) if fault is error else fault


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if not empty and _pragma(connection, "application_id") != _APPLICATION_ID:
        raise JournalForeign(f"{path} is a database of another program; move it away or choose another state_dir")
    version, known = _pragma(connection, "user_version"), len(_schemas())
    if version > known:
        raise JournalTooNew(f"{path} has schema {version}, this version knows {known}; {way_back(path, known)}")


def _check_begun(connection: sqlite3.Connection, path: Path) -> None:
    if _pragma(connection, "user_version") == 0:
        raise JournalAbsent(f"nothing was ever written to {path}; start the daemon once")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _lock(path: Path) -> int:
    # A file of its own: closing any handle of the database itself would drop SQLite's own locks on it.
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise JournalInUse(f"{path} is written by another process; stop the running daemon first") from None
    return lock


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
