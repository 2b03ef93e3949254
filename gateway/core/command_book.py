"""The commands of peers as the fold of their facts: what is still to be done, and which results are owed to whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.core.commands import CommandResponse, CommandResult
from gateway.core.facts import Fact
from gateway.core.facts_roaming import CommandAnswered, CommandFinished, CommandTaken
from gateway.core.identifiers import CommandId, EvseUid, SessionId
from gateway.core.instant import Instant, elapsed

# A retry after a lost answer comes within minutes; what is older than this is a new intention, and is forgotten.
KEPT = timedelta(hours=1)
# Far more than a site's drivers order within that hour; a peer gone mad must not fill the memory.
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command, and what came of it so far; `owed_at` is when the newest result came to be, None if none is owed."""

    taken: CommandTaken
    taken_at: Instant
    evse_uid: EvseUid | None
    session_id: SessionId | None
    finished: CommandFinished | None = None
    owed_at: Instant | None = None

    @property
    def is_pending(self) -> bool:
        """Whether it was accepted and nobody knows yet what comes of it."""
        return self.taken.response is CommandResponse.ACCEPTED and self.finished is None


CommandBook = Mapping[CommandId, CommandRecord]


def book_command(book: CommandBook, fact: Fact, kept_for_reservations: frozenset[CommandId]) -> CommandBook:
    """Fold one fact of a command in; one that is long forgotten changes nothing."""
    match fact.body:
        case CommandTaken():
            record = CommandRecord(fact.body, fact.at, fact.evse_uid, fact.session_id)
            kept = {
                known: each
                for known, each in book.items()
                if each.is_pending
                or each.owed_at is not None
                or known in kept_for_reservations
                or elapsed(each.taken_at, fact.at) < KEPT
            }
            while len(kept) >= MOST_KEPT:
                del kept[next(iter(kept))]
            return {**kept, fact.body.id: record}
        case CommandFinished(id_) if id_ in book:
            return {**book, id_: replace(book[id_], finished=fact.body, owed_at=fact.at)}
        case CommandAnswered(id_) if id_ in book:
            return {**book, id_: replace(book[id_], owed_at=None)}
        case _:
            return book


def pending_commands(book: CommandBook) -> Iterator[CommandRecord]:
    """Walk the commands that were accepted and not finished, oldest first."""
    return (record for record in book.values() if record.is_pending)


def owed_results(book: CommandBook) -> tuple[CommandRecord, ...]:
    """Return the commands whose result their peer has not got, oldest first."""
    return tuple(record for record in book.values() if record.owed_at is not None)


def is_too_late(record: CommandRecord, now: Instant) -> bool:
    """Tell whether the peer waits no more: it was told for how long it should."""
    since = record.taken_at
    if record.finished is not None and record.finished.result is CommandResult.CANCELED_RESERVATION:
        since = record.owed_at or since
    return elapsed(since, now) >= timedelta(seconds=record.taken.timeout_s)
