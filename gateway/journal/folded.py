"""The fold of facts up to one of them, as bytes: the checkpoint that makes a start cheap, the state at the boundary.

Law: it is never trusted by itself. It counts only with the hash of the fact it goes up to, made by the very same code.
"""

import hashlib
import re
import sqlite3
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from gateway.core.site_state import SiteState

CHECKPOINT: Final = "checkpoint"
BOUNDARY: Final = "boundary"

_IMPORTED: Final = re.compile(rb"^\s*from gateway\.core\.(\w+) import", re.MULTILINE)
_COLUMNS: Final = "up_to_seq, hash, code, state, digest"
_NEW: Final = """
CREATE TABLE IF NOT EXISTS checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1), up_to_seq INTEGER NOT NULL, hash BLOB NOT NULL, code TEXT NOT NULL,
    state BLOB NOT NULL, digest BLOB NOT NULL
) STRICT"""


@dataclass(frozen=True, slots=True)
class Folded:
    """The fold of all facts up to `up_to_seq`, whose hash is `hash`; `code` is the fingerprint of what folded them."""

    up_to_seq: int
    hash: bytes
    code: str
    state: bytes

    def site_state(self) -> SiteState | None:
        """Return the state; None where other code made it, or where it is not what that wrote."""
        return self.decoded() if self.code == code_fingerprint() else None

    def decoded(self) -> SiteState | None:
        """Return the state whichever code made it, as far as it can be read; None where it cannot."""
        try:
            state = _DECODER.decode(self.state)
        except msgspec.DecodeError:
            return None
        return state if state.last_seq == self.up_to_seq else None


def folded(state: SiteState, sealed: bytes) -> Folded:
    """Lay a state out as bytes; `sealed` is the hash of its newest fact."""
    return Folded(state.last_seq, sealed, code_fingerprint(), _ENCODER.encode(state))


@cache
def code_fingerprint() -> str:
    """Name the code that folds: a state that other code made may lack what this one reads from the same facts.

    It is that of `folding_modules` alone: an update of other rules folds nothing anew.
    """
    return hashlib.sha256(repr(sorted(folding_modules().items())).encode()).hexdigest()


def folding_modules() -> dict[str, bytes]:
    """Return the text of site_state and of all that it imports from core."""
    core, texts, wanted = Path(__file__).parents[1] / "core", dict[str, bytes](), {"site_state"}
    while wanted:
        name = wanted.pop()
        texts[name] = (core / f"{name}.py").read_bytes()
        wanted |= {found.decode() for found in _IMPORTED.findall(texts[name])} - set(texts)
    return texts


def write(connection: sqlite3.Connection, table: str, one: Folded) -> None:
    """Replace the table's one row, inside the caller's transaction."""
    if table == CHECKPOINT:
        connection.execute(_NEW)
    connection.execute(
        f"INSERT INTO {table} (id, {_COLUMNS}) VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608 - our names
        "up_to_seq = excluded.up_to_seq, hash = excluded.hash, code = excluded.code, state = excluded.state, "
        "digest = excluded.digest",
        (one.up_to_seq, one.hash, one.code, one.state, _digest(one)),
    )


def read(connection: sqlite3.Connection, table: str) -> Folded | None:
    """Read the table's one row; None where there is none, or where it is not what was written."""
    row = _row(connection, table, _COLUMNS)
    if row is None:
        return None
    one = Folded(*row[:4])
    return one if _digest(one) == row[4] else None


def place(connection: sqlite3.Connection, table: str) -> tuple[int, bytes] | None:
    """Return seq and hash of the newest fact in the table's one row, whatever its state says; None without a row."""
    row = _row(connection, table, "up_to_seq, hash")
    return None if row is None else (row[0], row[1])


def _row(connection: sqlite3.Connection, table: str, columns: str) -> tuple[Any, ...] | None:
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    if known is None:  # dropped, or a file of an older schema that is only read
        return None
    row: tuple[Any, ...] | None = connection.execute(f"SELECT {columns} FROM {table}").fetchone()  # noqa: S608 - our names
    return row


def _digest(one: Folded) -> bytes:
    return hashlib.sha256(b"%d %s %s " % (one.up_to_seq, one.hash, one.code.encode()) + one.state).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, ZoneInfo):
        return value.key
    raise TypeError(f"{type(value).__name__} has no place in a state")


def _rich(wanted: type, value: Any) -> Any:
    if wanted is ZoneInfo:
        return ZoneInfo(value)
    raise TypeError(f"{wanted.__name__} has no place in a state")


_ENCODER: Final = msgspec.json.Encoder(decimal_format="string", enc_hook=_plain)
_DECODER: Final = msgspec.json.Decoder(SiteState, dec_hook=_rich)
