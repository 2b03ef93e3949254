"""What a shipper needs of the world: an outbox to drain, and a way to the backend."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from gateway.core.delivery import Delivery, Receipt, Verdict
from gateway.core.identifiers import BackendName


class LinkDown(Exception):
    """The backend cannot be reached at all; the message is one line that ends with the remedy."""

    def __init__(self, reason: str, retry_after_s: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Outbox(Protocol):
    """What every backend is still owed."""

    async def due(
        self, backend: BackendName, limit: int, *, live_after: int = 0, beyond: Delivery | None = None
    ) -> Sequence[Delivery]:
        """Return what is owed, without parked rows: first what is live, then the oldest, at most `limit` of each.

        Live is what changed after fact `live_after`, and every session that goes on. Oldest is `up_to_seq`, a session
        before its CDR of the same; `beyond` leaves out what stands before it in this order, and itself.
        """
        ...

    async def live(self, backend: BackendName, limit: int, *, live_after: int) -> Sequence[Delivery]:
        """Return only what is live, see `due`; `wait` tells of what comes after that."""
        ...

    async def backlog(self, backend: BackendName, limit: int, *, beyond: Delivery) -> Sequence[Delivery]:
        """Return the oldest of what stands after `beyond`; unlike `due` it leaves news for `wait` to tell of."""
        ...

    async def horizon(self, backend: BackendName) -> int:
        """Return the newest `up_to_seq` that is owed and not parked, 0 where there is nothing."""
        ...

    def has_news(self, backend: BackendName) -> bool:
        """Tell whether `wait` would return at once."""
        ...

    async def report(self, verdicts: Sequence[Verdict]) -> None:
        """Take a backend's verdicts; returns once they are on disk, so that `due` no longer returns those states."""
        ...

    async def wait(self, backend: BackendName) -> None:
        """Return when something may have become due since the last call of `due`, at once if it has already.

        May be cancelled while it waits.
        """
        ...


class Link(Protocol):
    """An uplink while it is connected. `lost` is done, with the reason, as soon as the connection is gone."""

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done when the connection is gone; never done where there is no standing connection."""
        ...

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Hand one object over within an absolute deadline.

        Accepted only when the backend has acknowledged it; a fault of the line is Deferred, never an exception.
        Several may be under way at once.
        """
        ...


class Uplink(Protocol):
    """A way to one backend."""

    def session(self) -> AbstractAsyncContextManager[Link]:
        """Connect, and disconnect on leaving; LinkDown if the backend cannot be reached or will not have us."""
        ...
