"""The derived table `cdr_chain`: which CDRs each backend was ever owed, numbered and linked by digests.

Law: a number is given once, in the order of the journal, whatever became of the CDR afterwards.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from typing import Final

from gateway.core.delivery import NOTHING_BEFORE, Delivery, Link
from gateway.core.identifiers import BackendName, CdrId
from gateway.core.inventory import Entry, Inventory, Standing

_NEWEST: Final = "SELECT number, digest FROM cdr_chain WHERE backend = ? ORDER BY number DESC LIMIT 1"
_OLDEST: Final = "SELECT digest FROM cdr_chain WHERE backend = ? AND number = 1"
_ADD: Final = """
INSERT INTO cdr_chain (backend, number, cdr_id, session_id, seq, country_code, party_id, digest, version, body)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10,
    CASE WHEN EXISTS (SELECT 1 FROM cdr WHERE cdr_id = ?3 AND body = ?9) THEN NULL ELSE ?9 END"""
# What is owed already stays as it is, and is not parked any more.
_OWE_AGAIN: Final = """
INSERT INTO outbox (backend, kind, object_id, up_to_seq, country_code, party_id, session_id, body, number, version)
SELECT k.backend, 'cdr', k.cdr_id, k.seq, k.country_code, k.party_id, k.session_id, ifnull(k.body, c.body), k.number,
    k.version
FROM cdr_chain AS k LEFT JOIN cdr AS c ON c.cdr_id = k.cdr_id
WHERE k.backend = ? AND k.number = ? AND ifnull(k.body, c.body) IS NOT NULL
ON CONFLICT (backend, kind, object_id) DO UPDATE SET park_reason = NULL"""
_ENTRIES: Final = """
SELECT k.number, k.cdr_id, k.digest, o.object_id IS NOT NULL, o.park_reason
FROM cdr_chain AS k LEFT JOIN outbox AS o ON o.backend = k.backend AND o.kind = 'cdr' AND o.object_id = k.cdr_id
WHERE k.backend = ? AND k.number BETWEEN ? AND ? ORDER BY k.number LIMIT ?"""
_BODY: Final = """
SELECT ifnull(k.body, c.body) FROM cdr_chain AS k LEFT JOIN cdr AS c ON c.cdr_id = k.cdr_id
WHERE k.backend = ? AND k.number = ?"""


def add(connection: sqlite3.Connection, owed: Delivery) -> int:
    """Give a CDR the next number of its backend's chain; return it."""
    newest = connection.execute(_NEWEST, (owed.backend,)).fetchone()
    number = 1 if newest is None else newest[0] + 1
    digest = hashlib.sha256(owed.body).digest()
    owner = (owed.owner.country_code, owed.owner.party_id)
    row = (
        owed.backend,
        number,
        owed.object_id,
        owed.session_id,
        owed.up_to_seq,
        *owner,
        digest,
        owed.body,
        owed.version,
    )
    connection.execute(_ADD, row)
    return int(number)


def owe_again(connection: sqlite3.Connection, backend: BackendName, number: int) -> None:
    """Owe a CDR once more, byte for byte; one that is owed anyway stays so, and is parked no longer."""
    connection.execute(_OWE_AGAIN, (backend, number))


def inventory(connection: sqlite3.Connection, backend: BackendName, first: int, last: int, limit: int) -> Inventory:
    """Return at most `limit` CDRs of a backend's chain from number `first` to `last`."""
    newest = connection.execute(_NEWEST, (backend,)).fetchone()
    if newest is None:
        return Inventory(0, None, None, ())
    oldest = connection.execute(_OLDEST, (backend,)).fetchone()
    rows = connection.execute(_ENTRIES, (backend, first, last, limit))
    return Inventory(newest[0], oldest[0].hex(), newest[1].hex(), tuple(_entries(rows)))


def body(connection: sqlite3.Connection, backend: BackendName, number: int) -> bytes | None:
    """Return a CDR as its backend gets it; None where its body is not here."""
    row = connection.execute(_BODY, (backend, number)).fetchone()
    return None if row is None else row[0]


def link(number: int | None, digest: bytes | None, previous: bytes | None) -> Link | None:
    """Return a delivery's place in the chain, None for what has none."""
    if number is None or digest is None:
        return None
    return Link(number, digest.hex(), NOTHING_BEFORE if previous is None else previous.hex())


def _entries(rows: Iterable[tuple[int, str, bytes, int, str | None]]) -> Iterable[Entry]:
    for number, cdr_id, digest, is_owed, park_reason in rows:
        standing = Standing.PARKED if park_reason is not None else Standing.DUE if is_owed else Standing.DELIVERED
        yield Entry(number, CdrId(cdr_id), digest.hex(), standing)
