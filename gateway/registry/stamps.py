"""The table of when each part of our Location last changed."""

import json
import sqlite3
from collections.abc import Mapping

from gateway.ocpi.v2_2_1.location import Path, Stamp
from gateway.registry.moments import from_text, to_text


def load(connection: sqlite3.Connection) -> dict[Path, Stamp]:
    """Return every part that ever was, in the order in which they came to be."""
    rows = connection.execute("SELECT path, last_updated, body FROM stamp ORDER BY rowid")
    return {tuple(json.loads(path)): Stamp(from_text(moment), body) for path, moment, body in rows}


def keep(connection: sqlite3.Connection, stamps: Mapping[Path, Stamp]) -> None:
    """Replace the stamps of some parts, inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO stamp (path, last_updated, body) VALUES (?, ?, ?) "
        "ON CONFLICT (path) DO UPDATE SET last_updated = excluded.last_updated, body = excluded.body",
        [(json.dumps(path), to_text(stamp.last_updated), stamp.body) for path, stamp in stamps.items()],
    )
