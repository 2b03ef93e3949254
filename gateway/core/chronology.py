"""When it really was: the machine's boots in their order, what was learned of their time, and where a moment belongs.

A wall clock may be wrong for hours and then be put right. Facts keep the stamps they were written with; here they are
read: a boot's clock counts from what was learned of it last, and no boot begins before the one before it had ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.core.instant import ClockQuality, Instant, elapsed, is_before

# A wall clock that moves by less than this is not put right: leap seconds, and the small steps of a time service.
STEP = timedelta(seconds=2)
# No clock that shows an earlier time can be right: this program was not written yet.
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
# More boots than anybody counts while one session lasts or waits; the oldest are forgotten.
_MOST_BOOTS = 32
_NS_PER_US = 1_000


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot of the machine: its first moment on record, the newest one once it is over, and what was learned."""

    begun: Instant
    seen: Instant
    learned: Instant | None = None

    @property
    def id(self) -> str:
        """The boot id that its moments carry."""
        return self.begun.boot_id

    @property
    def best(self) -> Instant:
        """The moment whose wall clock counts for the whole boot."""
        return self.learned or self.begun

    @property
    def is_trusted(self) -> bool:
        """Whether a synchronised clock said what time it is; it then holds until the power goes."""
        return self.best.clock is ClockQuality.SYNCHRONISED


@dataclass(frozen=True, slots=True)
class Chronology:
    """The newest boots, oldest first. A moment of a boot that is not among them stands where its stamp says."""

    boots: tuple[Boot, ...] = ()

    def boot(self, moment: Instant) -> Boot | None:
        """Return the boot that a moment belongs to."""
        return next((boot for boot in reversed(self.boots) if boot.id == moment.boot_id), None)

    def begin(self, after: Instant, at: Instant, *, keep: bool) -> "Chronology":
        """Go on at `at`, the newest moment on record being `after`; `keep` what is older than the boot before."""
        if self.boot(at) is not None:
            return self if keep else Chronology(self.boots[-1:])
        boots = self.boots if self.boot(after) is not None or after.boot_id == at.boot_id else (Boot(after, after),)
        if boots:
            boots = (*boots[:-1], replace(boots[-1], seen=after))
        return Chronology((*(boots if keep else boots[-1:]), Boot(at, at))[-_MOST_BOOTS:])

    def learn(self, at: Instant) -> "Chronology":
        """Let a moment's wall clock count for its whole boot."""
        return Chronology(tuple(replace(boot, learned=at) if boot.id == at.boot_id else boot for boot in self.boots))

    def moved(self, at: Instant) -> timedelta | None:
        """Tell how far a moment's wall clock is from what counts for its boot; None for a boot not known here."""
        boot = self.boot(at)
        return None if boot is None else _zero(at) - _zero(boot.best)

    def is_trusted(self, moment: Instant) -> bool:
        """Tell whether it is certain when a moment was."""
        boot = self.boot(moment)
        return moment.clock is ClockQuality.SYNCHRONISED if boot is None else boot.is_trusted

    def place(self, moment: Instant) -> datetime:
        """Return when a moment was, as far as it is known by now; within a boot see `elapsed` for durations."""
        boot = self.boot(moment)
        if boot is None:
            return moment.utc
        zero = self._zeros()[boot.id]
        return moment.utc if abs(_zero(moment) - zero) < STEP else zero + _since_zero(moment)

    def elapsed(self, earlier: Instant, later: Instant) -> timedelta:
        """Return the time between two moments, never negative; what nobody knows of a gap between boots is no time."""
        if earlier.boot_id == later.boot_id:
            return elapsed(earlier, later)
        return max(self.place(later) - self.place(earlier), timedelta(0))

    def knows_between(self, one: Instant, other: Instant) -> bool:
        """Tell whether `elapsed` is certain."""
        return one.boot_id == other.boot_id or (self.is_trusted(one) and self.is_trusted(other))

    def is_before(self, moment: Instant, other: Instant) -> bool:
        """Tell which of two moments came first, whatever their wall clocks showed."""
        if moment.boot_id == other.boot_id:
            return is_before(moment, other)
        order = [boot.id for boot in self.boots]
        if moment.boot_id in order and other.boot_id in order:
            return order.index(moment.boot_id) < order.index(other.boot_id)
        if moment.boot_id in order or other.boot_id in order:
            return other.boot_id in order  # one that was forgotten is older than all that are known
        return moment.utc < other.utc

    def boots_since(self, moment: Instant) -> int:
        """Count the boots that began after the one of a moment."""
        order = [boot.id for boot in self.boots]
        return len(order) - 1 - order.index(moment.boot_id) if moment.boot_id in order else len(order)

    def later(self, moment: Instant, other: Instant | None) -> Instant:
        """Return the later of two moments; one that never was is no moment."""
        return moment if other is None or self.is_before(other, moment) else other

    def _zeros(self) -> Mapping[str, datetime]:
        """Return when each boot's clock began to count: none before the one before ended, none ends after the next."""
        zeros = {boot.id: _zero(boot.best) for boot in self.boots}
        ended: datetime | None = None
        for boot in self.boots:
            if ended is not None and not boot.is_trusted:
                zeros[boot.id] = max(zeros[boot.id], ended - _since_zero(boot.begun))
            ended = zeros[boot.id] + _since_zero(boot.seen)
        begins: datetime | None = None
        for boot in reversed(self.boots):
            if begins is not None and not boot.is_trusted:
                latest = begins - _since_zero(boot.seen)
                is_absurd = zeros[boot.id] + _since_zero(boot.begun) < NOT_BEFORE
                zeros[boot.id] = latest if is_absurd else min(zeros[boot.id], latest)
            if begins is not None or boot.is_trusted:
                begins = zeros[boot.id] + _since_zero(boot.begun)
        return zeros


def _since_zero(moment: Instant) -> timedelta:
    return timedelta(microseconds=moment.boot_ns // _NS_PER_US)


def _zero(moment: Instant) -> datetime:
    return moment.utc - _since_zero(moment)
