"""What can go wrong with a journal, in words an operator can act on."""

import sqlite3
from pathlib import Path
from typing import Final

_PRIMARY_CODE = 0xFF  # the low byte of an extended SQLite result code


class JournalError(Exception):
    """The journal cannot be used; the message is one line and ends with the remedy."""


class JournalUnwritable(JournalError):
    """The disk did not take it: nothing was written, and the same append may be tried again."""


class JournalCorrupt(JournalError):
    """The file is damaged, or a fact is not what was written."""


class ArchiveDamaged(JournalError):
    """Old facts beside the journal are gone or not what was written; the journal itself is well."""


class JournalTooNew(JournalError):
    """The journal was written by a version of this program that this one does not understand."""


class JournalForeign(JournalError):
    """The file is a SQLite database, but none of ours."""


class JournalInUse(JournalError):
    """Another process writes this journal."""


class JournalIncomplete(JournalError):
    """Derived tables are missing, and nobody said how to rebuild them."""


class JournalAbsent(JournalError):
    """There is no journal to read."""


class JournalMisused(Exception):
    """A bug of the caller: a gap in the facts, or a CDR that exists already."""


_FAULTS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; free space on its file system",
    sqlite3.SQLITE_IOERR: "the disk reports an input/output error; check free space, then dmesg and the SD card",
    sqlite3.SQLITE_READONLY: "the file or its file system is read-only; remount it writable and check the owner",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its directory exists and belongs to this user",
    sqlite3.SQLITE_PERM: "permission denied; check the owner of the file and its directory",
    sqlite3.SQLITE_BUSY: "another process holds it locked; end that process",
    sqlite3.SQLITE_LOCKED: "another process holds it locked; end that process",
    sqlite3.SQLITE_NOMEM: "out of memory; free memory on this machine",
}
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_TEXT: Final = "a text in it is not UTF-8"


def translate(error: sqlite3.Error, path: Path) -> Exception:
    """Turn what SQLite raised into what the operator or the programmer must know."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
    words = words_of(error)
    if code in _DAMAGE or words == _NO_TEXT:
        return JournalCorrupt(f"{path} is damaged ({words}); stop the daemon and start it again to have it set aside")
    if code in _FAULTS:
        return JournalUnwritable(f"cannot use journal {path}: {_FAULTS[code]}")
    if isinstance(error, sqlite3.IntegrityError):
        return JournalMisused(f"refused by the schema: {error}")
    return error


def words_of(error: sqlite3.Error) -> str:
    """Say what SQLite raised; what has no code is Python's complaint of a text, and quotes it, card numbers and all."""
    is_no_text = isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode")
    return _NO_TEXT if is_no_text else str(error)


def no_text(connection: sqlite3.Connection) -> sqlite3.DatabaseError:
    """Close a file whose tables have names that are no text, which SQLite cannot even say; return what to raise."""
    connection.close()
    damage = sqlite3.DatabaseError(_NO_TEXT)
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return damage
