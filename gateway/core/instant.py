"""A moment as this machine knew it: wall clock, boot clock, and how far the wall clock could be trusted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

_NS_PER_US = 1_000
_MICROSECOND = timedelta(microseconds=1)


class ClockQuality(StrEnum):
    """How far the wall clock could be trusted; the words follow OCMF's time status U, I and S."""

    UNKNOWN = "UNKNOWN"
    INFORMATIVE = "INFORMATIVE"
    SYNCHRONISED = "SYNCHRONISED"


@dataclass(frozen=True, slots=True)
class Instant:
    """`utc` is aware UTC; `boot_ns` is CLOCK_BOOTTIME in nanoseconds and only comparable within one `boot_id`."""

    utc: datetime
    boot_ns: int
    boot_id: str
    clock: ClockQuality


def elapsed(earlier: Instant, later: Instant) -> timedelta:
    """Time from one moment to another: by the boot clock within one boot, else by the wall clock, never negative."""
    if earlier.boot_id == later.boot_id:
        passed = timedelta(microseconds=(later.boot_ns - earlier.boot_ns) // _NS_PER_US)
    else:
        passed = later.utc - earlier.utc
    return max(passed, timedelta(0))


def is_before(moment: Instant, other: Instant) -> bool:
    """Tell which of two moments came first: by the boot clock within one boot, else by the wall clock."""
    if moment.boot_id == other.boot_id:
        return moment.boot_ns < other.boot_ns
    return moment.utc < other.utc


def later(moment: Instant, other: Instant | None) -> Instant:
    """Return the later of two moments; one that never was is no moment."""
    return moment if other is None or is_before(other, moment) else other


def after(moment: Instant, passed: timedelta) -> Instant:
    """Return the moment so much later, by both clocks."""
    return replace(moment, utc=moment.utc + passed, boot_ns=moment.boot_ns + passed // _MICROSECOND * _NS_PER_US)
