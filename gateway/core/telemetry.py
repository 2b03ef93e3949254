"""What is for looking at, not for billing: snapshots of devices and EVSEs that web and cli show."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.core.identifiers import BackendName, EvseUid, ReaderName, SessionId
from gateway.core.instant import Instant
from gateway.core.pilot import Pilot
from gateway.core.reasons import FaultKind


class Quality(StrEnum):
    """How far a shown value can be believed now."""

    GOOD = "good"
    STALE = "stale"
    LOST = "lost"
    NOT_AVAILABLE = "not_available"
    NEVER_READ = "never_read"


@dataclass(frozen=True, slots=True)
class QuantitySnapshot:
    """A measured quantity with its own time; `at` None means never read."""

    quantity: str
    unit: str
    value: Decimal | None
    at: Instant | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class DeviceCounters:
    """What one unit on a bus did since the daemon started; times in milliseconds, None before the first reply."""

    replies: int = 0
    timeouts: int = 0
    misfits: int = 0
    refusals: int = 0
    last_reply_ms: Decimal | None = None
    typical_reply_ms: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MeterSnapshot:
    """A meter as the technician wants to see it; `trouble` is the newest error message while there is one.

    `unconfirmed` counts the values that a second read did not bear out, and that went no further.
    """

    name: str
    model: str
    bus: str
    unit: int
    evse_uid: EvseUid | None
    quantities: tuple[QuantitySnapshot, ...]
    counters: DeviceCounters
    trouble: str | None
    unconfirmed: int = 0


@dataclass(frozen=True, slots=True)
class ReaderSnapshot:
    """A card reader: there or not, and what is wrong with it."""

    name: ReaderName
    present: bool
    device: str | None
    trouble: str | None


class EvseStatus(StrEnum):
    """OCPI Status, as far as a gateway can tell it."""

    AVAILABLE = "AVAILABLE"
    CHARGING = "CHARGING"
    OUTOFORDER = "OUTOFORDER"
    RESERVED = "RESERVED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class EvseSnapshot:
    """An EVSE as it stands: what is wanted of it, seen and wrong, who was refused last, whose CDRs wait.

    `odd_readings` counts the meter's values that were not believed since the daemon started.
    `unattributed_wh` is energy on nobody's account that nobody has looked into; `unattributed_alarm`: it is too much.
    `counter_wh` is the newest counter value on record, `rollover_wh` where the counter begins at 0 again.
    `reserved_until` is when its reservation expires; `pending_orders` of peers are accepted and without an outcome yet.
    """

    uid: EvseUid
    status: EvseStatus
    session_id: SessionId | None
    phase: str | None
    pilot: Pilot | None
    contactor_closed: bool | None
    wanted_closed: bool | None
    faults: tuple[tuple[FaultKind, str], ...]
    last_refusal: str | None
    waiting_cdrs: tuple[SessionId, ...] = ()
    odd_readings: int = 0
    unattributed_wh: int = 0
    unattributed_alarm: bool = False
    counter_wh: int | None = None
    rollover_wh: int | None = None
    reserved_until: datetime | None = None
    pending_orders: int = 0


@dataclass(frozen=True, slots=True)
class StorageSnapshot:
    """What is written to the card, by the gateway and by all, and how long it lives so; None where it is not known yet.

    `held_s` is how long facts may wait for company on their way to the disk. `is_short`: it lives too short.
    """

    measured_s: int
    own_bytes_per_day: int | None
    device_bytes_per_day: int | None
    budget_bytes_per_day: int
    life_years: Decimal
    projected_life_years: Decimal | None
    held_s: int
    is_short: bool


@dataclass(frozen=True, slots=True)
class BackendSnapshot:
    """A backend: what it is owed, in which OCPI version, what waits for a human, and the newest trouble."""

    name: BackendName
    kind: str
    owed: int
    parked: int
    connected: bool
    trouble: str | None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class JournalVitals:
    """The journal as a file: its newest fact, its bytes on disk, and since when each backend's oldest object is due."""

    last_seq: int
    size_bytes: int
    due_since: tuple[tuple[BackendName, Instant], ...]
