"""What holds for every bill, and the edges of the clock."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.pricing import Costs, price
from gateway.core.tariff import (
    ComponentType,
    DayOfWeek,
    Price,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
)
from gateway.core.tariff_rules import is_within

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # the evening before summer time ends
UNRESTRICTED = Restrictions()

amounts = st.decimals(min_value=0, max_value=100, places=4)
components = st.builds(
    PriceComponent,
    type=st.sampled_from(ComponentType),
    price=amounts,
    step_size=st.sampled_from([0, 1, 60, 300, 500, 900]),
    vat_percent=st.none() | st.sampled_from([Decimal(0), Decimal(7), Decimal("19.0"), Decimal("8.1")]),
)
restrictions = st.builds(
    Restrictions,
    start_time=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    end_time=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    min_kwh=st.none() | st.integers(0, 50).map(Decimal),
    max_kwh=st.none() | st.integers(0, 50).map(Decimal),
    min_duration_s=st.none() | st.integers(0, 20_000),
    day_of_week=st.lists(st.sampled_from(DayOfWeek), unique=True, max_size=3).map(tuple),
    reservation=st.none() | st.sampled_from(ReservationRestriction),
)
limits = st.none() | st.builds(Price, amounts, st.none() | amounts)


def tariffs(restricted: st.SearchStrategy[Restrictions]) -> st.SearchStrategy[Tariff]:
    elements = st.builds(
        TariffElement, price_components=st.lists(components, min_size=1, max_size=4).map(tuple), restrictions=restricted
    )
    return st.builds(
        Tariff,
        id=st.just("T"),
        currency=st.just("EUR"),
        elements=st.lists(elements, min_size=1, max_size=4).map(tuple),
        last_updated=st.just(START),
        min_price=limits,
        max_price=limits,
    )


@st.composite
def charges(draw: st.DrawFn) -> list[ChargingPeriod]:
    """Periods of a charge that may have begun with a reservation, at most some hours each."""
    periods = []
    at = START
    for index in range(draw(st.integers(1, 6))):
        seconds = draw(st.integers(1, 15_000))
        time_type = draw(st.sampled_from([DimensionType.TIME, DimensionType.PARKING_TIME]))
        if index == 0:
            time_type = draw(st.sampled_from([time_type, DimensionType.RESERVATION_TIME]))
        dimensions = [Dimension(time_type, hours(seconds))]
        if time_type is not DimensionType.RESERVATION_TIME:
            dimensions.append(Dimension(DimensionType.ENERGY, Decimal(draw(st.integers(0, 30_000))) / 1000))
        periods.append(ChargingPeriod(at, tuple(dimensions), "T"))
        at += timedelta(seconds=seconds)
    return periods


def hours(seconds: int) -> Decimal:
    return (Decimal(seconds) / 3600).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def cost(tariff: Tariff, periods: list[ChargingPeriod]) -> Costs:
    return price(tariff, periods, periods[-1].start + timedelta(hours=1), ZONE)


@given(tariffs(restrictions), charges())
def test_lines_add_up_to_the_parts_and_the_parts_to_the_total(tariff: Tariff, charge: list[ChargingPeriod]) -> None:
    costs = cost(tariff, charge)

    parts = [costs.fixed, costs.energy, costs.time, costs.parking, costs.reservation, costs.adjustment]
    lines = [line.cost for line in costs.lines]
    adjusted = [] if costs.adjustment is None else [costs.adjustment]
    assert sum(part.excl_vat for part in parts if part is not None) == costs.total.excl_vat
    assert sum(each.excl_vat for each in (*lines, *adjusted)) == costs.total.excl_vat
    if costs.total.incl_vat is not None:
        assert sum(part.incl_vat or 0 for part in parts if part is not None) == costs.total.incl_vat
        assert sum(each.incl_vat or 0 for each in (*lines, *adjusted)) == costs.total.incl_vat


@given(tariffs(restrictions), charges())
def test_no_amount_has_more_than_four_decimals(tariff: Tariff, charge: list[ChargingPeriod]) -> None:
    costs = cost(tariff, charge)

    for amount in (costs.total, *(line.cost for line in costs.lines)):
        for value in (amount.excl_vat, amount.incl_vat):
            assert value is None or value == value.quantize(Decimal("0.0001"))


@given(tariffs(restrictions), charges(), st.integers(0, 20_000))
def test_the_cost_never_falls_as_energy_rises(tariff: Tariff, charge: list[ChargingPeriod], more_wh: int) -> None:
    last = charge[-1]
    more = tuple(
        replace(each, volume=each.volume + Decimal(more_wh) / 1000) if each.type is DimensionType.ENERGY else each
        for each in last.dimensions
    )
    dearer = [*charge[:-1], replace(last, dimensions=more)]

    assert cost(tariff, dearer).total.excl_vat >= cost(tariff, charge).total.excl_vat


@given(
    tariff=tariffs(st.just(UNRESTRICTED)),
    energy_wh=st.integers(0, 100_000),
    seconds=st.integers(2, 50_000),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8),
)
def test_without_restrictions_it_does_not_matter_how_the_periods_are_cut(
    tariff: Tariff, energy_wh: int, seconds: int, cuts: list[tuple[float, float]]
) -> None:
    moments = sorted({0, seconds, *(int(when * seconds) for when, _ in cuts)})
    levels = sorted(int(share * energy_wh) for _, share in cuts)
    registers = [0, *levels[: len(moments) - 2], energy_wh]
    pieces = [
        ChargingPeriod(
            start=START + timedelta(seconds=begin),
            dimensions=(
                Dimension(DimensionType.ENERGY, Decimal(registers[i + 1] - registers[i]) / 1000),
                # As a gateway writes them: differences of rounded times, so that they add up.
                Dimension(DimensionType.TIME, hours(moments[i + 1]) - hours(begin)),
            ),
            tariff_id="T",
        )
        for i, begin in enumerate(moments[:-1])
    ]
    dimensions = (
        Dimension(DimensionType.ENERGY, Decimal(energy_wh) / 1000),
        Dimension(DimensionType.TIME, hours(seconds)),
    )

    in_pieces = cost(tariff, pieces)
    whole = cost(tariff, [ChargingPeriod(START, dimensions, "T")])

    assert in_pieces == whole


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("08:00", "20:00", ["08:00", "19:59"], ["07:59", "20:00", "00:00"]),
        ("20:00", "08:00", ["20:00", "23:59", "00:00", "07:59"], ["08:00", "19:59"]),
        ("20:00", "00:00", ["20:00", "23:59"], ["00:00", "19:59"]),
        ("00:00", "00:00", ["00:00", "12:00", "23:59"], []),
        ("06:00", "06:00", ["05:59", "06:00", "12:00"], []),
        (None, "08:00", ["00:00", "07:59"], ["08:00"]),
        ("08:00", None, ["08:00", "23:59"], ["07:59"]),
        (None, None, ["00:00", "12:00"], []),
    ],
)
def test_a_daily_window_includes_its_start_and_excludes_its_end(
    start: str | None, end: str | None, inside: list[str], outside: list[str]
) -> None:
    window = [None if each is None else time.fromisoformat(each) for each in (start, end)]

    assert [each for each in inside if not is_within(window[0], window[1], time.fromisoformat(each))] == []
    assert [each for each in outside if is_within(window[0], window[1], time.fromisoformat(each))] == []


def energy_tariff(given: Restrictions) -> Tariff:
    component = PriceComponent(ComponentType.ENERGY, Decimal(1), 1)
    return Tariff("T", "EUR", (TariffElement((component,), given),), START)


@pytest.mark.parametrize("given", [Restrictions(min_current_a=Decimal(0)), Restrictions(max_current_a=Decimal(99))])
def test_a_current_nobody_knows_meets_no_restriction(given: Restrictions) -> None:
    charge = [ChargingPeriod(START, (Dimension(DimensionType.ENERGY, Decimal(1)),), "T")]

    assert cost(energy_tariff(given), charge).energy is None


def test_the_hour_that_summer_time_repeats_is_priced_by_the_wall_clock_both_times() -> None:
    between_two_and_three = energy_tariff(Restrictions(start_time=time(2), end_time=time(3)))
    half_past_one = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    charge = [ChargingPeriod(half_past_one + timedelta(hours=n), (kilowatt_hour(),), "T") for n in range(4)]

    costs = cost(between_two_and_three, charge)

    assert [line.volume for line in costs.lines] == [Decimal(2)]


def kilowatt_hour() -> Dimension:
    return Dimension(DimensionType.ENERGY, Decimal(1))


def test_duration_counts_from_the_start_of_charging_not_of_the_reservation() -> None:
    late = energy_tariff(Restrictions(min_duration_s=3600))
    charge = [
        ChargingPeriod(START, (Dimension(DimensionType.RESERVATION_TIME, Decimal(1)),), "T"),
        ChargingPeriod(START + timedelta(hours=1), (kilowatt_hour(),), "T"),
        ChargingPeriod(START + timedelta(hours=2), (kilowatt_hour(),), "T"),
    ]

    assert cost(late, charge).total.excl_vat == 1


def test_a_charge_without_periods_costs_nothing_but_the_minimum() -> None:
    tariff = replace(energy_tariff(UNRESTRICTED), min_price=Price(Decimal("0.5"), Decimal("0.6")))

    costs = price(tariff, [], START, ZONE)

    assert costs.total == Price(Decimal("0.5"), Decimal("0.6"))
    assert costs.lines == ()


def worth(**dimensions: str) -> ChargingPeriod:
    return ChargingPeriod(
        START, tuple(Dimension(DimensionType[kind], Decimal(v)) for kind, v in dimensions.items()), "T"
    )


@pytest.mark.parametrize(
    ("restriction", "below", "at"),
    [
        ("current_a", {"ENERGY": "1", "MAX_CURRENT": "15.9999"}, {"ENERGY": "1", "MAX_CURRENT": "16"}),
        ("power_kw", {"ENERGY": "1", "MAX_POWER": "15.9999"}, {"ENERGY": "1", "MAX_POWER": "16"}),
        ("power_kw", {"ENERGY": "15.9999"}, {"ENERGY": "16"}),
    ],
)
def test_r73_a_minimum_is_inclusive_and_a_maximum_exclusive(
    restriction: str, below: dict[str, str], at: dict[str, str]
) -> None:
    from_sixteen = energy_tariff(Restrictions(**{f"min_{restriction}": Decimal(16)}))  # type: ignore[arg-type]
    up_to_sixteen = energy_tariff(Restrictions(**{f"max_{restriction}": Decimal(16)}))  # type: ignore[arg-type]

    assert [cost(from_sixteen, [worth(**each)]).energy is not None for each in (below, at)] == [False, True]
    assert [cost(up_to_sixteen, [worth(**each)]).energy is not None for each in (below, at)] == [True, False]


@pytest.mark.parametrize(
    ("before", "is_within_limits"), [("4.9999", False), ("5", True), ("7.9999", True), ("8", False)]
)
def test_r73_limits_of_energy_count_what_was_charged_before_the_period(before: str, is_within_limits: bool) -> None:  # noqa: FBT001 - what the table says
    limited = energy_tariff(Restrictions(min_kwh=Decimal(5), max_kwh=Decimal(8)))
    charge = [worth(ENERGY=before), replace(worth(ENERGY="1"), start=START + timedelta(hours=1))]

    assert (cost(limited, charge).total.excl_vat == 1) is is_within_limits


@pytest.mark.parametrize(("seconds", "is_within_limits"), [(1799, False), (1800, True), (3599, True), (3600, False)])
def test_r73_limits_of_duration_count_from_the_start(seconds: int, is_within_limits: bool) -> None:  # noqa: FBT001 - what the table says
    limited = energy_tariff(Restrictions(min_duration_s=1800, max_duration_s=3600))
    charge = [worth(ENERGY="2"), replace(worth(ENERGY="1"), start=START + timedelta(seconds=seconds))]

    assert (cost(limited, charge).total.excl_vat == 1) is is_within_limits


def test_r73_the_first_element_that_matches_and_has_the_dimension_is_active() -> None:
    tariff = Tariff(
        "T",
        "EUR",
        (
            TariffElement((PriceComponent(ComponentType.TIME, Decimal(9), 1),)),
            TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(8), 1),), Restrictions(min_kwh=Decimal(99))),
            TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(7), 1),)),
            TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(6), 1),)),
        ),
        START,
    )

    assert [(line.element, line.price) for line in cost(tariff, [worth(ENERGY="1")]).lines] == [(2, Decimal(7))]
