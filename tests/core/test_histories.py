"""Properties that hold for any history of a site, however clumsy the drivers, the wires and the power supply."""

from collections import Counter
from datetime import time
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site, token

from gateway.core.billing import to_cdr, to_session
from gateway.core.charging_periods import DimensionType
from gateway.core.facts import SessionAuthorized, SessionCancelled, SessionEnded, SessionStarted
from gateway.core.outputs import wants_energy
from gateway.core.pricing import price
from gateway.core.session_record import NEXT, OPEN, Phase
from gateway.core.site_state import SiteState, evolve, fold
from gateway.core.tariff import ComponentType, DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement

CARDS = ("04A1B2C3D4E580", "04FFEEDDCCBBAA")

happenings = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("tap"), st.sampled_from(CARDS)),
    st.tuples(st.just("plug"), st.sampled_from([0, 3_600, 11_000, 22_000])),
    st.tuples(st.just("unplug"), st.none()),
    st.tuples(st.just("kill"), st.integers(0, 900)),
    st.tuples(st.just("cut_power"), st.integers(1, 900)),
    st.tuples(st.just("meter_silent"), st.booleans()),
    st.tuples(st.just("controller_silent"), st.booleans()),
    st.tuples(st.just("counter_unavailable"), st.booleans()),
    st.tuples(st.just("fault"), st.sampled_from([None, "residual current"])),
)


def prices(energy: str, time_: str = "1", parking: str = "2") -> tuple[PriceComponent, ...]:
    amounts = ((ComponentType.ENERGY, energy), (ComponentType.TIME, time_), (ComponentType.PARKING_TIME, parking))
    return tuple(PriceComponent(kind, Decimal(amount), 1, Decimal(20)) for kind, amount in amounts)


FLAT = Tariff("FLAT", "EUR", (TariffElement(prices("0.5")),), MIDNIGHT)
# Histories begin at one o'clock at night in Stockholm; every price of this tariff is met by some of them.
RESTLESS = Tariff(
    "RESTLESS",
    "EUR",
    (
        TariffElement(prices("0.9"), Restrictions(start_time=time(1, 20), end_time=time(1, 40))),
        TariffElement(prices("0.8"), Restrictions(min_kwh=Decimal("0.5"), max_kwh=Decimal("1.2345"))),
        TariffElement(prices("0.7"), Restrictions(min_power_kw=Decimal(15))),
        TariffElement(prices("0.6"), Restrictions(max_current_a=Decimal(20), day_of_week=(DayOfWeek.MONDAY,))),
        TariffElement(prices("0.5"), Restrictions(min_duration_s=1111)),
        TariffElement(prices("0.4", parking="0")),
    ),
    MIDNIGHT,
)
TARIFFS = {tariff.id: tariff for tariff in (FLAT, RESTLESS)}

histories = st.tuples(
    st.booleans(), st.sampled_from([None, FLAT.id, RESTLESS.id]), st.lists(happenings, min_size=5, max_size=25)
)
History = tuple[bool, str | None, list[tuple[str, object]]]


def play(history: History) -> Plant:
    has_pilot, tariff_id, steps = history
    plant = Plant(
        policy=policy(tariff_id=tariff_id),
        site=site(tariff_id=tariff_id),
        tariffs=tuple(TARIFFS.values()),
        outlets={EVSE: Outlet(has_pilot=has_pilot)},
        tokens=tuple(token(card) for card in CARDS),
    )
    for name, argument in steps:
        if name in {"meter_silent", "controller_silent", "counter_unavailable", "fault"}:
            setattr(plant.outlet, name, argument)
            plant.wait()
        elif argument is None:
            getattr(plant, name)()
        else:
            getattr(plant, name)(argument)
    return plant


any_history = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
