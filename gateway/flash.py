"""The flash budget: what is written to the card, how long it will live so, and how long facts may wait for company.

A bucket fills with the bytes that the budget allows and empties with those written; the emptier, the longer facts wait.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import structlog

from gateway.clock import Clock
from gateway.core.instant import Instant, elapsed
from gateway.core.telemetry import StorageSnapshot
from gateway.patience import Patience

log = structlog.get_logger()

STEP_S: Final = 10.0
LONGEST: Final = timedelta(minutes=15)
# How much of the budget is aimed at, and how many days' worth of it may be saved for a busy hour.
AIM: Final = 0.9
SAVED_DAYS: Final = 1 / 8
# The kernel counts the pages that a process had written; ext4's own journal comes on top. Measured by `bench flash`.
ON_TOP: Final = 1.4
# A life is projected only once so much was measured.
MEASURED_FROM: Final = timedelta(hours=6)
SECTOR: Final = 512
_WRITTEN_SECTORS: Final = 6  # field of /sys/dev/block/*/stat, see Documentation/block/stat.rst
DAY: Final = timedelta(days=1)
DAYS_A_YEAR: Final = 365.25
_OWN: Final = Path("/proc/self/io")


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes written up to a moment: by this process, and to the device of the state directory, where that is known."""

    at: Instant
    own: int
    device: int | None


class FlashBudget:
    """Turns `patience`. `endurance_bytes` are what the card bears in all, to last for `life_years`."""

    def __init__(
        self, patience: Patience, clock: Clock, state_dir: Path, *, life_years: int, endurance_bytes: float
    ) -> None:
        self._patience = patience
        self._clock = clock
        # Asked once: a disk that hangs would hold up whoever asks, and that is the event loop.
        self._device = _number_or_none(lambda: state_dir.stat().st_dev)
        self._life_years = life_years
        self._endurance = endurance_bytes
        self._per_day = endurance_bytes / (life_years * DAYS_A_YEAR)
        self._full = self._per_day * SAVED_DAYS
        self._saved = self._full / 2
        self._first = self._last = self._look()
        self._is_short = False
        self._turn()

    async def run(self) -> None:
        """Look every ten seconds until cancelled."""
        while True:
            self.step()
            await asyncio.sleep(STEP_S)

    def step(self) -> None:
        """Look at what was written since the last time, and turn the patience."""
        now = self._look()
        passed = elapsed(self._last.at, now.at) / DAY
        spent = (now.own - self._last.own) * ON_TOP
        self._saved = min(self._full, max(0.0, self._saved + self._per_day * AIM * passed - spent))
        self._last = now
        self._turn()
        self._judge()

    def snapshot(self) -> StorageSnapshot:
        """Show what is written, how long the card lives so, and what was done about it."""
        days = elapsed(self._first.at, self._last.at) / DAY
        own = (self._last.own - self._first.own) * ON_TOP
        return StorageSnapshot(
            measured_s=int(elapsed(self._first.at, self._last.at).total_seconds()),
            own_bytes_per_day=round(own / days) if days else None,
            device_bytes_per_day=round(self._device_bytes() / days) if days and self._last.device is not None else None,
            budget_bytes_per_day=round(self._per_day),
            life_years=Decimal(self._life_years),
            projected_life_years=self._projected(),
            held_s=int(self._patience.later.total_seconds()),
            is_short=self._is_short,
        )

    def _turn(self) -> None:
        self._patience.later = LONGEST * (1 - self._saved / self._full)

    def _judge(self) -> None:
        life = self._projected()
        is_short = life is not None and life < self._life_years
        if is_short and not self._is_short:
            log.warning(
                "flash_wears_too_fast",
                projected_life_years=str(life),
                wanted_years=self._life_years,
                remedy="see what else writes to this card (iotop), or use a larger one and raise storage.endurance_tb",
            )
        elif self._is_short and not is_short:
            log.info("flash_lives", projected_life_years=str(life))
        self._is_short = is_short

    def _projected(self) -> Decimal | None:
        """Return the card's life in years at this pace, None before enough was measured; at most a hundred."""
        measured = elapsed(self._first.at, self._last.at)
        if measured < MEASURED_FROM:
            return None
        own = (self._last.own - self._first.own) * ON_TOP
        per_day = max(own, self._device_bytes()) / (measured / DAY)
        years = self._endurance / (per_day * DAYS_A_YEAR) if per_day else 100.0
        return Decimal(min(100.0, years)).quantize(Decimal("0.1"))

    def _device_bytes(self) -> int:
        if self._first.device is None or self._last.device is None:
            return 0
        return self._last.device - self._first.device

    def _look(self) -> Written:
        return Written(self._clock.now(), _number(_own_bytes), _number_or_none(lambda: _device_bytes(self._device)))


def _own_bytes() -> int:
    lines = dict(line.split(": ") for line in _OWN.read_text(encoding="ascii").splitlines())
    return int(lines["write_bytes"]) - int(lines["cancelled_write_bytes"])


def _device_bytes(device: int | None) -> int:
    if device is None:
        raise ValueError("nobody knows which device it is")
    fields = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text(encoding="ascii").split()
    return int(fields[_WRITTEN_SECTORS]) * SECTOR


def _number(read: Callable[[], int]) -> int:
    return _number_or_none(read) or 0


def _number_or_none(read: Callable[[], int]) -> int | None:
    """Read a figure of the kernel's; None where this machine or the service's confinement does not show it."""
    try:
        return read()
    except (OSError, ValueError, KeyError, IndexError):
        return None
