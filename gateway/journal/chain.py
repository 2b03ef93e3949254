"""The table `fact`: rows to facts and back, each row carrying the hash of the one before it."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gateway.core.facts import Fact
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.instant import ClockQuality, Instant
from gateway.journal import fact_codec, folded
from gateway.journal.errors import JournalCorrupt, JournalMisused

FactRow = tuple[Any, ...]

GENESIS: Final = bytes(32)  # prev_hash of fact 1

_COLUMNS: Final = "seq, at, boot_id, boot_ns, clock, evse_uid, session_id, kind, body, prev_hash, hash"
_ROW: Final = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INTO: Final = f"INSERT INTO fact ({_COLUMNS}) VALUES "  # noqa: S608 - constants only
_INSERT: Final = f"{_INTO}{_ROW}"
_AT_ONCE: Final = 200  # rows in one statement
_SELECT: Final = f"SELECT {_COLUMNS} FROM fact"  # noqa: S608 - constants only
_IS_SAMPLE: Final = "kind = 'energy_sampled'"  # the index of a session's facts leaves these out
_OF_SESSION: Final = f"{_SELECT} WHERE session_id = ? AND kind <> 'energy_sampled' ORDER BY seq"
_SAMPLES: Final = f"{_SELECT} WHERE seq BETWEEN ? AND ? AND {_IS_SAMPLE} AND session_id = ?"
_FIRST_KINDS: Final = ("session_authorized", "session_reserved")
_STARTED, _ENDED = "session_started", "session_ended"
_OF_TIME: Final = "kind IN ('gateway_started', 'time_learned')"  # as the index of these says it
_LAST_START: Final = f"SELECT max(seq) FROM fact WHERE {_OF_TIME} AND kind = 'gateway_started' AND seq < ?"  # noqa: S608 - our names
_FIRST_OF_BOOT: Final = (
    f"SELECT min(seq) FROM fact WHERE {_OF_TIME} AND boot_id = (SELECT boot_id FROM fact WHERE seq = ?)"  # noqa: S608 - our names
)


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
    seq, _, _, _, _, evse_uid, session_id, kind, body = row[:9]
    return Fact(
        seq=seq,
        at=instant_of(row),
        evse_uid=None if evse_uid is None else EvseUid(evse_uid),
        session_id=None if session_id is None else SessionId(session_id),
        body=fact_codec.decode(kind, body),
    )


def instant_of(row: FactRow) -> Instant:
    """Read when a row's fact was."""
    _, at, boot_id, boot_ns, clock = row[:5]
    return Instant(datetime.fromisoformat(at), boot_ns, boot_id, ClockQuality(clock))


def _seal(content: FactRow, prev_hash: bytes) -> bytes:
    return hashlib.sha256(prev_hash + msgspec.json.encode(content)).digest()


def append(connection: sqlite3.Connection, facts: Iterable[Fact]) -> None:
    """Add facts to the chain, inside the caller's transaction; JournalMisused unless they continue it by 1."""
    seq, sealed = head(connection)
    rows = list[FactRow]()
    for fact in facts:
        if fact.seq != seq + 1:
            raise JournalMisused(f"fact {fact.seq} cannot follow fact {seq}")
        row = to_row(fact, sealed)
        rows.append(row)
        seq, sealed = fact.seq, row[-1]
    # Many in one statement: each statement is a moment in which the loop and this thread wait for each other.
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        connection.execute(_INTO + ", ".join((_ROW,) * len(some)), [value for row in some for value in row])


def insert(connection: sqlite3.Connection, row: FactRow) -> None:
    """Add one row as it stands."""
    connection.execute(_INSERT, row)


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Return seq and hash of the newest fact."""
    row = connection.execute("SELECT seq, hash FROM fact ORDER BY seq DESC LIMIT 1").fetchone()
    return begin(connection) if row is None else (row[0], row[1])


def begin(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Return seq and hash of the fact before the first one of this file: the newest that went to the archive."""
    return folded.place(connection, folded.BOUNDARY) or (0, GENESIS)


