"""The derived table `wording`: how Sessions and CDRs read in versions other than 2.2.1, and what is owed put into one.

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
    """Keep how an object reads in a version."""
    connection.execute(_PUT, (wording.kind, wording.object_id, wording.version, wording.body))


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
    query, values = (_FIRST[kind], (object_id,)) if version == FIRST_VERSION else (_GET, (kind, object_id, version))
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]
