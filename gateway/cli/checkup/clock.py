"""The clock: whether it is kept right, and whether it survives a power cut."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped
from gateway.clock import SystemClock
from gateway.core.instant import ClockQuality

# Before this program was written no clock can be right.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
_NTP = "run timedatectl set-ntp true, let port 123/udp out, and see timedatectl timesync-status"


def look(patient: Patient) -> Iterator[Verdict]:
    """Ask the kernel how far its clock is disciplined."""
    now = SystemClock().now()
    if now.utc < _EARLIEST:
        yield bad("", f"the clock says {now.utc:%Y-%m-%d}, which is long past", _NTP)
    elif now.clock is ClockQuality.SYNCHRONISED:
        yield good("", "the clock is synchronised")
    elif now.clock is ClockQuality.INFORMATIVE:
        yield doubtful("", "nobody keeps the clock right; times on bills are marked as informative", _NTP)
    else:
        yield doubtful("", "the kernel does not say whether the clock is right", _NTP)
    if not (patient.root / "dev/rtc0").exists():
        # Most Raspberry Pis have none, and most sites can live with it: no reason to warn for ever.
        yield skipped(
            "",
            "there is no battery-backed clock: after a power cut the time is wrong until the network is there",
            "where the network comes up late, fit an RTC module",
        )
