"""How the journal is, for those who watch it: its newest fact, its bytes on disk, since when the oldest is due."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.core.identifiers import BackendName
from gateway.core.instant import ClockQuality, Instant
from gateway.core.telemetry import JournalVitals
from gateway.journal import chain

_DUE_SINCE: Final = """
SELECT o.backend, f.at, f.boot_ns, f.boot_id, f.clock
FROM (SELECT backend, min(up_to_seq) AS seq FROM outbox WHERE park_reason IS NULL GROUP BY backend) AS o
JOIN fact AS f ON f.seq = o.seq
ORDER BY o.backend"""


def vitals(connection: sqlite3.Connection, path: Path) -> JournalVitals:
    """Look at the file and its write-ahead log."""
    due = connection.execute(_DUE_SINCE)
    return JournalVitals(
        last_seq=chain.head(connection)[0],
        size_bytes=sum(_size(file) for file in (path, path.with_name(f"{path.name}-wal"))),
        due_since=tuple(
            (BackendName(backend), Instant(datetime.fromisoformat(at), boot_ns, boot_id, ClockQuality(clock)))
            for backend, at, boot_ns, boot_id, clock in due
        ),
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
