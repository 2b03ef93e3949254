"""What others report is written down, once, with what somebody will ask for later."""

import pytest
from ordering import Provider
from plant import EVSE, Plant, token

from gateway.core.command_book import owed_results
from gateway.core.facts import CardRefused, ReadingQuarantined, SessionAuthorized
from gateway.core.facts_proof import RootSigned
from gateway.core.facts_roaming import CommandAnswered
from gateway.core.metering import highest_plausible_wh
from gateway.core.observations import RootSealed
from gateway.core.reasons import Implausible

CARD = "04A1B2C3D4E580"


def test_what_the_device_has_signed_is_a_fact() -> None:
    plant, root = Plant(), RootSigned("2026-03-02", 3, "ab" * 32, "cd" * 32, "ef" * 64)
    plant.observe(RootSealed(plant.now, root))
    assert plant.bodies(RootSigned) == [root]


def test_a_result_is_owed_until_its_peer_has_it_and_no_longer() -> None:
    plant = Plant()
    plant.wait(2)
    msp = Provider(plant)
    order = msp.start()
    plant.wait()
    assert [record.taken.id for record in owed_results(plant.world.state.commands)] == [order.id]

    msp.hear(order)
    msp.hear(order)

    assert owed_results(plant.world.state.commands) == ()
    assert plant.bodies(CommandAnswered) == [CommandAnswered(order.id, delivered=True, answer="200")]


def test_a_run_of_values_that_are_not_believed_is_one_fact_that_says_what_would_have_been() -> None:
    plant = Plant()
    plant.charge(seconds=120)
    last = plant.world.sight.evse(EVSE).believed
    assert last is not None
    plant.outlet.counter_wh = 7_200
    plant.wait()
    seen_at = plant.now
    plant.wait()

    most_wh = highest_plausible_wh(last, seen_at, 22_000, plant.world.state.chronology)
    assert plant.bodies(ReadingQuarantined) == [
        ReadingQuarantined(7_200, Implausible.RAN_BACK, expected_min_wh=last.energy_wh, expected_max_wh=most_wh)
    ]


@pytest.mark.parametrize(("after_s", "is_let_in"), [(15 * 60 - 1, True), (15 * 60, False)])
def test_an_order_vouches_for_its_card_for_fifteen_minutes_sharp(after_s: int, *, is_let_in: bool) -> None:
    plant = Plant(tokens=())
    plant.wait()
    Provider(plant).start(token(CARD, whitelist="NEVER"))
    plant.wait(after_s)
    before = len(plant.bodies(SessionAuthorized))
    plant.tap(CARD)
    assert len(plant.bodies(SessionAuthorized)) == before + is_let_in
    assert bool(plant.bodies(CardRefused)) is not is_let_in
