"""Peers' orders and questions about cards come back from a checkpoint as they were."""

from dataclasses import replace

from ordering import Provider
from plant import Plant, policy, token

from gateway.journal import folded


def test_orders_reservations_and_open_questions_come_back_from_a_checkpoint() -> None:
    plant = Plant(policy=replace(policy(), asks=True), tokens=(token("04A1B2C3D4E580", whitelist="NEVER"),))
    plant.wait()
    msp = Provider(plant)
    plant.tap()
    msp.reserve()
    msp.cancel()
    msp.start()
    state = plant.world.state
    assert (len(state.commands), len(state.inquiries)) == (3, 1)
    assert folded.folded(state, b"hash").site_state() == state
