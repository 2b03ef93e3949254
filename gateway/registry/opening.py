"""How registry.sqlite is opened: for its own user only, migrated; set aside when damaged, for it can be filled anew."""

import os
import sqlite3
from itertools import count
from pathlib import Path
from typing import Final

from gateway.journal.before_migration import keep_copy, way_back
from gateway.journal.errors import JournalForeign, JournalTooNew, JournalUnwritable
from gateway.journal.fitting import what_does_not_fit
from gateway.journal.sqlite import connect_writer, rolled_back_on_failure

_APPLICATION_ID: Final = 0x4F435052  # "OCPR", in the file's header
_FILE_MODE: Final = 0o600  # it holds the tokens that we send to peers
# SQLITE_ERROR too: what the file is asked has no mistake, so its header has one.
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_CACHE_KIB: Final = 1024  # of each connection, however long the token list grows


def open_file(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open or create the file for the calling thread; also where a damaged one was set aside, if one was.

    Raises sqlite3.Error and the journal's errors.
    """
    try:
        aside = _make_ready(path)
    except OSError as error:
        raise JournalUnwritable(f"cannot use registry {path}: {error.strerror}; check owner and rights") from error
    connection = connect_writer(path)
    try:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection, aside


def _make_ready(path: Path) -> Path | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = None
    if not _is_sound(path):
        aside = next(name for n in count(1) if not (name := path.with_name(f"{path.name}.damaged-{n}")).exists())
        for suffix in ("", "-wal", "-shm"):
            if Path(f"{path}{suffix}").exists():
                Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE))
    return aside


def connect_lookup(path: Path) -> sqlite3.Connection:
    """Open a second connection, for reading only, beside the open writer. Raises sqlite3.Error."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


def _is_sound(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return True
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",) and _fits(connection)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _DAMAGE:
            return False
        raise
    except UnicodeDecodeError:  # a table's name is no text, and SQLite quotes it
        return False
    else:
        return sound
    finally:
        connection.close()


def _fits(connection: sqlite3.Connection) -> bool:
    """Whether a file that is ours, and not a newer version's, has the tables that its header promises."""
    version, application, schemas = *_marks(connection), _schemas()
    is_ours = application == _APPLICATION_ID and version <= len(schemas)
    return not is_ours or what_does_not_fit(connection, version, schemas) is None


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return version, application


def _schemas() -> list[str]:
    files = Path(__file__).with_name("schema").iterdir()
    return [file.read_text(encoding="utf-8") for file in sorted(files, key=lambda file: file.name)]


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version, application, schemas = *_marks(connection), _schemas()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != _APPLICATION_ID:
        raise JournalForeign(f"{path} is a database of another program; move it away or choose another state_dir")
    if version > len(schemas):
        raise JournalTooNew(f"{path} was written by a newer version; {way_back(path, len(schemas))}")
    if 0 < version < len(schemas):
        keep_copy(connection, path, version)
    for number, schema in enumerate(schemas[version:], start=version + 1):
        marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {number};"
        with rolled_back_on_failure(connection):
            connection.executescript(f"BEGIN IMMEDIATE; {schema} {marks} COMMIT;")