def hash_of(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """Return the hash of a fact that is in this file, or of the one before its first."""
    begun, sealed = begin(connection)
    if seq == begun:
        return sealed
    row = connection.execute("SELECT hash FROM fact WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else bytes(row[0])


def verified(rows: Iterable[FactRow], expected: tuple[int, bytes] | None = None) -> Iterator[FactRow]:
    """Pass on consecutive rows as long as each is what was sealed and follows the one before; else JournalCorrupt.

    `expected` is the first row's seq and prev_hash, where they are known.
    """
    for row in rows:
        seq, content, prev_hash, sealed = row[0], row[:-2], row[-2], row[-1]
        if (expected is not None and expected != (seq, prev_hash)) or _seal(content, prev_hash) != sealed:
            raise JournalCorrupt(
                f"fact {seq} of the journal is not what was written, or one before it is gone; "
                "ocpi-gateway verify names what was changed; the daemon repairs it when it is started"
            )
        expected = (seq + 1, sealed)
        yield row


def rows_from(connection: sqlite3.Connection, seq: int) -> Iterator[FactRow]:
    """Read rows from a fact on as they stand."""
    return connection.execute(f"{_SELECT} WHERE seq >= ? ORDER BY seq", (seq,))


def all_rows(connection: sqlite3.Connection) -> Iterator[FactRow]:
    """Read all rows as they stand, in the order of their seq, whatever they say."""
    return connection.execute(f"{_SELECT} ORDER BY seq")


def seal(row: FactRow, *, seq: int) -> bytes:
    """Return the hash that a row would have if it had been written as fact `seq`."""
    return _seal((seq, *row[1:-2]), row[-2])


def read(connection: sqlite3.Connection, from_seq: int, limit: int) -> tuple[Fact, ...]:
    """Return up to `limit` facts of this file from `from_seq` on, their chain verified back to the one before them."""
    return tuple(from_row(row) for row in read_rows(connection, from_seq, limit))


def read_rows(connection: sqlite3.Connection, from_seq: int, limit: int) -> list[FactRow]:
    """Return up to `limit` rows of this file from `from_seq` on, verified back to the one before them."""
    begun, sealed = begin(connection)
    first = max(from_seq - 1, begun + 1)
    rows = connection.execute(f"{_SELECT} WHERE seq >= ? ORDER BY seq LIMIT ?", (first, limit + 1))
    known = (first, sealed) if first == begun + 1 else None
    return [row for row in verified(rows, known) if row[0] >= from_seq][:limit]


def read_of_session(connection: sqlite3.Connection, session_id: SessionId) -> tuple[Fact, ...]:
    """Return every fact of one session in order."""
    marks = connection.execute(_OF_SESSION, (session_id,)).fetchall()
    samples = connection.execute(_SAMPLES, (*_sampled(connection, marks), session_id))
    return tuple(from_row(row) for row in sorted((*marks, *samples), key=_seq_of))


def _sampled(connection: sqlite3.Connection, marks: Sequence[FactRow]) -> tuple[int, int]:
    """Return between which facts a session's samples stand, given all its other facts that are here."""
    seqs = {row[7]: row[0] for row in marks}
    is_whole = any(kind in seqs for kind in _FIRST_KINDS)
    if not marks or (is_whole and _STARTED not in seqs):
        return 1, 0
    first = seqs[_STARTED] if is_whole else begin(connection)[0] + 1  # what came before is in the archive
    return first, seqs.get(_ENDED) or head(connection)[0]


def _seq_of(row: FactRow) -> int:
    seq: int = row[0]
    return seq


def read_of_time(connection: sqlite3.Connection, before_seq: int) -> tuple[Fact, ...]:
    """Return what is known of the time here: the machine's boot that a fact was written in, and all that came after.

    Several starts of the daemon may stand in one boot: what it learned before the last of them counts as well.
    """
    started = connection.execute(_LAST_START, (before_seq,)).fetchone()[0]
    begun = connection.execute(_FIRST_OF_BOOT, (started,)).fetchone()[0] or before_seq
    rows = connection.execute(f"{_SELECT} WHERE {_OF_TIME} AND seq >= ? ORDER BY seq", (begun,))
    return tuple(from_row(row) for row in rows)


def verify_tail(connection: sqlite3.Connection, count: int) -> None:
    """Check the newest `count` facts; JournalCorrupt says which one is wrong."""
    (newest, _), (begun, sealed) = head(connection), begin(connection)
    first = max(begun + 1, newest - count + 1)
    known = (first, sealed) if first == begun + 1 else None
    for _ in verified(connection.execute(f"{_SELECT} WHERE seq >= ? ORDER BY seq", (first,)), known):
        pass
    held = connection.execute("SELECT count(*) FROM fact WHERE seq >= ?", (first,)).fetchone()[0]
    if held != newest - first + 1:
        raise JournalCorrupt(f"the journal holds {held} of the facts {first} to {newest}")
