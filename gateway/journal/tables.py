"""The derived tables: session, cdr and outbox. What a row change does to them, and what can be read from them."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, assert_never

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import BackendName, CdrId, EvseUid, Party, SessionId
from gateway.core.rows import CdrRow, Owe, OweAgain, Park, Release, Restate, RowChange, SessionRow, Settle, Wording
from gateway.journal import cdr_chain, wordings

DERIVED: Final = ("session", "cdr", "wording", "cdr_chain", "outbox")

# A row that stays where it is, in the state that it has, leaves indexes as they are: flash wears by the page.
_GO_ON: Final = "UPDATE session SET up_to_seq = ?, body = ? WHERE session_id = ? AND evse_uid = ? AND status = ?"
_PUT_SESSION: Final = """
INSERT INTO session (session_id, evse_uid, status, up_to_seq, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (session_id) DO UPDATE SET
    evse_uid = excluded.evse_uid, status = excluded.status, up_to_seq = excluded.up_to_seq, body = excluded.body"""
_ADD_CDR: Final = "INSERT INTO cdr (cdr_id, session_id, seq, body) VALUES (?, ?, ?, ?)"
_ADD_OWED: Final = """
INSERT INTO outbox (backend, kind, object_id, up_to_seq, country_code, party_id, session_id, body, version, number)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_OWE: Final = {
    ObjectKind.CDR: _ADD_OWED,
    None: _ADD_OWED  # of all others the latest wins
    + """
ON CONFLICT (backend, kind, object_id) DO UPDATE SET
    up_to_seq = excluded.up_to_seq, country_code = excluded.country_code, party_id = excluded.party_id,
    session_id = excluded.session_id, body = excluded.body, version = excluded.version, park_reason = NULL
WHERE excluded.up_to_seq >= up_to_seq""",
}
# Bytes that stand in the session's or the CDR's own row already are not written once more for every backend.
_SAME: Final = b""
# Many in one statement: each statement is a moment in which the loop and this thread wait for each other.
_SETTLE: Final = """
DELETE FROM outbox WHERE rowid IN (
    SELECT o.rowid FROM (VALUES {}) AS v
    JOIN outbox AS o ON o.backend = v.column1 AND o.kind = v.column2 AND o.object_id = v.column3
    WHERE o.up_to_seq <= v.column4
) RETURNING backend, park_reason"""
_AT_ONCE: Final = 200  # rows in one statement
_PARK: Final = """
UPDATE outbox SET park_reason = ? WHERE backend = ? AND kind = ? AND object_id = ? AND up_to_seq <= ?"""
_RELEASE: Final = "UPDATE outbox SET park_reason = NULL WHERE backend = ? AND kind = ? AND object_id = ?"

_SESSIONS: Final = "SELECT session_id, evse_uid, status, up_to_seq, body FROM session ORDER BY up_to_seq DESC LIMIT ?"
# Over, and its CDR is not sealed yet; a reservation in vain that costs nothing never gets one.
LACKS_CDR: Final = """status = 'COMPLETED'
AND NOT EXISTS (SELECT 1 FROM cdr WHERE cdr.cdr_id = session.session_id)
AND EXISTS (
    SELECT 1 FROM fact
    WHERE fact.session_id = session.session_id AND kind = 'session_ended' AND kind <> 'energy_sampled'
)"""
_LACKS_CDR: Final = f"SELECT 1 FROM session WHERE session_id = ? AND {LACKS_CDR}"  # noqa: S608 - constants only
_CDR: Final = "SELECT cdr_id, session_id, seq, body FROM cdr WHERE cdr_id = ?"
_CDRS: Final = "SELECT cdr_id, session_id, seq, body FROM cdr ORDER BY seq DESC LIMIT ?"
_SESSIONS_AFTER: Final = (
    f"SELECT session_id, evse_uid, status, up_to_seq, {wordings.of('session')} FROM session "  # noqa: S608 - our names
    "WHERE up_to_seq > ?1 ORDER BY up_to_seq LIMIT ?3"
)
_CDRS_AFTER: Final = (
    f"SELECT cdr_id, session_id, seq, {wordings.of('cdr')} FROM cdr WHERE seq > ?1 ORDER BY seq LIMIT ?3"  # noqa: S608 - our names
)
OWED: Final = """
SELECT o.backend, o.kind, o.object_id, o.country_code, o.party_id, o.session_id, o.up_to_seq,
    ifnull(nullif(o.body, x''), ifnull(w.body, ifnull(s.body, ifnull(c.body, x'')))), o.version, o.park_reason,
    o.number, k.digest, b.digest
FROM outbox AS o
LEFT JOIN session AS s ON o.kind = 'session' AND s.session_id = o.object_id
LEFT JOIN cdr AS c ON o.kind = 'cdr' AND c.cdr_id = o.object_id
LEFT JOIN wording AS w ON w.kind = o.kind AND w.object_id = o.object_id AND w.version = o.version
LEFT JOIN cdr_chain AS k ON k.backend = o.backend AND k.number = o.number
LEFT JOIN cdr_chain AS b ON b.backend = o.backend AND b.number = o.number - 1"""
# Oldest first; of one fact's objects the Session goes before its CDR.
IN_ORDER: Final = "ORDER BY o.up_to_seq, o.kind = 'cdr', o.object_id"
_PARKED: Final = "o.park_reason IS NOT NULL"
_OF_SESSION: Final = "o.session_id = ?"
_BY_BACKEND: Final = "ORDER BY o.backend, o.up_to_seq, o.kind = 'cdr', o.object_id"
_COUNTS: Final = """
SELECT backend, sum(owed), sum(held) FROM (
    SELECT backend, count(*) AS owed, 0 AS held FROM outbox WHERE park_reason IS NULL GROUP BY backend
    UNION ALL
    SELECT backend, 0, count(*) FROM outbox WHERE park_reason IS NOT NULL GROUP BY backend
) GROUP BY backend"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One object a backend does not have yet; `park_reason` None means it is due."""

    delivery: Delivery
    park_reason: str | None


@dataclass(frozen=True, slots=True)
class OutboxCount:
    """How many objects of a backend are due, and how many wait for a human."""

    owed: int
    parked: int


# How many objects went away, of which backend, and whether they were parked.
Settled = Counter[tuple[BackendName, bool]]


def apply(connection: sqlite3.Connection, changes: Iterable[RowChange]) -> Settled | None:
    """Carry out row changes in order, inside the caller's transaction.

    Returns how much of the outbox went away, None where something else than that may have happened to it.
    """
    gone: Settled | None = Counter()
    for _, some in groupby(changes, key=lambda change: isinstance(change, Settle)):
        settled = list[Settle]()
        for change in some:
            if isinstance(change, Settle):
                settled.append(change)
            else:
                _carry_out(connection, change)
                gone = gone if isinstance(change, SessionRow | CdrRow | Wording) else None
        went = _settle(connection, settled)
        if gone is not None:
            gone.update(went)
    return gone


def _settle(connection: sqlite3.Connection, settled: Sequence[Settle]) -> Settled:
    gone: Settled = Counter()
    for begin in range(0, len(settled), _AT_ONCE):
        some = settled[begin : begin + _AT_ONCE]
        values = [value for one in some for value in (one.backend, one.kind, one.object_id, one.up_to_seq)]
        rows = connection.execute(_SETTLE.format(", ".join(("(?, ?, ?, ?)",) * len(some))), values)
        gone.update((BackendName(backend), reason is not None) for backend, reason in rows.fetchall())
    return gone


def _carry_out(connection: sqlite3.Connection, change: RowChange) -> None:
    match change:
        case SessionRow():
            _put_session(connection, change)
        case CdrRow():
            connection.execute(_ADD_CDR, (change.cdr_id, change.session_id, change.seq, change.body))
        case Wording():
            wordings.put(connection, change)
        case Restate():
            wordings.restate(connection, change.backend, change.terms.version)
        case Owe():
            _owe(connection, change.delivery)
        case Park():
            parked_as = (change.backend, change.kind, change.object_id, change.up_to_seq)
            connection.execute(_PARK, (change.reason, *parked_as))
        case Release():
            connection.execute(_RELEASE, (change.backend, change.kind, change.object_id))
        case Settle():
            _settle(connection, (change,))
        case OweAgain(backend, number, version):
            cdr_chain.owe_again(connection, backend, number)
            wordings.restate(connection, backend, version)
        case _:
            assert_never(change)


def _put_session(connection: sqlite3.Connection, row: SessionRow) -> None:
    key = (row.session_id, row.evse_uid, row.status)
    if connection.execute(_GO_ON, (row.up_to_seq, row.body, *key)).rowcount == 0:
        connection.execute(_PUT_SESSION, (*key, row.up_to_seq, row.body))


def _owe(connection: sqlite3.Connection, owed: Delivery) -> None:
    number = cdr_chain.add(connection, owed) if owed.kind is ObjectKind.CDR else None
    key = (owed.backend, owed.kind, owed.object_id, owed.up_to_seq)
    owner = (owed.owner.country_code, owed.owner.party_id)
    known = wordings.body(connection, owed.kind, owed.object_id, owed.version)
    body = _SAME if known == owed.body else owed.body
    connection.execute(_OWE.get(owed.kind, _OWE[None]), (*key, *owner, owed.session_id, body, owed.version, number))


def sessions(connection: sqlite3.Connection, limit: int) -> tuple[SessionRow, ...]:
    """Return sessions, the one that changed last first."""
    return _session_rows(connection.execute(_SESSIONS, (limit,)))


def lack_cdr(connection: sqlite3.Connection, rows: Iterable[SessionRow]) -> frozenset[SessionId]:
    """Return the sessions among these that are over and whose CDR is not sealed yet."""
    known = (row.session_id for row in rows)
    return frozenset(one for one in known if connection.execute(_LACKS_CDR, (one,)).fetchone() is not None)


def sessions_after(
    connection: sqlite3.Connection, seq: int, limit: int, version: str = FIRST_VERSION
) -> tuple[SessionRow, ...]:
    """Return sessions that changed after a fact, the one that changed first first, as they read in a version."""
    return _session_rows(connection.execute(_SESSIONS_AFTER, (seq, version, limit)))


def cdrs(connection: sqlite3.Connection, limit: int) -> tuple[CdrRow, ...]:
    """Return CDRs, newest first."""
    return _cdr_rows(connection.execute(_CDRS, (limit,)))


def cdr(connection: sqlite3.Connection, cdr_id: CdrId) -> CdrRow | None:
    """Return one CDR."""
    return next(iter(_cdr_rows(connection.execute(_CDR, (cdr_id,)))), None)


def cdrs_after(
    connection: sqlite3.Connection, seq: int, limit: int, version: str = FIRST_VERSION
) -> tuple[CdrRow, ...]:
    """Return CDRs sealed after a fact, oldest first, as they read in a version."""
    return _cdr_rows(connection.execute(_CDRS_AFTER, (seq, version, limit)))


def outbox(
    connection: sqlite3.Connection, *, parked_only: bool = False, session_id: SessionId | None = None, limit: int = -1
) -> tuple[OutboxRow, ...]:
    """Return what backends do not have yet: all of it, what waits for a human, or what is of one session."""
    wanted = [sql for sql, asked in ((_PARKED, parked_only), (_OF_SESSION, session_id is not None)) if asked]
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    values = (limit,) if session_id is None else (session_id, limit)
    return tuple(outbox_rows(connection.execute(f"{OWED}{where} {_BY_BACKEND} LIMIT ?", values)))


def counts(connection: sqlite3.Connection) -> dict[BackendName, OutboxCount]:
    """Count due and parked objects per backend; a backend that has everything is not in it."""
    return {BackendName(name): OutboxCount(owed, held) for name, owed, held in connection.execute(_COUNTS)}


def _session_rows(cursor: sqlite3.Cursor) -> tuple[SessionRow, ...]:
    return tuple(
        SessionRow(SessionId(session_id), EvseUid(evse_uid), status, up_to_seq, body)
        for session_id, evse_uid, status, up_to_seq, body in cursor
    )


def _cdr_rows(cursor: sqlite3.Cursor) -> tuple[CdrRow, ...]:
    return tuple(CdrRow(CdrId(cdr_id), SessionId(session_id), seq, body) for cdr_id, session_id, seq, body in cursor)


def outbox_rows(cursor: Iterable[tuple[Any, ...]]) -> Iterable[OutboxRow]:
    """Read rows of OWED."""
    for (
        backend,
        kind,
        object_id,
        country_code,
        party_id,
        session_id,
        up_to_seq,
        body,
        version,
        park_reason,
        *place,
    ) in cursor:
        owner = Party(country_code, party_id)
        object_of = (BackendName(backend), ObjectKind(kind), object_id, owner, SessionId(session_id))
        yield OutboxRow(Delivery(*object_of, up_to_seq, body, cdr_chain.link(*place), version), park_reason)
