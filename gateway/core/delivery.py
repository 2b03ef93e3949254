"""What a backend is owed, and what it answered."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.identifiers import BackendName, Party, SessionId


class ObjectKind(StrEnum):
    """Which OCPI object: a CDR is sealed, each one counts; of all others the latest wins. EVSE is its status alone."""

    SESSION = "session"
    CDR = "cdr"
    LOCATION = "location"
    EVSE = "evse"
    TARIFF = "tariff"


# Of what concerns the site and no session.
NO_SESSION = SessionId("")
# What stands as the digest before the first CDR.
NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """Where a CDR stands among all that its backend gets: `number` counts from 1 and leaves none out.

    `digest` is the SHA-256 of its bytes in hex, `previous` that of the CDR before it.
    """

    number: int
    digest: str
    previous: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One object on its way to one backend: the exact bytes, in which version, and the newest fact they contain.

    `link` is a CDR's place in the backend's chain, which follows from the journal and is given by it.
    """

    backend: BackendName
    kind: ObjectKind
    object_id: str
    owner: Party
    session_id: SessionId
    up_to_seq: int
    body: bytes
    link: Link | None = field(default=None, compare=False)
    version: str = FIRST_VERSION


@dataclass(frozen=True, slots=True)
class Accepted:
    """The backend has it. `location` is the URL it gave the object, where it gave one."""

    answer: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The backend will not have this object as it is; sending it again unchanged is no use."""

    reason: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: try again, after `retry_after_s` where the backend said so."""

    reason: str
    retry_after_s: int | None = None


Receipt = Accepted | Rejected | Deferred
# What ends a delivery: a deferred one is tried again.
Verdict = tuple[Delivery, Accepted | Rejected]
