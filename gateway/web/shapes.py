"""The JSON of the local API, used by the server and by the CLI: times are RFC 3339 UTC, numbers keep their digits.

GET /health -> Health, GET /metrics for Prometheus (see monitoring) · GET /status -> Status · GET /meters -> Meters ·
GET /sessions?limit=N -> list[SessionLine] · GET /sessions/ID -> Story · GET /cdrs?limit=N -> list[CdrLine] ·
GET /outbox -> list[OutboxLine] · POST /outbox/ID/retry, /faults/EVSE/clear, /meters/EVSE/exchanged?old_wh=N&new_wh=N ->
Done. More stands in bus_shapes, credit_api, inventory_api and peers_api. Anything refused is an Apology with status
4xx, or 503 where the disk is to blame.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from gateway.core.instant import ClockQuality, Instant
from gateway.core.telemetry import BackendSnapshot, EvseSnapshot, MeterSnapshot, ReaderSnapshot, StorageSnapshot


class Standing(StrEnum):
    """OK: all is well. DEGRADED: somebody should look. FAILING: nobody can charge here."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


class Health(msgspec.Struct, frozen=True):
    """Whether the gateway can do its work; `problems` are what keeps it from `ok`, each with its place."""

    version: str
    pid: int
    now: Instant
    standing: Standing
    problems: tuple[str, ...]

    @property
    def http_status(self) -> int:
        """503 where nobody can charge, 200 otherwise."""
        return 503 if self.standing is Standing.FAILING else 200


class Status(msgspec.Struct, frozen=True):
    """The site at a glance."""

    version: str
    pid: int
    now: Instant
    evses: tuple[EvseSnapshot, ...]
    readers: tuple[ReaderSnapshot, ...]
    backends: tuple[BackendSnapshot, ...]
    meters_good: int
    meters_total: int
    storage: StorageSnapshot


class Meters(msgspec.Struct, frozen=True):
    """All meters, and the moment the ages count to."""

    now: Instant
    meters: tuple[MeterSnapshot, ...]


class SessionLine(msgspec.Struct, frozen=True):
    """A session in a list; `session` is the OCPI 2.2.1 object with the card's uid redacted.

    `cdr_waits`: it is over, and its CDR waits until it is certain when it was.
    """

    session_id: str
    evse_uid: str
    status: str
    up_to_seq: int
    session: msgspec.Raw
    cdr_waits: bool = False


class CdrLine(msgspec.Struct, frozen=True):
    """A CDR in a list; `cdr` is the OCPI 2.2.1 object with the card's uid redacted."""

    cdr_id: str
    session_id: str
    seq: int
    cdr: msgspec.Raw


class OutboxLine(msgspec.Struct, frozen=True):
    """An object that a backend does not have yet; `parked` is why it waits for a human, None where it is due."""

    backend: str
    kind: str
    object_id: str
    session_id: str
    up_to_seq: int
    size_bytes: int
    parked: str | None


class Topic(StrEnum):
    """What an event of a story is about."""

    CARD = "card"
    DECISION = "decision"
    READING = "reading"
    CONTACTOR = "contactor"
    VEHICLE = "vehicle"
    GATEWAY = "gateway"
    FAULT = "fault"
    BACKEND = "backend"


class StoryEvent(msgspec.Struct, frozen=True):
    """One thing that happened; `energy_wh` is what the session had used by then, where the event says so.

    `is_routine`: one of many like it, which a short view may leave away.
    """

    seq: int
    at: datetime
    clock: ClockQuality
    topic: Topic
    text: str
    energy_wh: int | None = None
    is_routine: bool = False


class StoryCost(msgspec.Struct, frozen=True):
    """One line of the bill; `unit` is kWh, h or empty. `billed_volume` is after step_size, `cost` without VAT."""

    what: str
    volume: Decimal
    billed_volume: Decimal
    unit: str
    price: Decimal
    cost: Decimal
    vat_percent: Decimal | None


class StoryDelivery(msgspec.Struct, frozen=True):
    """How far a backend is with one object; `up_to_seq` is the newest fact that it knows of or is owed."""

    backend: str
    kind: str
    object_id: str
    up_to_seq: int
    state: str
    answer: str


class Story(msgspec.Struct, frozen=True):
    """A session told as a timeline, with its bill and what the backends answered."""

    session_id: str
    evse_uid: str
    phase: str
    card: str
    contract_id: str
    time_zone: str
    start: datetime
    end: datetime | None
    energy_wh: int
    tariff_id: str | None
    currency: str
    events: tuple[StoryEvent, ...]
    costs: tuple[StoryCost, ...]
    total_excl_vat: Decimal | None
    total_incl_vat: Decimal | None
    deliveries: tuple[StoryDelivery, ...]
    cdr_waits: bool = False


class Done(msgspec.Struct, frozen=True):
    """An order was taken."""

    done: str


class Apology(msgspec.Struct, frozen=True):
    """An order or question was not; `error` ends with the remedy."""

    error: str


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(shape: object) -> bytes:
    """Return the JSON of a shape or a tuple of shapes."""
    return _ENCODER.encode(shape)
