"""What the simulated OCPI peer keeps, and the answer to each object it is given."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hwsim.ocpi_peer_objects import CDR, SESSION
from hwsim.ocpi_peer_rules import judge_cdr, judge_session
from hwsim.ocpi_peer_types import Table, obj, read_json

OK = 1000
INVALID_PARAMETERS = 2001
Complain = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, an OCPI status, and the stored bytes where the request asked for them."""

    http: int
    ocpi: int
    message: str = "Success"
    data: bytes | None = None
    location_id: str | None = None


@dataclass(slots=True)
class StoredCdr:
    """A CDR as first received; `replays` counts the same bytes again, `forgeries` the same id with other bytes."""

    body: bytes
    value: dict[str, Any]
    replays: int = 0
    forgeries: int = 0


@dataclass(slots=True)
class StoredSession:
    """A Session as it stands, the bytes of its last PUT, and every status it had."""

    body: bytes
    value: dict[str, Any]
    statuses: list[str] = field(default_factory=list)
    puts: int = 0
    patches: int = 0


def refusal(findings: Iterable[str]) -> Answer:
    """Answer that the object cannot be stored."""
    return Answer(200, INVALID_PARAMETERS, "; ".join(findings))


class Shelf:
    """The receiver side of the Sessions and CDRs modules, without HTTP.

    Every method takes `complain`, which it calls once for each violation of the specification, and raises NotJson for
    a body that is none. An object that breaks its class table or its identity is refused with 2001; one that
    only breaks a rule between fields is kept.
    """

    def __init__(self) -> None:
        self.sessions: dict[str, StoredSession] = {}
        self.cdrs: dict[str, StoredCdr] = {}

    def put_session(self, owner: tuple[str, str], session_id: str, body: bytes, complain: Complain) -> Answer:
        """Store a whole Session."""
        value, findings = read_object(body, SESSION)
        findings += identity(value, owner, session_id)
        if findings:
            return self._refuse(findings, complain)
        stored = self.sessions.get(session_id)
        for finding in judge_session(value, stored.value if stored else None):
            complain(finding)
        if stored is None:
            self.sessions[session_id] = StoredSession(body, value, [value["status"]], puts=1)
            return Answer(201, OK)
        stored.body, stored.value, stored.puts = body, value, stored.puts + 1
        if stored.statuses[-1] != value["status"]:
            stored.statuses.append(value["status"])
        return Answer(200, OK)

    def patch_session(self, owner: tuple[str, str], session_id: str, body: bytes, complain: Complain) -> Answer:
        """Change some fields of a Session; charging periods are appended."""
        stored = self.sessions.get(session_id)
        if stored is None:
            return Answer(404, INVALID_PARAMETERS, f"no session {session_id}")
        patch, findings = read_json(body)
        if not isinstance(patch, dict):
            return self._refuse(["a PATCH body is an object"], complain)
        if patch.get("last_updated") is None:
            findings.append("a PATCH without last_updated")
        added = patch.get("charging_periods") or []
        changed = {name: new for name, new in patch.items() if new is not None and name != "charging_periods"}
        merged = {**stored.value, **changed}
        if added:
            merged["charging_periods"] = [*(stored.value.get("charging_periods") or []), *added]
        findings += list(obj(SESSION)(merged, "")) + identity(merged, owner, session_id)
        if findings:
            return self._refuse(findings, complain)
        for finding in judge_session(merged, stored.value):
            complain(finding)
        stored.value, stored.patches = merged, stored.patches + 1
        if stored.statuses[-1] != merged["status"]:
            stored.statuses.append(merged["status"])
        return Answer(200, OK)

    def post_cdr(self, owner: tuple[str, str], body: bytes, complain: Complain) -> Answer:
        """Store a CDR once; the same bytes again are welcome, other bytes under its id are not."""
        value, findings = read_object(body, CDR)
        if findings:
            return self._refuse(findings, complain)
        cdr_id = str(value["id"])
        findings = identity(value, owner, cdr_id)
        if findings:
            return self._refuse(findings, complain)
        stored = self.cdrs.get(cdr_id)
        if stored is None:
            self._judge_new_cdr(value, complain)
            self.cdrs[cdr_id] = StoredCdr(body, value)
            return Answer(201, OK, location_id=cdr_id)
        if stored.body == body:
            stored.replays += 1
            return Answer(200, OK, "already known", location_id=cdr_id)
        stored.forgeries += 1
        return self._refuse([f"CDR {cdr_id} is sealed and came again with other bytes"], complain)

    def _judge_new_cdr(self, value: dict[str, Any], complain: Complain) -> None:
        session_id = value.get("session_id")
        session = self.sessions.get(session_id) if session_id else None
        for finding in judge_cdr(value, session.value if session else None):
            complain(finding)
        if value.get("credit"):
            if value.get("credit_reference_id") not in self.cdrs:
                complain("a credit CDR refers to a CDR that never came")
            return
        bills = {
            cdr_id
            for cdr_id, stored in self.cdrs.items()
            if session_id and stored.value.get("session_id") == session_id and not stored.value.get("credit")
        }
        for cdr_id in sorted(bills - {stored.value.get("credit_reference_id") for stored in self.cdrs.values()}):
            complain(f"session {session_id} is billed twice: by {cdr_id} and by {value['id']}")

    def _refuse(self, findings: list[str], complain: Complain) -> Answer:
        for finding in findings:
            complain(finding)
        return refusal(findings)


def read_object(body: bytes, table: Table) -> tuple[dict[str, Any], list[str]]:
    """Parse an object and hold it against its class table; raises NotJson."""
    value, findings = read_json(body)
    findings += obj(table)(value, "")
    return (value if isinstance(value, dict) else {}), findings


def identity(value: dict[str, Any], owner: tuple[str, str], object_id: str) -> list[str]:
    """Compare the ids in the body with the ones it was addressed with; CiStrings are compared folded."""
    expected = {"country_code": owner[0], "party_id": owner[1], "id": object_id}
    return [
        f"{name} is {value.get(name)!r}, but the object was addressed as {wanted!r}"
        for name, wanted in expected.items()
        if str(value.get(name)).casefold() != wanted.casefold()
    ]
