"""What a backend is owed, and what it answered."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.identifiers import BackendName, Party, SessionId


class ObjectKind(StrEnum):
    """Which OCPI object; a Session is replaced (latest wins), a CDR is sealed (each one counts)."""

    SESSION = "session"
    CDR = "cdr"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One object on its way to one backend: the exact bytes, and the newest fact they contain."""

    backend: BackendName
    kind: ObjectKind
    object_id: str
    owner: Party
    session_id: SessionId
    up_to_seq: int
    body: bytes


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
