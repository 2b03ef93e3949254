"""Long charges under a tariff that changes all the time: whatever happens meanwhile, the bill holds."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from histories import CARDS, RESTLESS, any_history, play
from hypothesis import given, settings
from hypothesis import strategies as st
from plant import EVSE, Plant
from thoroughness import examples

from gateway.core.billing import to_cdr, to_session
from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.facts import SessionEnded
from gateway.core.pricing import price
from gateway.core.site_state import SiteState, evolve

# A charge is left alone for the most part: what happens here is seldom its end.
meanwhile = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 900)),
    st.tuples(st.just("wait"), st.integers(1, 900)),
    st.tuples(st.just("plug"), st.sampled_from([0, 3_600, 7_200, 11_000, 22_000])),
    st.tuples(st.just("plug"), st.sampled_from([0, 3_600, 7_200, 11_000, 22_000])),
    st.tuples(st.just("kill"), st.integers(0, 500)),
    st.tuples(st.just("cut_power"), st.integers(1, 900)),
    st.tuples(st.just("meter_silent"), st.booleans()),
    st.tuples(st.just("controller_silent"), st.booleans()),
)
Steps = list[tuple[str, object]]
charges = st.tuples(st.booleans(), st.lists(meanwhile, min_size=4, max_size=14))


# An hour takes a while to live through.
fewer = settings(any_history, max_examples=examples(30))


def charge(has_pilot: bool, steps: Steps) -> Plant:  # noqa: FBT001 - drawn as such
    begun: Steps = [("plug", 7_200), ("wait", 1), ("tap", CARDS[0]), ("wait", 300)]
    ended: Steps = [
        ("meter_silent", False),
        ("controller_silent", False),
        ("unplug", None),
        ("wait", 5),
        ("tap", CARDS[0]),
    ]
    return play((has_pilot, RESTLESS.id, [*begun, *steps, *ended, ("wait", 60)]))


def volumes(periods: tuple[ChargingPeriod, ...], *kinds: DimensionType) -> object:
    return sum(each.volume for period in periods for each in period.dimensions if each.type in kinds)


@fewer
@given(charges)
def test_the_bill_of_a_long_charge_holds(drawn: tuple[bool, Steps]) -> None:
    state, ended = SiteState(), 0
    for fact in charge(*drawn).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if not isinstance(fact.body, SessionEnded) or session is None:
            continue
        ended += 1
        cdr = to_cdr(session)
        starts = [period.start for period in cdr.periods]
        assert starts[0] == cdr.start
        assert all(before < after for before, after in pairwise([*starts, cdr.end]))
        assert volumes(cdr.periods, DimensionType.ENERGY) * 1000 == cdr.energy_wh  # type: ignore[operator]
        assert volumes(cdr.periods, DimensionType.TIME, DimensionType.PARKING_TIME) == cdr.total_hours
        assert all(each.volume >= 0 for period in cdr.periods for each in period.dimensions)
        assert price(RESTLESS, cdr.periods, cdr.end, ZoneInfo(cdr.site.time_zone)) == cdr.costs
        assert to_session(session).total_cost == cdr.costs.total
    assert ended >= 1


@fewer
@given(charges)
def test_a_period_of_a_long_charge_stays_as_it_was_reported(drawn: tuple[bool, Steps]) -> None:
    reported: dict[str, list[ChargingPeriod]] = {}
    state = SiteState()
    for fact in charge(*drawn).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if session is None or session.start is None:
            continue
        periods = list(to_session(session).periods)
        known = reported.get(session.id, [])[:-1]
        assert periods[: len(known)] == known
        reported[session.id] = periods


@pytest.mark.slow
def test_long_charges_do_meet_every_price_of_the_tariff() -> None:
    steps: Steps = [("plug", 22_000), ("wait", 300), ("plug", 3_600), ("wait", 1900), ("plug", 11_000), ("wait", 900)]

    state, elements = SiteState(), set()
    for fact in charge(has_pilot=True, steps=steps).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if isinstance(fact.body, SessionEnded) and session is not None:
            elements |= {line.element for line in to_cdr(session).costs.lines}

    assert elements == set(range(len(RESTLESS.elements)))
