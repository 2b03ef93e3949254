"""Card readers: what they can tell, and the one port they are behind."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from drivers.rfid.uid import Uid

__all__ = ["CardArrived", "CardEvent", "CardLeft", "CardReader", "CardUnreadable", "ReaderFound", "ReaderLost", "Uid"]


@dataclass(frozen=True, slots=True)
class CardArrived:
    """A card came and showed a uid one can go by; `lay_there` tells that nobody saw it come."""

    uid: Uid
    lay_there: bool = False


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """A card came that nobody can be told by; `reason` is a sentence that says what to do."""

    reason: str


@dataclass(frozen=True, slots=True)
class CardLeft:
    """The card of the last CardArrived or CardUnreadable is gone."""


@dataclass(frozen=True, slots=True)
class ReaderFound:
    """The reader is there and watched; `name` is what the system calls it."""

    name: str


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """The reader cannot be watched (any more); `reason` ends with the remedy. Repeated only with a new reason."""

    reason: str


CardEvent = CardArrived | CardUnreadable | CardLeft | ReaderFound | ReaderLost


class CardReader(Protocol):
    """A thing that cards are shown to."""

    def events(self) -> AsyncGenerator[CardEvent, None]:
        """Tell what happens at the reader, for ever; close the generator to let go of the hardware.

        A visit of a card gives one CardArrived or one CardUnreadable, then one CardLeft, however long the card rests
        and however often the reader is lost and found meanwhile: a card that was not seen leaving has not left.
        A fault of reader, wire or system is a ReaderLost, after which the reader is sought with a growing back-off;
        it is never raised. What is raised is a bug.
        """
        ...
