"""Clocks that are wrong, learn the time late or make steps: durations hold, and bills wait for certain times."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from histories import prices
from plant import EVSE, MIDNIGHT, Plant, policy, site, token
from wrong_clocks import TRUE, UNKNOWN, box_without_a_clock, cdr_rows, end, learn_time

from gateway.core.billing import to_cdr, to_session
from gateway.core.charging_periods import DimensionType
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.instant import ClockQuality
from gateway.core.rows import SessionRow
from gateway.core.rules import SessionRules
from gateway.core.session_phase import Phase
from gateway.core.site_state import fold
from gateway.core.tariff import Restrictions, Tariff, TariffElement
from gateway.projection import project

NIGHT = Tariff(
    "NIGHT",
    "EUR",
    (TariffElement(prices("0.1"), Restrictions(start_time=time(22), end_time=time(6))), TariffElement(prices("0.5"))),
    MIDNIGHT,
    start=MIDNIGHT,
)


def test_a_session_that_began_before_the_time_was_known_is_put_right_when_it_comes() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=600)
    assert to_session(plant.session()).start.year == 1970
    learn_time(plant)
    view = to_session(plant.session())
    assert view.start == TRUE - timedelta(seconds=600)
    assert view.last_updated > TRUE
    plant.wait(299)
    end(plant)
    cdr = to_cdr(plant.session())
    assert (cdr.start, cdr.end - cdr.start) == (TRUE - timedelta(seconds=600), timedelta(seconds=901))
    assert cdr.remark == "ended by the card that began it"
    assert not plant.bodies(CdrSealed), "nothing had to wait"


def test_a_session_that_waits_for_its_vehicle_is_put_right_and_says_that_it_changed() -> None:
    plant = box_without_a_clock()
    plant.wait()
    plant.tap()
    learn_time(plant)
    assert plant.session().phase is Phase.AUTHORIZED
    assert to_session(plant.session()).start == TRUE
    assert to_session(plant.session()).last_updated >= TRUE


def test_the_backend_is_told_anew_of_a_session_whose_time_was_put_right() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=90)
    learn_time(plant)
    (learned,) = (fact.seq for fact in plant.facts if isinstance(fact.body, TimeLearned))
    rows = [row for row in project(plant.facts) if isinstance(row, SessionRow) and row.up_to_seq == learned]
    assert [b"2026-03-02T11:58:30Z" in row.body for row in rows] == [True]


def test_a_cdr_waits_until_the_time_is_known_and_then_has_it_right() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=600)
    end(plant)
    plant.wait(3_000)
    assert plant.session().phase is Phase.COMPLETED
    assert not cdr_rows(plant)
    learn_time(plant)
    assert len(cdr_rows(plant)) == 1
    assert plant.bodies(CdrSealed) == [CdrSealed(is_time_trusted=True)]
    cdr = to_cdr(plant.session())
    assert cdr.start == TRUE - timedelta(seconds=3_607)
    assert cdr.end - cdr.start == timedelta(seconds=601)
    assert cdr.last_updated == TRUE + timedelta(seconds=1)
    assert b"1970" not in cdr_rows(plant)[0].body


def test_a_cdr_that_has_waited_long_enough_goes_out_and_says_so() -> None:
    plant = box_without_a_clock(policy=policy(rules=SessionRules(cdr_clock_wait_s=900)))
    plant.charge(seconds=60)
    end(plant)
    plant.wait(890)
    assert not cdr_rows(plant)
    plant.wait(10)
    assert plant.bodies(CdrSealed) == [CdrSealed(is_time_trusted=False)]
    assert "clock that was not synchronised" in str(to_cdr(plant.session()).remark)
    learn_time(plant)
    assert len(cdr_rows(plant)) == 1, "what is sealed stays as it is"
    assert to_cdr(plant.session()).start.year == 1970


def test_a_site_that_waits_for_nothing_seals_at_once_and_says_so() -> None:
    plant = box_without_a_clock(policy=policy(rules=SessionRules(cdr_clock_wait_s=0)))
    plant.charge(seconds=60)
    end(plant)
    assert len(cdr_rows(plant)) == 1
    assert not plant.bodies(CdrSealed)
    assert "clock that was not synchronised" in str(to_cdr(plant.session()).remark)


def test_several_sessions_of_one_evse_wait_at_once_and_each_is_sealed_once() -> None:
    plant = box_without_a_clock()
    for _ in range(3):
        plant.charge(seconds=120)
        end(plant)
    assert len(plant.world.state.evse(EVSE).waiting) == 3
    plant.charge(seconds=60)
    learn_time(plant)
    assert not plant.world.state.evse(EVSE).waiting
    end(plant)
    rows = cdr_rows(plant)
    assert len({row.session_id for row in rows}) == len(rows) == 4
    assert fold(plant.facts) == plant.world.state


@pytest.mark.parametrize("years", [-30, 30])
def test_a_step_of_years_under_a_session_changes_no_duration(years: int) -> None:
    plant = Plant()
    plant.charge(seconds=300)
    plant.wall, plant.clock = MIDNIGHT.replace(year=MIDNIGHT.year + years), ClockQuality.INFORMATIVE
    plant.wait(300)
    assert not plant.bodies(TimeLearned), "a clock set by hand does not overrule one that was synchronised"
    end(plant)
    cdr = to_cdr(plant.session())
    assert (cdr.start, cdr.end - cdr.start) == (MIDNIGHT + timedelta(seconds=1), timedelta(seconds=601))
    assert cdr.remark == "ended by the card that began it"


def test_a_time_service_that_corrects_itself_by_years_moves_the_whole_session() -> None:
    plant = Plant(wall=MIDNIGHT.replace(year=2006))
    plant.charge(seconds=300)
    learn_time(plant)
    end(plant)
    cdr = to_cdr(plant.session())
    assert (cdr.start, cdr.end - cdr.start) == (TRUE - timedelta(seconds=300), timedelta(seconds=302))


def test_a_leap_second_and_small_steps_are_no_news() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    plant.wall -= timedelta(seconds=1)
    plant.wait(300)
    end(plant)
    cdr = to_cdr(plant.session())
    assert not plant.bodies(TimeLearned)
    assert (cdr.start, cdr.end - cdr.start) == (MIDNIGHT + timedelta(seconds=1), timedelta(seconds=601))


def test_a_clock_set_by_hand_at_a_site_without_a_time_service_counts_for_the_whole_boot() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=300)
    plant.wall = TRUE
    plant.wait(2)
    assert to_session(plant.session()).start == TRUE - timedelta(seconds=300)
    end(plant)
    assert not cdr_rows(plant), "but nobody can say that it is right"


def test_the_tariff_and_its_times_of_day_are_those_of_the_time_that_was_learned() -> None:
    plant = box_without_a_clock(policy=policy(tariff_id="NIGHT"), site=site(tariff_id="NIGHT"), tariffs=(NIGHT,))
    plant.charge(seconds=1_800)
    assert plant.session().tariff is None, "in 1970 it was not valid"
    learn_time(plant, datetime(2026, 3, 2, 21, 10, tzinfo=UTC))  # ten past ten at night in Stockholm
    end(plant)
    cdr = to_cdr(plant.session())
    assert cdr.tariff == NIGHT
    assert [period.start for period in cdr.periods] == [
        datetime(2026, 3, 2, 20, 40, tzinfo=UTC),
        datetime(2026, 3, 2, 21, 0, tzinfo=UTC),
    ]
    energies = [
        each.volume for period in cdr.periods for each in period.dimensions if each.type is DimensionType.ENERGY
    ]
    assert sum(energies) * 1000 == cdr.energy_wh
    lines = {line.price: line.volume for line in cdr.costs.lines if line.type == "ENERGY"}
    assert lines == {Decimal("0.5"): energies[0], Decimal("0.1"): energies[1]}


def test_summer_time_begins_in_a_session_whose_clock_was_put_right() -> None:
    plant = box_without_a_clock(policy=policy(tariff_id="NIGHT"), site=site(tariff_id="NIGHT"), tariffs=(NIGHT,))
    plant.charge(seconds=1_800)
    learn_time(plant, datetime(2026, 3, 29, 0, 50, tzinfo=UTC))  # the night's 02:00 is 03:00
    plant.wait(1_800)
    end(plant)
    cdr = to_cdr(plant.session())
    assert (cdr.end - cdr.start, cdr.total_hours) == (timedelta(seconds=3_602), Decimal("1.0006"))


def test_a_card_that_expired_is_refused_by_the_time_that_was_learned() -> None:
    card = token("04A1B2C3D4E580", valid_until=MIDNIGHT)
    plant = Plant(tokens=(card,), wall=TRUE)
    plant.wall, plant.clock = UNKNOWN, ClockQuality.INFORMATIVE
    plant.charge(seconds=2)
    assert plant.refusals(), "the clock was set back by hand; the card has expired all the same"
