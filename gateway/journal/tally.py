"""How much each backend is owed: counted once, then kept by what goes away: a commit need not look at all of it."""

from collections.abc import Awaitable, Callable, Mapping

from gateway.core.identifiers import BackendName
from gateway.journal.tables import OutboxCount, Settled

Count = Callable[[], Awaitable[dict[BackendName, OutboxCount]]]


class Tally:
    """Says what the table says, or nothing: whatever else than settling happens to it has it counted anew."""

    def __init__(self) -> None:
        self._known: dict[BackendName, OutboxCount] | None = None
        self._changes = 0

    def begin(self) -> Callable[[Settled | None], None]:
        """Forget, as the table is about to change; returns whom to tell what was settled, once that is on disk."""
        before, self._known = self._known, None
        self._changes += 1
        change = self._changes

        def note(settled: Settled | None) -> None:
            if before is not None and settled is not None and change == self._changes:
                self._known = _without(before, settled)

        return note

    async def ask(self, count: Count) -> dict[BackendName, OutboxCount]:
        """Return the counts; `count` looks into the table."""
        if self._known is not None:
            return self._known
        change = self._changes
        found = await count()
        if change == self._changes:
            self._known = found
        return found


def _without(known: Mapping[BackendName, OutboxCount], settled: Settled) -> dict[BackendName, OutboxCount]:
    left = {
        name: OutboxCount(count.owed - settled[name, False], count.parked - settled[name, True])
        for name, count in known.items()
    }
    return {name: count for name, count in left.items() if count.owed or count.parked}
