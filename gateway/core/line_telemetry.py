"""What a Modbus line shows of itself, for looking at: statistics of its devices, hints, and the frames that pass."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class DeviceStatistics:
    """How one device has been answering since the daemon started; `utilisation` is its share of the line's time, 0..1.

    `misfits` are replies that could not be the answer, `crc_errors` those of them that only the checksum betrayed,
    `late_frames` came when nobody waited for them any more.
    """

    name: str
    what: str
    unit: int
    requests: int = 0
    replies: int = 0
    timeouts: int = 0
    misfits: int = 0
    crc_errors: int = 0
    refusals: int = 0
    late_frames: int = 0
    reply_p50_ms: Decimal | None = None
    reply_p99_ms: Decimal | None = None
    utilisation: Decimal = Decimal(0)


class Cause(StrEnum):
    """What a pattern of errors most likely comes from."""

    USB_LATENCY = "usb_latency"
    NOBODY_ANSWERS = "nobody_answers"
    WRONG_PARITY = "wrong_parity"
    DOUBLE_ID = "double_id"
    TERMINATION = "termination"
    SILENT_DEVICE = "silent_device"
    LATE_REPLIES = "late_replies"
    WRONG_MODEL = "wrong_model"
    LOOSE_WIRE = "loose_wire"
    FULL_LINE = "full_line"
    METER_IN_DOUBT = "meter_in_doubt"


@dataclass(frozen=True, slots=True)
class LineHint:
    """A likely cause in words that end with what to do; `device` None where it concerns the whole line."""

    cause: Cause
    device: str | None
    text: str


@dataclass(frozen=True, slots=True)
class LinePace:
    """Polling cycles since the daemon started, those that took longer than the interval, and the last one's length."""

    cycles: int
    overruns: int
    last_cycle_ms: int


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """A bus of the configuration: `place` is its port or host:port, `settings` how it speaks ("Modbus TCP").

    `hints` are judged on the last minutes, the statistics count since the daemon started.
    """

    name: str
    kind: str
    place: str
    settings: str
    devices: tuple[DeviceStatistics, ...]
    hints: tuple[LineHint, ...]
    latency_timer_ms: int | None = None
    pace: LinePace | None = None


@dataclass(frozen=True, slots=True)
class PassingFrame:
    """Bytes that went over a line; `at_ns` is CLOCK_MONOTONIC. An RTU frame ends with its checksum, TCP has MBAP."""

    bus: str
    is_tcp: bool
    is_sent: bool
    at_ns: int
    data: bytes
