"""What every backend is still owed, as its shipper asks for it; verdicts go back through the site's inbox."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.clock import Clock
from gateway.core.delivery import Accepted, Delivery, ObjectKind, Verdict
from gateway.core.identifiers import BackendName
from gateway.core.observations import DeliveriesAnswered
from gateway.core.rows import Owe, OweAgain, Release, Restate, RowChange, Settle
from gateway.inbox import Inbox
from gateway.patience import Patience


class Counts(Protocol):
    """How many objects a backend is owed, and how many wait for a human."""

    @property
    def owed(self) -> int:
        """Objects that will be sent."""
        ...

    @property
    def parked(self) -> int:
        """Objects that wait for a human."""
        ...


@dataclass(frozen=True, slots=True)
class Owed:
    """Counts as they are after what is only in memory; without figures a backend that has everything."""

    owed: int = 0
    parked: int = 0


class Owing(Protocol):
    """Where it stands what backends are owed."""

    async def due(
        self, backend: BackendName, limit: int, *, live_after: int | None = None, beyond: Delivery | None = None
    ) -> Sequence[Delivery]:
        """Return what a backend is owed, what is live first, then the oldest, without what is parked."""
        ...

    async def live(self, backend: BackendName, limit: int, *, live_after: int) -> Sequence[Delivery]:
        """Return only what is live."""
        ...

    async def horizon(self, backend: BackendName) -> int:
        """Return the newest fact of what a backend is owed."""
        ...

    async def counts(self) -> Mapping[BackendName, Counts]:
        """Count what each backend is owed and what is parked."""
        ...


class OutboxDesk:
    """The shippers' Outbox. `unreadable` says why the disk could not be read, until it was counted again."""

    def __init__(
        self,
        journal: Owing,
        inbox: Inbox,
        clock: Clock,
        storage_faults: tuple[type[Exception], ...],
        patience: Patience,
    ) -> None:
        self._journal = journal
        self._inbox = inbox
        self._clock = clock
        self._storage_faults = storage_faults
        self._due: dict[BackendName, asyncio.Event] = {}
        self._counts: Mapping[BackendName, Counts] = {}
        self._patience = patience
        # What backends took and the journal does not know yet: as of which fact they have it.
        self._answered: dict[BackendName, dict[tuple[ObjectKind, str], int]] = {}
        self.unreadable: str | None = None

    async def count(self) -> None:
        """Count anew what is owed; raises what the disk raises."""
        self._counts = await self._journal.counts()
        self.unreadable = None

    async def note(self, changes: Sequence[RowChange]) -> None:
        """Take note of changes that are on disk: count, and tell the shippers they concern."""
        if changes:
            try:
                self._counts = await self._journal.counts()
            except self._storage_faults as fault:
                self.unreadable = str(fault)
        for backend, key, seq in _written(changes):
            answered = self._answered.get(backend, {})
            if answered.get(key, seq + 1) <= seq:
                del answered[key]
        for backend in _concerned(changes):
            self._event(backend).set()

    def wake_all(self) -> None:
        """Have every shipper look again."""
        for due in self._due.values():
            due.set()

    def owed(self, backend: BackendName) -> Counts:
        """Count what a backend does not have yet."""
        counts, answered = self._counts.get(backend, Owed()), len(self._answered.get(backend, {}))
        return Owed(max(0, counts.owed - answered), counts.parked) if answered else counts

    async def due(
        self, backend: BackendName, limit: int, *, live_after: int = 0, beyond: Delivery | None = None
    ) -> Sequence[Delivery]:
        """Return what a backend is owed, what is live first, then the oldest, without what is parked."""
        self._event(backend).clear()
        return await self._owed(backend, limit, live_after=live_after, beyond=beyond)

    async def live(self, backend: BackendName, limit: int, *, live_after: int) -> Sequence[Delivery]:
        """Return what of a backend's is live, without what is parked."""
        self._event(backend).clear()
        answered = self._answered.get(backend, {})
        try:
            rows = await self._journal.live(backend, limit, live_after=live_after)
        except self._storage_faults as fault:
            self.unreadable = str(fault)
            return ()
        return [row for row in rows if answered.get((row.kind, row.object_id), 0) < row.up_to_seq]

    async def backlog(self, backend: BackendName, limit: int, *, beyond: Delivery) -> Sequence[Delivery]:
        """Return the oldest of what a backend is owed after `beyond`, without what is parked."""
        return await self._owed(backend, limit, live_after=None, beyond=beyond)

    async def _owed(
        self, backend: BackendName, limit: int, *, live_after: int | None, beyond: Delivery | None
    ) -> Sequence[Delivery]:
        """Ask the journal, and leave out what a backend has and the journal does not know yet."""
        try:
            while True:
                due = await self._journal.due(backend, limit, live_after=live_after, beyond=beyond)
                found = [row for row in due if not self.is_answered(row)]
                if found or not due:
                    return found
                live_after, beyond = None, due[-1]
        except self._storage_faults as fault:
            self.unreadable = str(fault)
            return ()

    async def horizon(self, backend: BackendName) -> int:
        """Return the newest fact of what a backend is owed, 0 where that is nothing."""
        try:
            return await self._journal.horizon(backend)
        except self._storage_faults as fault:
            self.unreadable = str(fault)
            return 0

    def has_news(self, backend: BackendName) -> bool:
        """Tell whether something may have become due since `due` was asked."""
        return self._event(backend).is_set()

    def is_answered(self, owed: Delivery) -> bool:
        """Tell whether the backend has taken this, though it still stands in the journal as owed."""
        return self._answered.get(owed.backend, {}).get((owed.kind, owed.object_id), 0) >= owed.up_to_seq

    def has_taken(self, backend: BackendName, cdr_id: str) -> bool:
        """Tell whether the backend has taken this CDR, though it still stands in the journal as owed."""
        return (ObjectKind.CDR, cdr_id) in self._answered.get(backend, {})

    async def report(self, verdicts: Sequence[Verdict]) -> None:
        """Book a backend's answers. That it took something may wait for company on its way to the disk.

        Until then it stays owed there, so that a crash has it sent again, and is not sent again otherwise.
        """
        if not verdicts:
            return
        may_wait = self._patience.is_any and all(isinstance(receipt, Accepted) for _, receipt in verdicts)
        if may_wait:  # noted first: who waits for room in the inbox may be overtaken by the disk
            for delivery, _ in verdicts:
                taken = self._answered.setdefault(delivery.backend, {})
                taken[delivery.kind, delivery.object_id] = delivery.up_to_seq
        written = await self._inbox.add(DeliveriesAnswered(tuple(verdicts), self._clock.now()))
        if not may_wait:
            await written

    async def wait(self, backend: BackendName) -> None:
        """Return when something new may be due."""
        await self._event(backend).wait()

    def _event(self, backend: BackendName) -> asyncio.Event:
        return self._due.setdefault(backend, asyncio.Event())


def _written(changes: Iterable[RowChange]) -> Iterator[tuple[BackendName, tuple[ObjectKind, str], int]]:
    """Yield which answers need not be remembered any more: those on disk, and those to what has become newer."""
    for change in changes:
        if isinstance(change, Settle):
            yield change.backend, (change.kind, change.object_id), change.up_to_seq
        elif isinstance(change, Owe):
            owed = change.delivery
            yield owed.backend, (owed.kind, owed.object_id), owed.up_to_seq - 1


def _concerned(changes: Iterable[RowChange]) -> set[BackendName]:
    owed = {change.delivery.backend for change in changes if isinstance(change, Owe)}
    return owed | {change.backend for change in changes if isinstance(change, Release | OweAgain | Restate)}
