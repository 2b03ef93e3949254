"""The JSON of the bus part of the local API.

GET /bus -> BusLines · GET /bus/trace?seconds=S&bus=NAME -> lines of TracedFrame until S seconds have passed (or the
client goes), the last of them a TraceEnd.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.core.instant import Instant
from gateway.core.line_telemetry import LineSnapshot


@dataclass(frozen=True, slots=True)
class BusLines:
    """All buses in the order of the configuration."""

    now: Instant
    buses: tuple[LineSnapshot, ...]


@dataclass(frozen=True, slots=True)
class TracedFrame:
    """A frame as it passed; `at` to the microsecond, `data` in hexadecimal."""

    bus: str
    is_tcp: bool
    is_sent: bool
    at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class TraceEnd:
    """The trace is complete but for `lost` frames that came faster than they were fetched."""

    lost: int
