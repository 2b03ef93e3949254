"""What a backend is owed and may be sent now: live things first, then the backlog from its old end, by keyset."""

import sqlite3
from typing import Final

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import BackendName
from gateway.journal.tables import IN_ORDER, OWED, outbox_rows

_DUE: Final = f"{OWED} WHERE o.backend = ? AND o.park_reason IS NULL"
_OLDEST: Final = f"{_DUE} {IN_ORDER} LIMIT ?"
_BEYOND: Final = f"""
{_DUE} AND o.up_to_seq >= ? AND (o.up_to_seq, o.kind = 'cdr', o.object_id) > (?, ?, ?) {IN_ORDER} LIMIT ?"""
_NEWER: Final = f"{_DUE} AND o.up_to_seq > ? {IN_ORDER} LIMIT ?"
# At most one for each EVSE; found from the few sessions that go on, however long the backlog is.
_GOING_ON: Final = f"""
{OWED} WHERE o.park_reason IS NULL AND o.rowid IN (
    SELECT x.rowid FROM session AS g CROSS JOIN outbox AS x
    ON x.backend = ? AND x.kind = 'session' AND x.object_id = g.session_id
    WHERE g.status IN ('ACTIVE', 'PENDING')
) {IN_ORDER}"""  # noqa: S608 - constants only
_HORIZON: Final = "SELECT ifnull(max(up_to_seq), 0) FROM outbox WHERE backend = ? AND park_reason IS NULL"


def due(
    connection: sqlite3.Connection,
    backend: BackendName,
    limit: int,
    live_after: int | None = None,
    beyond: Delivery | None = None,
) -> tuple[Delivery, ...]:
    """Return what a backend is owed, without what is parked: what is live first, then the oldest, `limit` of each.

    Live is what changed after fact `live_after`, and every session that goes on. Of the others `beyond` leaves out
    those up to itself.
    """
    found = list(_oldest(connection, backend, limit, beyond))
    if live_after is not None:
        found = [*live(connection, backend, limit, live_after), *found]
    return tuple({(one.kind, one.object_id): one for one in found}.values())


def live(connection: sqlite3.Connection, backend: BackendName, limit: int, live_after: int) -> tuple[Delivery, ...]:
    """Return the sessions that go on, and what changed after fact `live_after`, at most `limit` of that."""
    rows = [*connection.execute(_GOING_ON, (backend,)), *connection.execute(_NEWER, (backend, live_after, limit))]
    return tuple({(row.delivery.kind, row.delivery.object_id): row.delivery for row in outbox_rows(rows)}.values())


def horizon(connection: sqlite3.Connection, backend: BackendName) -> int:
    """Return the newest fact of what a backend is owed, 0 where that is nothing."""
    newest: int = connection.execute(_HORIZON, (backend,)).fetchone()[0]
    return newest


def _oldest(
    connection: sqlite3.Connection, backend: BackendName, limit: int, beyond: Delivery | None
) -> tuple[Delivery, ...]:
    if beyond is None:
        rows = connection.execute(_OLDEST, (backend, limit))
    else:
        place = (beyond.up_to_seq, beyond.kind is ObjectKind.CDR, beyond.object_id)
        rows = connection.execute(_BEYOND, (backend, beyond.up_to_seq, *place, limit))
    return tuple(row.delivery for row in outbox_rows(rows))
