"""Any interleaving of orders, repeated orders, cards, vehicles, kills and power cuts: one session per intention."""

from collections import Counter

import pytest
from histories import any_history
from hypothesis import given
from hypothesis import strategies as st
from ordering import Provider
from plant import EVSE, Plant, policy, site, token

from gateway.core.billing import is_billed, to_cdr, to_session
from gateway.core.command_desk import RETRIES_COME_WITHIN
from gateway.core.commands import CommandResponse, CommandResult
from gateway.core.facts import ContactorClosed, SessionAuthorized, SessionStarted
from gateway.core.facts_roaming import CommandFinished, CommandTaken, SessionReserved
from gateway.core.instant import elapsed
from gateway.core.observations import CommandReceived
from gateway.core.site_state import fold

CARD, OWN = "04A1B2C3D4E580", token("APP-0001")
steps = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.none()),
        st.tuples(st.just("reserve"), st.integers(1, 20)),
        st.tuples(st.just("repeat"), st.integers(0, 5)),
        st.tuples(st.just("stop"), st.none()),
        st.tuples(st.just("cancel"), st.none()),
        st.tuples(st.just("tap"), st.sampled_from([CARD, "APP-0001"])),
        st.tuples(st.just("plug"), st.none()),
        st.tuples(st.just("unplug"), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 150)),
        st.tuples(st.just("kill"), st.integers(0, 60)),
        st.tuples(st.just("cut_power"), st.integers(1, 900)),
        st.tuples(st.just("meter_silent"), st.booleans()),
        st.tuples(st.just("controller_silent"), st.booleans()),
    ),
    min_size=4,
    max_size=18,
)


def play(story: list[tuple[str, object]]) -> Plant:
    plant = Plant(policy=policy(), site=site(), tokens=(token(CARD),))
    msp, sent = Provider(plant), list[CommandReceived]()
    plant.wait()
    for name, what in story:
        match name:
            case "start":
                sent.append(msp.start(OWN, authorization_reference=f"REF-{len(sent)}"))
            case "reserve":
                sent.append(msp.reserve(OWN, minutes=int(str(what)), authorization_reference=f"REF-{len(sent)}"))
            case "repeat" if sent:
                before = sent[int(str(what)) % len(sent)]
                if elapsed(before.at, plant.now) < RETRIES_COME_WITHIN:
                    msp.order(before.command.kind, again=before)
            case "stop" if plant.world.state.evse(EVSE).session is not None:
                msp.stop(plant.session().id)
            case "cancel":
                msp.cancel()
            case "meter_silent" | "controller_silent":
                setattr(plant.outlet, name, what)
                plant.wait()
            case "repeat" | "stop":
                pass
            case _:
                getattr(plant, name)(*(() if what is None else (what,)))
        assert_nothing_flows_without_a_start(plant)
    plant.outlet.meter_silent = plant.outlet.controller_silent = False
    plant.wait(100)
    return plant


def assert_nothing_flows_without_a_start(plant: Plant) -> None:
    if plant.outlet.closed and not plant.outlet.welded:
        session = plant.world.state.evse(EVSE).session
        assert session is not None
        assert session.started_at is not None


@pytest.mark.slow
@any_history
@given(steps)
def test_r_67_each_order_begins_at_most_one_session_and_comes_to_exactly_one_end(
    story: list[tuple[str, object]],
) -> None:
    plant = play(story)
    begun = Counter(
        body.authorization_reference
        for body in plant.bodies(SessionAuthorized, SessionReserved)
        if isinstance(body, SessionAuthorized | SessionReserved) and getattr(body, "reader", None) is None
    )
    assert all(times == 1 for times in begun.values()), begun
    results = Counter(
        body.id
        for body in plant.bodies(CommandFinished)
        if isinstance(body, CommandFinished) and body.result is not CommandResult.CANCELED_RESERVATION
    )
    for body in plant.bodies(CommandTaken):
        assert isinstance(body, CommandTaken)
        accepted = body.response is CommandResponse.ACCEPTED
        assert results[body.id] == int(accepted), body


@pytest.mark.slow
@any_history
@given(steps)
def test_no_contactor_closes_before_its_start_is_on_record_and_a_replay_tells_the_same(
    story: list[tuple[str, object]],
) -> None:
    plant = play(story)
    started = set[object]()
    for fact in plant.facts:
        if isinstance(fact.body, SessionStarted):
            started.add(fact.session_id)
        if isinstance(fact.body, ContactorClosed):
            assert fact.session_id in started
    assert fold(plant.facts) == plant.world.state
    session = plant.world.state.evse(EVSE).session
    if session is not None:
        to_session(session)
        if is_billed(session):
            cdr = to_cdr(session)
            assert cdr.periods[0].start == cdr.start
            assert cdr.end > cdr.periods[-1].start
