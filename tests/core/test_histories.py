"""Properties that hold for any history of a site."""

from collections import Counter
from zoneinfo import ZoneInfo

from histories import History, any_history, histories, play
from hypothesis import given
from plant import EVSE

from gateway.core.billing import to_cdr, to_session
from gateway.core.charging_periods import DimensionType
from gateway.core.facts import SessionAuthorized, SessionCancelled, SessionEnded, SessionStarted
from gateway.core.outputs import wants_energy
from gateway.core.pricing import price
from gateway.core.session_phase import NEXT, OPEN, Phase
from gateway.core.site_state import SiteState, evolve, fold


@any_history
@given(histories)
def test_replaying_the_facts_gives_the_state_that_was_lived(history: History) -> None:
    plant = play(history)
    assert fold(plant.facts) == plant.world.state


@any_history
@given(histories)
def test_every_session_starts_and_ends_at_most_once_and_one_at_a_time(
    history: History,
) -> None:
    plant = play(history)
    counted = Counter((type(fact.body), fact.session_id) for fact in plant.facts if fact.session_id)
    for kind in (SessionAuthorized, SessionStarted, SessionCancelled, SessionEnded):
        assert all(number == 1 for (body, _), number in counted.items() if body is kind)
    still_open: set[object] = set()
    for fact in plant.facts:
        if isinstance(fact.body, SessionAuthorized):
            assert not still_open
            still_open.add(fact.session_id)
        elif isinstance(fact.body, SessionCancelled | SessionEnded):
            still_open.discard(fact.session_id)


@any_history
@given(histories)
def test_no_contactor_is_wanted_closed_without_a_start_reading_on_record(
    history: History,
) -> None:
    state = SiteState()
    for fact in play(history).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).open_session
        if wants_energy(state, EVSE):
            assert session is not None
            assert session.start is not None


@any_history
@given(histories)
def test_no_watt_hour_is_billed_twice_nor_more_than_the_meter_counted(
    history: History,
) -> None:
    plant = play(history)
    billed_up_to = 0
    state = SiteState()
    for fact in plant.facts:
        state = evolve(state, fact)
        if isinstance(fact.body, SessionEnded):
            session = state.evse(EVSE).session
            assert session is not None
            assert session.start is not None
            assert billed_up_to <= session.start.energy_wh <= fact.body.stop.energy_wh
            billed_up_to = fact.body.stop.energy_wh
    assert billed_up_to <= plant.outlet.energy_ws // 3600


@any_history
@given(histories)
def test_periods_are_ordered_cover_the_session_and_sum_to_the_totals(
    history: History,
) -> None:
    state = SiteState()
    for fact in play(history).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if session is None or session.start is None:
            continue
        view = to_session(session)
        starts = [period.start for period in view.periods]
        assert starts == sorted(set(starts))
        assert starts[0] == view.start
        volumes = {kind: _sum(view.periods, kind) for kind in DimensionType}
        assert volumes[DimensionType.ENERGY] * 1000 == view.energy_wh
        if isinstance(fact.body, SessionEnded):
            cdr = to_cdr(session)
            assert starts[-1] < cdr.end
            assert volumes[DimensionType.TIME] + volumes[DimensionType.PARKING_TIME] == cdr.total_hours
            assert volumes[DimensionType.PARKING_TIME] == cdr.parking_hours
            assert cdr.last_updated >= cdr.end


@any_history
@given(histories)
def test_a_bill_can_be_worked_out_again_from_its_own_periods(history: History) -> None:
    state = SiteState()
    for fact in play(history).facts:
        state = evolve(state, fact)
        if isinstance(fact.body, SessionEnded):
            session = state.evse(EVSE).session
            assert session is not None
            cdr = to_cdr(session)
            if cdr.tariff is not None:
                zone = ZoneInfo(cdr.site.time_zone)
                assert price(cdr.tariff, cdr.periods, cdr.end, zone) == cdr.costs
                assert to_session(session).total_cost == cdr.costs.total


@any_history
@given(histories)
def test_a_period_that_was_reported_never_changes_once_another_followed(history: History) -> None:
    reported: dict[str, list[object]] = {}
    state = SiteState()
    for fact in play(history).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if session is None or session.start is None:
            continue
        periods = list(to_session(session).periods)
        known = reported.get(session.id, [])[:-1]
        assert periods[: len(known)] == known
        reported[session.id] = periods


@any_history
@given(histories)
def test_last_updated_grows_with_every_change_of_a_session(history: History) -> None:
    state, newest = SiteState(), {}
    for fact in play(history).facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if session is not None and fact.session_id == session.id and (session.phase, type(fact.body)) in _AFTER:
            assert session.id not in newest or session.last_updated > newest[session.id]
            newest[session.id] = session.last_updated


_AFTER = {(after, kind) for (_, kind), after in NEXT.items()}


def test_every_phase_but_the_last_ones_has_a_way_out() -> None:
    leaving = {before for before, _ in NEXT if before is not None}
    assert leaving == OPEN
    assert {Phase.COMPLETED, Phase.CANCELLED}.isdisjoint(leaving)


def _sum(periods: tuple, kind: DimensionType) -> object:  # type: ignore[type-arg]
    return sum(dimension.volume for period in periods for dimension in period.dimensions if dimension.type is kind)
