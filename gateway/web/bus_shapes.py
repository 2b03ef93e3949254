"""The JSON of the bus part of the local API.

GET /bus -> BusLines · GET /bus/trace?seconds=S&bus=NAME -> lines of TracedFrame until S seconds have passed (or the
client goes), the last of them a TraceEnd.
"""

from datetime import datetime

import msgspec

from gateway.core.instant import Instant
from gateway.core.line_telemetry import LineSnapshot


class BusLines(msgspec.Struct, frozen=True):
    """All buses in the order of the configuration."""

    now: Instant
    buses: tuple[LineSnapshot, ...]


class TracedFrame(msgspec.Struct, frozen=True):
    """A frame as it passed; `at` to the microsecond, `data` in hexadecimal."""

    bus: str
    is_tcp: bool
    is_sent: bool
    at: datetime
    data: str


class TraceEnd(msgspec.Struct, frozen=True):
    """The trace is complete but for `lost` frames that came faster than they were fetched."""

    lost: int
