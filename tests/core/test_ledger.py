"""Every Wh that a counter moves is on an account: a session's or nobody's."""

import pytest
from histories import History, any_history, histories, play
from hypothesis import given
from plant import EVSE, Plant

from gateway.core.billing import to_cdr
from gateway.core.facts import MeterExchanged, RegisterNoted, SessionEnded
from gateway.core.ledger import keep_books
from gateway.core.observations import FaultCleared, MeterReplaced
from gateway.core.site_state import SiteState, evolve


@any_history
@given(histories)
def test_sessions_and_unattributed_energy_add_up_to_what_the_counter_moved(history: History) -> None:
    plant = play(history)
    for uid, account in keep_books(plant.facts).items():
        assert account.balances
        assert account.sessions >= 0
        assert account.unattributed >= 0
        assert account.closing is not None
        assert account.closing <= plant.outlets[uid].energy_ws // 3600


@pytest.mark.slow
@any_history
@given(histories)
def test_the_books_say_what_the_bills_say(history: History) -> None:
    plant, state, billed_wh = play(history), SiteState(), 0
    for fact in plant.facts:
        state = evolve(state, fact)
        session = state.evse(EVSE).session
        if isinstance(fact.body, SessionEnded) and session is not None:
            billed_wh += to_cdr(session).energy_wh
    still_open = state.evse(EVSE).open_session
    if still_open is not None and still_open.start is not None and still_open.last is not None:
        billed_wh += still_open.last.energy_wh - still_open.start.energy_wh
    account = keep_books(plant.facts).get(EVSE)
    assert (account.sessions if account is not None else 0) == billed_wh


def test_energy_between_sessions_is_nobodys() -> None:
    plant = Plant()
    plant.charge(seconds=600)
    plant.tap()
    plant.wait(5)
    plant.unplug()
    for _ in range(5):
        plant.outlet.energy_ws += 30 * 3600
        plant.wait(10)
    plant.charge(seconds=600)
    plant.tap()
    plant.wait(5)
    account = keep_books(plant.facts)[EVSE]
    assert account.unattributed == 150
    assert account.balances


def test_a_free_counter_that_stands_still_costs_no_facts() -> None:
    plant = Plant()
    plant.wait(3_600)
    assert len(plant.bodies(RegisterNoted)) == 1


def test_energy_that_flowed_while_the_daemon_was_down_is_on_the_books() -> None:
    plant = Plant()
    plant.wait(5)
    plant.outlet.energy_ws += 120 * 3600
    plant.kill(down_s=3_600)
    plant.wait(5)
    account = keep_books(plant.facts)[EVSE]
    assert (account.unattributed, account.balances) == (120, True)


def test_a_meter_exchange_moves_no_energy() -> None:
    plant = Plant()
    plant.charge(seconds=600)
    plant.tap()
    plant.wait(5)
    old_wh = plant.outlet.shown_wh
    assert old_wh is not None
    plant.outlet.energy_ws = 7 * 3600
    plant.observe(MeterReplaced(EVSE, plant.now, old_wh, new_wh=7))
    plant.unplug()
    plant.wait(5)
    plant.charge(seconds=600)
    plant.tap()
    plant.wait(5)
    account = keep_books(plant.facts)[EVSE]
    assert not plant.world.state.evse(EVSE).faults
    assert account.balances
    assert account.sessions == sum(
        body.stop.energy_wh - start.energy_wh
        for body, start in zip(plant.bodies(SessionEnded), _starts(plant), strict=True)
        if isinstance(body, SessionEnded)
    )


def test_a_meter_is_not_exchanged_under_a_running_session() -> None:
    plant = Plant()
    plant.charge(seconds=60)
    assert plant.observe(MeterReplaced(EVSE, plant.now, 5, 7)) == ()
    assert not plant.bodies(MeterExchanged)


def test_a_new_baseline_on_a_technicians_word_is_a_break_and_the_rest_still_balances() -> None:
    plant = Plant()
    plant.charge(seconds=60)
    plant.outlet.energy_ws = 5 * 3600
    plant.wait(10)
    plant.observe(FaultCleared(EVSE, plant.now))
    plant.unplug()
    plant.wait(5)
    plant.charge(seconds=600)
    plant.tap()
    plant.wait(5)
    account = keep_books(plant.facts)[EVSE]
    assert (account.breaks, account.balances) == (1, True)


def _starts(plant: Plant) -> list:  # type: ignore[type-arg]
    return [body.start for body in plant.bodies() if type(body).__name__ == "SessionStarted"]
