"""The derived table `wording`: Sessions and CDRs that read otherwise than in 2.2.1; what is owed put into a version.

Law: what a backend has got stays in its chain as it was; only what it does not have yet is put into other words.
"""

import hashlib
import sqlite3
from typing import Final

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.delivery import ObjectKind
from gateway.core.identifiers import BackendName
from gateway.core.rows import Wording

_PUT: Final = "INSERT OR REPLACE INTO wording (kind, object_id, version, body) VALUES (?, ?, ?, ?)"
_DROP: Final = "DELETE FROM wording WHERE kind = ? AND object_id = ? AND version = ?"
_GET: Final = "SELECT body FROM wording WHERE kind = ? AND object_id = ? AND version = ?"
_FIRST: Final = {
    ObjectKind.SESSION: "SELECT body FROM session WHERE session_id = ?",
    ObjectKind.CDR: "SELECT body FROM cdr WHERE cdr_id = ?",
}
_OUTDATED: Final = "SELECT object_id, number FROM outbox WHERE backend = ? AND kind = ? AND version <> ?"
_REWRITE: Final = "UPDATE outbox SET body = x'', version = ? WHERE backend = ? AND kind = ? AND object_id = ?"
_RELINK: Final = "UPDATE cdr_chain SET digest = ?, body = ?, version = ? WHERE backend = ? AND number = ?"


def of(table: str) -> str:
    """Return the SQL of a row's body in the version that is the statement's second value."""
    return (
        f"ifnull((SELECT body FROM wording WHERE kind = '{table}' AND object_id = {table}_id AND version = ?2), body)"  # noqa: S608 - our own names
    )


def put(connection: sqlite3.Connection, wording: Wording) -> None:
    """Keep how an object reads in a version, where that differs from its own row, which is written before."""
    key = (wording.kind, wording.object_id, wording.version)
    if wording.body == body(connection, wording.kind, wording.object_id, FIRST_VERSION):
        connection.execute(_DROP, key)
    else:
        connection.execute(_PUT, (*key, wording.body))


def restate(connection: sqlite3.Connection, backend: BackendName, version: str) -> None:
    """Put all Sessions and CDRs that a backend is owed into a version, as they are now."""
    for kind in _FIRST:
        for object_id, number in connection.execute(_OUTDATED, (backend, kind, version)).fetchall():
            words = body(connection, kind, object_id, version)
            if words is None:
                continue
            connection.execute(_REWRITE, (version, backend, kind, object_id))
            if number is not None:
                own = None if version == FIRST_VERSION else words
                digest = hashlib.sha256(words).digest()
                connection.execute(_RELINK, (digest, own, version, backend, number))


def body(connection: sqlite3.Connection, kind: ObjectKind, object_id: str, version: str) -> bytes | None:
    """Return an object as it reads in a version now, None where it is not here."""
    if kind not in _FIRST:
        return None
    row = None
    if version != FIRST_VERSION:
        row = connection.execute(_GET, (kind, object_id, version)).fetchone()
    row = row or connection.execute(_FIRST[kind], (object_id,)).fetchone()
    return None if row is None else row[0]
