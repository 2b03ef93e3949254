"""Rows of the journal as lines for people's eyes."""

from collections.abc import Collection, Iterable
from typing import Protocol

from gateway.core.delivery import Delivery
from gateway.core.identifiers import SessionId
from gateway.core.rows import CdrRow, SessionRow
from gateway.web.redaction import redacted
from gateway.web.shapes import CdrLine, OutboxLine, SessionLine


class OwedRow(Protocol):
    """An object that a backend does not have yet; `park_reason` None means it is due."""

    @property
    def delivery(self) -> Delivery:
        """The object."""
        ...

    @property
    def park_reason(self) -> str | None:
        """Why it waits for a human."""
        ...


def session_lines(rows: Iterable[SessionRow], lack_cdr: Collection[SessionId]) -> tuple[SessionLine, ...]:
    """Return sessions' rows as they are shown; `lack_cdr` are those that are over and have no CDR yet."""
    return tuple(
        SessionLine(
            row.session_id, row.evse_uid, row.status, row.up_to_seq, redacted(row.body), row.session_id in lack_cdr
        )
        for row in rows
    )


def cdr_line(row: CdrRow) -> CdrLine:
    """Return a CDR's row as it is shown."""
    return CdrLine(row.cdr_id, row.session_id, row.seq, redacted(row.body))


def outbox_line(row: OwedRow) -> OutboxLine:
    """Return what a backend is owed as it is shown, without the object itself."""
    owed = row.delivery
    size = len(owed.body)
    return OutboxLine(
        owed.backend, owed.kind.value, owed.object_id, owed.session_id, owed.up_to_seq, size, row.park_reason
    )
