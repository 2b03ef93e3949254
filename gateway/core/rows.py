"""Changes to the derived tables: what a fact means for the sessions, CDRs and outbox that the journal keeps."""

from dataclasses import dataclass

from gateway.core.backend_terms import FIRST_VERSION, Terms
from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import BackendName, CdrId, EvseUid, SessionId


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Replaces the session's row. `body` is the 2.2.1 Session object as JSON."""

    session_id: SessionId
    evse_uid: EvseUid
    status: str
    up_to_seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class CdrRow:
    """Adds a sealed CDR. `body` is the 2.2.1 CDR object as JSON."""

    cdr_id: CdrId
    session_id: SessionId
    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Wording:
    """Replaces how a Session or CDR reads in another version than 2.2.1, in the same state as its own row."""

    kind: ObjectKind
    object_id: str
    version: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Restate:
    """What a backend is owed of Sessions and CDRs is put into the version of its terms."""

    backend: BackendName
    terms: Terms


@dataclass(frozen=True, slots=True)
class Owe:
    """A backend is owed this: a session's row replaces the older one of the same id, a CDR's row is added."""

    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Settle:
    """A backend has the object as of `up_to_seq`: the row goes, unless it has become newer since."""

    backend: BackendName
    kind: ObjectKind
    object_id: str
    up_to_seq: int


@dataclass(frozen=True, slots=True)
class Park:
    """A backend refused the object as of `up_to_seq`: the row stays, visibly, and is not sent again."""

    backend: BackendName
    kind: ObjectKind
    object_id: str
    up_to_seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """A refused object is to be sent again."""

    backend: BackendName
    kind: ObjectKind
    object_id: str


@dataclass(frozen=True, slots=True)
class OweAgain:
    """A backend wants the CDR of this number of its chain once more: the same bytes, sent whatever became of them.

    Only where it was in another version than the backend speaks by now, it is put into that.
    """

    backend: BackendName
    number: int
    version: str = FIRST_VERSION


RowChange = SessionRow | CdrRow | Wording | Restate | Owe | Settle | Park | Release | OweAgain
