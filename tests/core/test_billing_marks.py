"""Whatever a tariff restricts and however a charge goes: no moment is in a period of another price than its own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.test_pricing_rules import tariffs
from hypothesis import given, settings
from hypothesis import strategies as st
from thoroughness import examples

from gateway.core.period_marks import Course, Mark, Point, begin, close, sample, turn
from gateway.core.tariff import ComponentType, DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement
from gateway.core.tariff_rules import Circumstances, active_price

STOCKHOLM = ZoneInfo("Europe/Stockholm")
# The evenings before the clock is put forth and back, and one of no meaning.
EVENINGS = [
    datetime(2026, 3, 28, 21, tzinfo=UTC),
    datetime(2026, 10, 24, 21, tzinfo=UTC),
    datetime(2026, 6, 3, 21, tzinfo=UTC),
]

quarters = st.times().map(lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0))
restrictions = st.builds(
    Restrictions,
    start_time=st.none() | quarters,
    end_time=st.none() | quarters,
    start_date=st.none() | st.just(datetime(2026, 3, 29, tzinfo=UTC).date()),
    min_kwh=st.none() | st.integers(0, 9000).map(lambda wh: Decimal(wh) / 1000),
    max_kwh=st.none() | st.integers(0, 30_000).map(lambda wh: Decimal(wh) / 1000),
    min_duration_s=st.none() | st.integers(0, 20_000),
    max_duration_s=st.none() | st.integers(0, 20_000),
    day_of_week=st.lists(st.sampled_from(DayOfWeek), unique=True, max_size=3).map(tuple),
)
# Every few minutes a counter value, now and then a turn: seconds on, Wh on, and whether the kind of period changes.
steps = st.lists(st.tuples(st.integers(1, 1200), st.integers(0, 4000), st.booleans()), min_size=1, max_size=20)


def drive(tariff: Tariff, start: datetime, course_of: list[tuple[int, int, bool]]) -> tuple[Course, list[Point], Point]:
    course, known, charging = begin(start, tariff, STOCKHOLM, 230), [Point(start, 0)], True
    for seconds, energy_wh, turns in course_of:
        point = Point(known[-1].at + timedelta(seconds=seconds), known[-1].energy_wh + energy_wh)
        charging = charging is not turns
        course = turn(course, point, charging=charging) if turns else sample(course, point, None)
        known.append(point)
    last = Point(known[-1].at + timedelta(seconds=5), known[-1].energy_wh + 10)
    return close(course, last, last.at), known, last


def prices(tariff: Tariff, start: datetime, point: Point, *, charging: bool) -> list[PriceComponent | None]:
    now = Circumstances(
        local=point.at.astimezone(STOCKHOLM),
        energy_kwh=Decimal(point.energy_wh) / 1000,
        duration_s=int((point.at - start).total_seconds()),
        current_a=None,
        power_kw=None,
    )
    kinds = (ComponentType.FLAT, ComponentType.ENERGY, ComponentType.TIME if charging else ComponentType.PARKING_TIME)
    found = (active_price(tariff, kind, now) for kind in kinds)
    return [None if active is None else active.component for active in found]


def mark_of(course: Course, at: datetime) -> Mark:
    return max((mark for mark in course.marks if mark.at <= at), key=lambda mark: mark.at)


@settings(max_examples=examples(300), deadline=None)
@given(tariffs(restrictions), st.sampled_from(EVENINGS), steps)
def test_every_counter_value_lies_in_a_period_of_its_price(
    tariff: Tariff, start: datetime, course_of: list[tuple[int, int, bool]]
) -> None:
    course, known, _ = drive(tariff, start, course_of)

    for point in known:
        mark = mark_of(course, point.at)
        paid = prices(tariff, start, Point(mark.at, mark.energy_wh), charging=mark.charging)
        due = prices(tariff, start, point, charging=mark.charging)
        # Two changes within a second get a second each; up to then a price may wait.
        waits = any(timedelta(0) < other.at - point.at <= timedelta(seconds=20) for other in course.marks)
        assert paid == due or waits


@settings(max_examples=examples(300), deadline=None)
@given(tariffs(restrictions), st.sampled_from(EVENINGS), steps)
def test_marks_are_in_order_of_time_and_energy_and_before_the_end(
    tariff: Tariff, start: datetime, course_of: list[tuple[int, int, bool]]
) -> None:
    course, _, last = drive(tariff, start, course_of)

    assert all(before.at < after.at for before, after in pairwise(course.marks))
    assert all(before.energy_wh <= after.energy_wh for before, after in pairwise(course.marks))
    assert course.marks[0] == Mark(start, 0, charging=course.marks[0].charging)
    assert course.marks[-1].energy_wh <= last.energy_wh


@settings(max_examples=examples(200), deadline=None)
@given(tariffs(restrictions), st.sampled_from(EVENINGS), steps)
def test_between_marks_of_one_kind_the_price_is_another(
    tariff: Tariff, start: datetime, course_of: list[tuple[int, int, bool]]
) -> None:
    course, _, _ = drive(tariff, start, [(seconds, energy_wh, False) for seconds, energy_wh, _ in course_of])

    shown = [prices(tariff, start, Point(mark.at, mark.energy_wh), charging=mark.charging) for mark in course.marks]
    assert all(before != after for before, after in pairwise(shown))


def test_what_was_charged_up_to_a_turn_is_no_part_of_the_parking_after_it() -> None:
    start = EVENINGS[2]
    course = sample(begin(start, None, STOCKHOLM, None), Point(start + timedelta(seconds=60), 100), None)
    course = turn(course, Point(start + timedelta(seconds=90), 140), charging=False)
    assert course.marks[-1] == Mark(start + timedelta(seconds=90), 140, charging=False)


def test_a_turn_that_is_known_late_takes_effect_where_it_happened() -> None:
    start = EVENINGS[2]
    course = sample(begin(start, None, STOCKHOLM, None), Point(start + timedelta(seconds=60), 100), None)
    course = turn(course, Point(start + timedelta(seconds=40), 95), charging=False)
    assert course.marks[-1] == Mark(start + timedelta(seconds=40), 95, charging=False)
    assert course.reached == Point(start + timedelta(seconds=60), 100)


def dear(**given: Decimal) -> Tariff:
    """Dear under this restriction, else cheap."""
    elements = (
        TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(9), 1),), Restrictions(**given)),  # type: ignore[arg-type]
        TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(3), 1),)),
    )
    return Tariff("T", "EUR", elements, EVENINGS[2])


def sampled(*powers_w: int, tariff: Tariff | None = None) -> list[tuple[int, Decimal | None]]:
    """Sample a power each minute; return after how many seconds periods begin, and their highest power."""
    start = EVENINGS[2]
    course, energy_wh = begin(start, tariff or dear(min_power_kw=Decimal(11)), STOCKHOLM, 230), 0
    for minute, power_w in enumerate(powers_w, 1):
        energy_wh += power_w // 60
        course = sample(course, Point(start + timedelta(minutes=minute), energy_wh), power_w)
    return [((mark.at - start) // timedelta(seconds=1), mark.power_kw) for mark in course.marks]


def test_a_period_begins_where_the_power_rises_to_another_price_and_where_it_falls_back() -> None:
    assert sampled(5000, 22_000, 5000) == [(0, Decimal(5)), (60, Decimal(22)), (120, Decimal(5))]


def test_a_power_of_the_same_price_begins_no_period_and_the_highest_counts() -> None:
    assert sampled(4000, 7000, 6000) == [(0, Decimal(7))]
    assert sampled(12_000, 22_000, 11_000) == [(0, Decimal(22))]


def test_a_current_of_another_price_begins_a_period_too() -> None:
    by_current = dear(min_current_a=Decimal(16))
    assert sampled(2300, 4600, tariff=by_current) == [(0, Decimal("2.3")), (60, Decimal("4.6"))]
    assert sampled(2300, 3000, tariff=by_current) == [(0, Decimal(3))]


def closed(*known: tuple[int, int], end_s: int) -> list[tuple[int, int]]:
    """Sample counter values, close with the last; return where periods begin when energy gets dear at 1 kWh."""
    start = EVENINGS[2]
    course = begin(start, dear(min_kwh=Decimal(1)), STOCKHOLM, None)
    *before, last = [Point(start + timedelta(seconds=seconds), energy_wh) for seconds, energy_wh in known]
    for point in before:
        course = sample(course, point, None)
    course = close(course, last, start + timedelta(seconds=end_s))
    return [((mark.at - start) // timedelta(seconds=1), mark.energy_wh) for mark in course.marks]


def test_a_price_that_is_reached_in_the_very_last_second_has_that_second_for_itself() -> None:
    assert closed((60, 900), (61, 1100), end_s=61) == [(0, 0), (60, 1000)]


def test_a_session_of_one_second_has_one_period() -> None:
    assert closed((1, 2000), end_s=1) == [(0, 0)]
