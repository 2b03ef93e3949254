"""Which of two moments came first, and when they were, where the boots they belong to contradict each other."""

from datetime import timedelta
from itertools import pairwise

from plant import MIDNIGHT

from gateway.core.chronology import Chronology
from gateway.core.instant import ClockQuality, Instant, after

NOON = MIDNIGHT + timedelta(hours=12)


def boot(number: int, wall: timedelta, clock: ClockQuality) -> Instant:
    return Instant(NOON + wall, 10_000_000_000, f"boot-{number}", clock)


def test_a_boot_so_old_that_it_was_forgotten_came_before_all_that_are_known() -> None:
    # Each wall clock shows an earlier time than that of the boot before: only their order tells.
    boots = [boot(number, timedelta(days=-number), ClockQuality.UNKNOWN) for number in range(40)]
    known = Chronology().begin(boots[0], boots[0], keep=True)
    for last, now in pairwise(boots):
        known = known.begin(last, now, keep=True)
    assert known.boot(boots[0]) is None
    assert known.is_before(boots[0], boots[-1])
    assert not known.is_before(boots[-1], boots[0])


def test_a_time_that_is_certain_is_not_moved_by_a_later_boot_that_contradicts_it() -> None:
    first = boot(1, timedelta(0), ClockQuality.SYNCHRONISED)
    second = boot(2, timedelta(minutes=59), ClockQuality.SYNCHRONISED)
    known = Chronology().begin(first, first, keep=True).begin(after(first, timedelta(hours=1)), second, keep=True)
    assert known.place(first) == first.utc
    assert known.place(second) == second.utc
