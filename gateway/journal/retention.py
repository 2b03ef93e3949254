"""Moves settled facts of a certain age to the archive, oldest first, a batch at a time, and gives their space back.

Law: a fact leaves the journal in the transaction that moves the boundary, and only once the archive was read back.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.core.rows import RowChange
from gateway.core.site_state import SiteState, fold
from gateway.journal import archive, chain, folded
from gateway.journal.replay import Project
from gateway.journal.sqlite import transaction
from gateway.journal.tables import LACKS_CDR

BATCH: Final = 250  # facts moved at once: what an append may have to wait for
_LOOKS: Final = 1_000  # at facts' times, when the newest old one is searched
# Pages given back at once, and how many free ones are left to be filled again: giving back moves others about.
_PAGES: Final = 256
SPARE_PAGES: Final = 2048

_UNSETTLED: Final = f"""
SELECT min(seq) FROM fact WHERE kind <> 'energy_sampled' AND session_id IN (
    SELECT session_id FROM outbox
    UNION
    SELECT session_id FROM session WHERE status NOT IN ('COMPLETED', 'INVALID') OR ({LACKS_CDR})
)"""  # noqa: S608 - constants only
_FORGET_WORDINGS: Final = """
DELETE FROM wording
WHERE kind = 'session' AND object_id IN (SELECT session_id FROM session WHERE up_to_seq <= ?)"""


def movable_up_to(connection: sqlite3.Connection, older_than: datetime) -> int:
    """Return the newest fact that may go: older than that, and no fact of an unsettled session at or before it.

    Unsettled is a session that is open, whose CDR is not sealed, or of which any backend lacks anything, be it parked.
    """
    begun, _ = chain.begin(connection)
    newest, _ = chain.head(connection)
    stop = connection.execute(_UNSETTLED).fetchone()[0]
    limit = newest if stop is None else stop - 1
    at = older_than.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    # From the newest back in steps: one wrong clock on the way must not keep everything for ever.
    for seq in range(limit, begun, -max(1, (limit - begun) // _LOOKS)):
        row = connection.execute("SELECT at FROM fact WHERE seq = ?", (seq,)).fetchone()
        if row is not None and row[0] < at:
            return seq
    return begun


def move(connection: sqlite3.Connection, journal: Path, project: Project, up_to_seq: int) -> int:
    """Move the next batch, not beyond that fact; return how many facts went. OSError where the archive takes none.

    None go behind a boundary of other code: the next start folds what is there, which takes longer than a step may.
    """
    begun, _ = chain.begin(connection)
    rows = chain.read_rows(connection, begun + 1, min(BATCH, up_to_seq - begun))
    boundary = folded.read(connection, folded.BOUNDARY)
    state = SiteState() if begun == 0 else boundary.site_state() if boundary is not None else None
    if not rows or state is None:
        return 0
    facts = [chain.from_row(row) for row in rows]
    archive.append(journal, rows, list[RowChange](project(facts, state)))
    boundary = folded.folded(fold(facts, state), rows[-1][-1])
    with transaction(connection):
        folded.write(connection, folded.BOUNDARY, boundary)
        connection.execute("DELETE FROM fact WHERE seq <= ?", (boundary.up_to_seq,))
        connection.execute(_FORGET_WORDINGS, (boundary.up_to_seq,))
        connection.execute("DELETE FROM session WHERE up_to_seq <= ?", (boundary.up_to_seq,))
    return len(rows)


def give_back(connection: sqlite3.Connection) -> bool:
    """Give some free pages back to the file system; tell whether there are more."""
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    if free <= SPARE_PAGES:
        return False
    # The pragma frees one page a step, and `execute` takes but one step of what yields no columns.
    connection.executescript(f"PRAGMA incremental_vacuum({min(_PAGES, free - SPARE_PAGES)})")
    return True
