"""The site as the windows on it look at it: snapshots, from memory, at once."""

from collections.abc import Sequence
from typing import Protocol

from gateway.core.instant import Instant
from gateway.core.telemetry import BackendSnapshot, EvseSnapshot, MeterSnapshot, ReaderSnapshot, StorageSnapshot


class SiteView(Protocol):
    """What the site looks like now; answers at once and from memory."""

    def now(self) -> Instant:
        """Return the present moment."""
        ...

    def evses(self) -> Sequence[EvseSnapshot]:
        """Return all EVSEs in the order of the configuration."""
        ...

    def meters(self) -> Sequence[MeterSnapshot]:
        """Return all meters in the order of the configuration."""
        ...

    def readers(self) -> Sequence[ReaderSnapshot]:
        """Return all card readers in the order of the configuration."""
        ...

    def backends(self) -> Sequence[BackendSnapshot]:
        """Return all backends in the order of the configuration."""
        ...

    def storage(self) -> StorageSnapshot:
        """Return what is written to the card, and how long it lives so."""
        ...

    def late_s(self) -> float:
        """Return how late the event loop came, at worst within the last minute."""
        ...
