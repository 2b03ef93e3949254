"""The only place where this program asks what time it is."""

import ctypes
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from gateway.core.instant import ClockQuality, Instant

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Two looks at the clocks that differ by less were not interrupted by somebody who set one of them.
_TOGETHER_NS = 500_000_000
_TRIES = 3
_WORST_FIRST = (ClockQuality.UNKNOWN, ClockQuality.INFORMATIVE, ClockQuality.SYNCHRONISED)
# Three of the questions that clock_service asks.
_TOLD_LASTS_NS = 60 * 1_000_000_000


class Clock(Protocol):
    """Tells the time, with its quality."""

    def now(self) -> Instant:
        """Return the present moment."""
        ...


class SystemClock:
    """The machine's own clocks: CLOCK_REALTIME, CLOCK_BOOTTIME, and adjtimex for how far to trust the first.

    A hardened service may not call adjtimex; then the clock believes what it was told, as long as that is fresh and
    nobody has set the clock since.
    """

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
        self._kernel = _KernelClock()
        # The kernel's refusal stays: a seccomp filter is never lifted.
        self.must_be_told = self._kernel.quality() is ClockQuality.UNKNOWN
        self._told = ClockQuality.UNKNOWN
        self._told_at_ns = self._told_epoch_ns = 0

    def now(self) -> Instant:
        """Return the present moment; its parts belong together, also when the clock is set while they are read."""
        for _ in range(_TRIES):
            epoch_ns, boot_ns = _read()
            quality = self._quality(epoch_ns, boot_ns)
            if _is_near(epoch_ns, _read()[0]):
                break
        else:
            quality = min(quality, ClockQuality.INFORMATIVE, key=_WORST_FIRST.index)
        return Instant(_at(epoch_ns + boot_ns), boot_ns, self._boot_id, quality)

    def hear(self, quality: ClockQuality) -> None:
        """Take what somebody else found out a moment ago."""
        self._told, (self._told_epoch_ns, self._told_at_ns) = quality, _read()

    def _quality(self, epoch_ns: int, boot_ns: int) -> ClockQuality:
        if not self.must_be_told:
            return self._kernel.quality()
        if boot_ns - self._told_at_ns >= _TOLD_LASTS_NS:
            return ClockQuality.UNKNOWN
        if not _is_near(epoch_ns, self._told_epoch_ns):
            return min(self._told, ClockQuality.INFORMATIVE, key=_WORST_FIRST.index)
        return self._told


def _read() -> tuple[int, int]:
    """Return when the machine was booted, by its wall clock, and the boot clock; both in nanoseconds."""
    boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.time_ns() - boot_ns, boot_ns


def _is_near(epoch_ns: int, other_ns: int) -> bool:
    """Tell whether nobody has set the wall clock in between: else it goes on like the boot clock."""
    return abs(other_ns - epoch_ns) < _TOGETHER_NS


def _at(unix_ns: int) -> datetime:
    return _UNIX_EPOCH + timedelta(microseconds=unix_ns // 1_000)


class _KernelClock:
    """adjtimex(2) with modes=0, which needs no privilege: TIME_ERROR or STA_UNSYNC say nobody disciplines the clock."""

    _TIME_ERROR = 5
    _STA_UNSYNC = 0x40
    _STATUS_OFFSET = 40  # struct timex on LP64: modes(4+4), offset, freq, maxerror, esterror (8 each), status
    _STRUCT_BYTES = 208

    def __init__(self) -> None:
        self._adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
        self._timex = ctypes.create_string_buffer(self._STRUCT_BYTES)

    def quality(self) -> ClockQuality:
        """Return SYNCHRONISED while a time daemon holds the clock, else INFORMATIVE; UNKNOWN if the call fails."""
        ctypes.memset(self._timex, 0, self._STRUCT_BYTES)
        state = self._adjtimex(self._timex)
        if state < 0:
            return ClockQuality.UNKNOWN
        status = int.from_bytes(self._timex.raw[self._STATUS_OFFSET : self._STATUS_OFFSET + 4], sys.byteorder)
        if state == self._TIME_ERROR or status & self._STA_UNSYNC:
            return ClockQuality.INFORMATIVE
        return ClockQuality.SYNCHRONISED
