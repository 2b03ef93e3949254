"""What a backend was ever owed of CDRs: numbered, linked by digests, and how far it is with each."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.identifiers import CdrId


class Standing(StrEnum):
    """How far a backend is with a CDR."""

    DELIVERED = "delivered"
    DUE = "due"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One CDR of a chain; `digest` in hex."""

    number: int
    cdr_id: CdrId
    digest: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Inventory:
    """A part of a chain, and how long all of it is; `first` and `head` are its ends' digests, None without any."""

    count: int
    first: str | None
    head: str | None
    entries: tuple[Entry, ...]
