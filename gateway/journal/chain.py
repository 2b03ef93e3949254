"""The table `fact`: rows to facts and back, each row carrying the hash of the one before it."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gateway.core.facts import Fact
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.instant import ClockQuality, Instant
from gateway.journal import fact_codec
from gateway.journal.errors import JournalCorrupt, JournalMisused

FactRow = tuple[Any, ...]

GENESIS: Final = bytes(32)  # prev_hash of fact 1

_COLUMNS: Final = "seq, at, boot_id, boot_ns, clock, evse_uid, session_id, kind, body, prev_hash, hash"
_INSERT: Final = f"INSERT INTO fact ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants only
_SELECT: Final = f"SELECT {_COLUMNS} FROM fact"  # noqa: S608 - constants only


def to_row(fact: Fact, prev_hash: bytes) -> FactRow:
    """Lay a fact out as its row, sealed with its hash."""
    kind, body = fact_codec.encode(fact.body)
    at = fact.at.utc.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    content = (
        fact.seq,
        at,
        fact.at.boot_id,
        fact.at.boot_ns,
        fact.at.clock,
        fact.evse_uid,
        fact.session_id,
        kind,
        body,
    )
    return (*content, prev_hash, _seal(content, prev_hash))


def from_row(row: FactRow) -> Fact:
    """Read a row as the fact it is."""
    seq, at, boot_id, boot_ns, clock, evse_uid, session_id, kind, body = row[:9]
    return Fact(
        seq=seq,
        at=Instant(datetime.fromisoformat(at), boot_ns, boot_id, ClockQuality(clock)),
        evse_uid=None if evse_uid is None else EvseUid(evse_uid),
        session_id=None if session_id is None else SessionId(session_id),
        body=fact_codec.decode(kind, body),
    )


def _seal(content: FactRow, prev_hash: bytes) -> bytes:
    return hashlib.sha256(prev_hash + msgspec.json.encode(content)).digest()


def append(connection: sqlite3.Connection, facts: Iterable[Fact]) -> None:
    """Add facts to the chain, inside the caller's transaction; JournalMisused unless they continue it by 1."""
    seq, sealed = head(connection)
    for fact in facts:
        if fact.seq != seq + 1:
            raise JournalMisused(f"fact {fact.seq} cannot follow fact {seq}")
        row = to_row(fact, sealed)
        insert(connection, row)
        seq, sealed = fact.seq, row[-1]


def insert(connection: sqlite3.Connection, row: FactRow) -> None:
    """Add one row as it stands."""
    connection.execute(_INSERT, row)


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Return seq and hash of the newest fact."""
    row = connection.execute("SELECT seq, hash FROM fact ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, GENESIS) if row is None else (row[0], row[1])


def verified(rows: Iterable[FactRow], expected: tuple[int, bytes] | None = None) -> Iterator[FactRow]:
    """Pass on consecutive rows as long as each is what was sealed and follows the one before; else JournalCorrupt.

    `expected` is the first row's seq and prev_hash, where they are known.
    """
    for row in rows:
        seq, content, prev_hash, sealed = row[0], row[:-2], row[-2], row[-1]
        if seq == 1:
            expected = (1, GENESIS)
        if (expected is not None and expected != (seq, prev_hash)) or _seal(content, prev_hash) != sealed:
            raise JournalCorrupt(
                f"fact {seq} of the journal is not what was written, or one before it is gone; "
                "ocpi-gateway verify names what was changed; the daemon repairs it when it is started"
            )
        expected = (seq + 1, sealed)
        yield row


def rows_from_the_first(connection: sqlite3.Connection) -> Iterator[FactRow]:
    """Read all rows as they stand, verified from the first on; JournalCorrupt at the first that is not as written."""
    return verified(all_rows(connection), (1, GENESIS))


def all_rows(connection: sqlite3.Connection) -> Iterator[FactRow]:
    """Read all rows as they stand, in the order of their seq, whatever they say."""
    return connection.execute(f"{_SELECT} ORDER BY seq")


def seal(row: FactRow, *, seq: int) -> bytes:
    """Return the hash that a row would have if it had been written as fact `seq`."""
    return _seal((seq, *row[1:-2]), row[-2])


def read(connection: sqlite3.Connection, from_seq: int, limit: int) -> tuple[Fact, ...]:
    """Return up to `limit` facts from `from_seq` on, their chain verified back to the one before them."""
    rows = connection.execute(f"{_SELECT} WHERE seq >= ? ORDER BY seq LIMIT ?", (from_seq - 1, limit + 1))
    return tuple(from_row(row) for row in verified(rows) if row[0] >= from_seq)[:limit]


def read_of_session(connection: sqlite3.Connection, session_id: SessionId) -> tuple[Fact, ...]:
    """Return every fact of one session in order."""
    rows = connection.execute(f"{_SELECT} WHERE session_id = ? ORDER BY seq", (session_id,))
    return tuple(from_row(row) for row in rows)


def verify_tail(connection: sqlite3.Connection, count: int) -> None:
    """Check the newest `count` facts; JournalCorrupt says which one is wrong."""
    newest, _ = head(connection)
    first = max(1, newest - count + 1)
    for _ in verified(connection.execute(f"{_SELECT} WHERE seq >= ? ORDER BY seq", (first,))):
        pass
    held = connection.execute("SELECT count(*) FROM fact WHERE seq >= ?", (first,)).fetchone()[0]
    if held != newest - first + 1:
        raise JournalCorrupt(f"the journal holds {held} of the facts {first} to {newest}")
