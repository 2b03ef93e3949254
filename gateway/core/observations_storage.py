"""What the world tells us of the disk, and what it never took; see observations."""

from dataclasses import dataclass

from gateway.core.identifiers import SessionId
from gateway.core.instant import Instant
from gateway.core.reasons import StopReason


@dataclass(frozen=True, slots=True)
class StorageLost:
    """The disk takes no facts (any more); `reason` is a sentence that ends with the remedy."""

    at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class StorageHealed:
    """The disk has taken everything that waited for it."""

    at: Instant


@dataclass(frozen=True, slots=True)
class DecidedStop:
    """It was decided at `at` that a session must end."""

    session_id: SessionId
    reason: StopReason
    at: Instant


@dataclass(frozen=True, slots=True)
class StopsRecalled:
    """What the process before this one had decided, and acted upon, when it ended; the disk may know of it or not."""

    at: Instant
    stops: tuple[DecidedStop, ...]


StorageNews = StorageLost | StorageHealed | StopsRecalled
