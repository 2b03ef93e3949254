"""The copy that is taken and checked before a newer schema is written into a database, and how to go back to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.journal.errors import JournalUnwritable
from gateway.journal.names import FILE_MODE, sync_directory

_MARK: Final = ".schema-"


def copy_of(path: Path, version: int) -> Path:
    """Return where the copy of a database stands that was taken before it left this schema."""
    return path.with_name(f"{path.name}{_MARK}{version}")


def keep_copy(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copy the open database beside itself, read the copy back, and drop the copies of earlier migrations.

    JournalUnwritable when the copy is not what it should be; the database is as it was then. Raises sqlite3.Error.
    """
    kept = copy_of(path, version)
    part = kept.with_name(f"{kept.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        # FULL: SQLite syncs the file itself before the copy counts as made.
        copy.execute("PRAGMA synchronous = FULL")
        connection.backup(copy)
        _compare(connection, copy, path)
        # One file, to be carried elsewhere without its neighbours.
        copy.execute("PRAGMA journal_mode = DELETE")
    part.replace(kept)
    sync_directory(kept)
    for older in path.parent.glob(f"{path.name}{_MARK}*"):
        if older != kept:
            older.unlink()
    import structlog  # noqa: PLC0415 - whoever only reads a journal (ocpi-gateway sessions) needs no log

    structlog.get_logger().info("migration_begins", file=str(path), schema=version, copy=str(kept))
    return kept


def _compare(connection: sqlite3.Connection, copy: sqlite3.Connection, path: Path) -> None:
    findings = [finding for (finding,) in copy.execute("PRAGMA integrity_check(1)")]
    if findings == ["ok"]:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        findings = [table for table in tables if _rows(connection, table) != _rows(copy, table)]
    if findings and findings != ["ok"]:
        raise JournalUnwritable(f"the copy of {path} before its migration is damaged ({findings[0]}); check the disk")


def _rows(connection: sqlite3.Connection, table: str) -> int:
    name = table.replace('"', '""')
    count: int = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - its own table's name
    return count


def way_back(path: Path, known: int) -> str:
    """Return what a version that knows less than the database needs can be told to do."""
    command = "install the version that wrote it, or a newer: apt-get install ./ocpi-gateway_VERSION_ARCH.deb"
    kept = max(
        (copy_of(path, version) for version in range(known + 1) if copy_of(path, version).exists()),
        key=lambda copy: copy.stat().st_mtime,
        default=None,
    )
    return command if kept is None else f"{command} (as it was before: {kept}; it lacks what was billed since)"
