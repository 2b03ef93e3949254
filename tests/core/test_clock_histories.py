"""For any history of a machine whose clock is wrong, set, lost and found: one bill per session, whole and in order."""

from collections import Counter
from datetime import timedelta

from histories import any_history, visit
from hypothesis import given
from hypothesis import strategies as st
from plant import Plant
from wrong_clocks import TRUE, UNKNOWN, box_without_a_clock, learn_time

from gateway.core.billing import to_cdr
from gateway.core.charging_periods import DimensionType
from gateway.core.facts import SessionEnded
from gateway.core.facts_time import CdrSealed
from gateway.core.instant import ClockQuality
from gateway.core.rows import CdrRow
from gateway.core.site_state import SiteState, evolve, fold
from gateway.projection import project

# No happening lasts longer; a clock that is put right goes on by so much at each.
STEP_S = 400

happenings = st.one_of(
    st.tuples(st.just("visit"), st.integers(5, 60)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("kill"), st.integers(0, 300)),
    st.tuples(st.just("power_cut"), st.integers(1, 300)),
    st.tuples(st.just("set_by_hand"), st.integers(-30, 30)),
    st.tuples(st.just("time_comes"), st.just(0)),
    st.tuples(st.just("plug"), st.sampled_from([0, 11_000])),
    st.tuples(st.just("tap"), st.just(0)),
)


def live(steps: list[tuple[str, int]]) -> Plant:
    plant, true_s = box_without_a_clock(), 0
    for name, number in steps:
        true_s += STEP_S
        match name:
            case "visit":
                visit(plant, number)
            case "power_cut":
                plant.cut_power(number, ClockQuality.INFORMATIVE)
                plant.wall = UNKNOWN
            case "set_by_hand":
                plant.wall, plant.clock = TRUE.replace(year=TRUE.year + number), ClockQuality.INFORMATIVE
                plant.wait()
            case "time_comes":
                learn_time(plant, TRUE + timedelta(seconds=true_s))
            case "tap":
                plant.tap()
            case _:
                getattr(plant, name)(number)
    plant.unplug()
    plant.wait(5)
    learn_time(plant, TRUE + timedelta(seconds=true_s + STEP_S))
    plant.wait(130)
    return plant


@any_history
@given(st.lists(happenings, min_size=4, max_size=10))
def test_each_session_ends_in_one_bill_whose_periods_fill_it(steps: list[tuple[str, int]]) -> None:
    plant = live(steps)
    assert fold(plant.facts) == plant.world.state
    ended = [fact.session_id for fact in plant.facts if isinstance(fact.body, SessionEnded)]
    sealed = Counter(row.session_id for row in project(plant.facts) if isinstance(row, CdrRow))
    assert sealed == Counter(ended)
    state, newest = SiteState(), dict[str, object]()
    for fact in plant.facts:
        before, state = state, evolve(state, fact)
        for record in state.unsealed:
            assert record.id not in newest or record.last_updated >= newest[record.id]  # type: ignore[operator]
            newest[record.id] = record.last_updated
        is_bill = isinstance(fact.body, CdrSealed) or (isinstance(fact.body, SessionEnded) and fact.body.seals)
        if not is_bill or fact.session_id is None:
            continue
        session = state.session(fact.session_id) or before.session(fact.session_id)
        assert session is not None
        cdr = to_cdr(session)
        starts = [period.start for period in cdr.periods]
        assert starts == sorted(set(starts))
        assert (starts[0], starts[-1] < cdr.end) == (cdr.start, True)
        hours = [
            each.volume
            for period in cdr.periods
            for each in period.dimensions
            if each.type in {DimensionType.TIME, DimensionType.PARKING_TIME}
        ]
        assert sum(hours) == cdr.total_hours
        assert cdr.end - cdr.start <= timedelta(seconds=(len(steps) + 2) * STEP_S), "no clock made time that never was"
