"""When a price can change: at times of day as the clock on the wall shows them, also where a night turns it."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from gateway.core.price_changes import clock_changes, thresholds_of
from gateway.core.tariff import ComponentType, DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MIDNIGHT, HALF_PAST_TWO, NOON = time(0), time(2, 30), time(12)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changes(times: tuple[time, ...], after: str, until: str) -> list[str]:
    found = clock_changes(times, utc(after), utc(until), STOCKHOLM)
    return sorted(f"{moment:%m-%d %H:%M}" for moment in found)


def tariff(given: Restrictions) -> Tariff:
    element = TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(1), 1),), given)
    return Tariff("T", "EUR", (element,), utc("2026-01-01"))


@pytest.mark.parametrize(
    ("given", "times"),
    [
        (Restrictions(day_of_week=(DayOfWeek.SUNDAY,)), (MIDNIGHT,)),
        (Restrictions(start_date=date(2026, 3, 1)), (MIDNIGHT,)),
        (Restrictions(end_date=date(2026, 3, 1)), (MIDNIGHT,)),
        (Restrictions(start_time=HALF_PAST_TWO, end_time=NOON), (MIDNIGHT, HALF_PAST_TWO, NOON)),
        (Restrictions(min_kwh=Decimal(1)), ()),
    ],
)
def test_who_names_a_day_a_date_or_a_time_has_prices_change_at_midnight_too(
    given: Restrictions, times: tuple[time, ...]
) -> None:
    assert thresholds_of(tariff(given)).clock_times == times


def test_energy_limits_are_reached_with_the_whole_watt_hour_after_them() -> None:
    assert thresholds_of(tariff(Restrictions(min_kwh=Decimal("1.0001")))).energies_wh == (1001,)


@pytest.mark.parametrize(
    ("after", "until", "found"),
    [
        ("2026-06-03 09:59", "2026-06-03 10:00", ["06-03 10:00"]),
        ("2026-06-03 10:00", "2026-06-03 11:00", []),
        ("2026-06-03 10:00", "2026-06-04 10:00", ["06-03 22:00", "06-04 10:00"]),
        ("2026-06-03 22:00", "2026-06-04 09:59", []),
        ("2026-06-03 10:00", "2026-06-03 10:00", []),
    ],
)
def test_a_change_belongs_to_what_ends_with_it_and_not_to_what_begins_there(
    after: str, until: str, found: list[str]
) -> None:
    assert changes((MIDNIGHT, NOON), after, until) == found


def test_a_time_that_a_night_repeats_counts_both_times_and_so_does_the_turn_itself() -> None:
    twice = ["10-25 00:30", "10-25 01:00", "10-25 01:30"]
    assert changes((HALF_PAST_TWO,), "2026-10-24 20:00", "2026-10-25 05:00") == twice
    assert changes((HALF_PAST_TWO,), "2026-10-25 00:10", "2026-10-25 05:00") == twice


def test_the_moment_counts_at_which_a_night_skips_the_hour_of_a_time() -> None:
    assert "03-29 01:00" in changes((HALF_PAST_TWO,), "2026-03-28 20:00", "2026-03-29 05:00")
    assert "03-29 01:00" in changes((HALF_PAST_TWO,), "2026-03-29 00:10", "2026-03-29 05:00")
