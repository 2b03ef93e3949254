"""What a driver lives through at the EVSE, told as sentences."""

import pytest
from plant import EVSE, Plant, policy, relay_plant

from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    ContactorClosed,
    SessionAuthorized,
    SessionCancelled,
    SessionEnded,
    SessionStarted,
)
from gateway.core.outputs import wants_energy
from gateway.core.reasons import CancelReason, StopReason
from gateway.core.session_phase import Phase


def test_plug_then_tap_starts_at_once() -> None:
    plant = Plant()
    plant.plug()
    plant.wait()
    facts = plant.tap()
    assert [type(fact.body) for fact in facts] == [SessionAuthorized, SessionStarted]
    assert wants_energy(plant.world.state, EVSE) is True


def test_tap_without_plugging_in_expires() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.wait(130)
    assert plant.bodies(SessionCancelled) == [SessionCancelled(CancelReason.PLUG_TIMEOUT)]
    assert not plant.bodies(SessionStarted)


@pytest.mark.slow
def test_energy_is_stop_minus_start_of_the_counter() -> None:
    plant = Plant()
    plant.charge(seconds=3600, power_w=11_000)
    plant.tap()
    plant.wait(3)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    start = plant.session().start
    assert start is not None
    assert ended.stop.energy_wh - start.energy_wh == pytest.approx(11_000, abs=10)
    assert ended.measured_open


def test_the_last_reading_is_taken_after_the_contactor_was_seen_open() -> None:
    plant = Plant()
    plant.charge()
    plant.tap()
    assert not plant.bodies(SessionEnded)
    plant.wait()
    (ended,) = plant.bodies(SessionEnded)
    opened_at = plant.session().opened_at
    assert isinstance(ended, SessionEnded)
    assert opened_at is not None
    assert ended.stop.at.boot_ns >= opened_at.boot_ns
    assert ended.stop.energy_wh == plant.outlet.shown_wh


def test_unplugging_ends_a_session() -> None:
    plant = Plant()
    plant.charge()
    plant.unplug()
    plant.wait(3)
    assert plant.session().stop_reason is StopReason.UNPLUGGED
    assert plant.session().phase is Phase.COMPLETED


def test_a_pause_of_the_vehicle_is_parking_since_it_began() -> None:
    plant = Plant()
    plant.charge(seconds=600)
    plant.outlet.power_w = 0
    plant.wait(300)
    plant.outlet.power_w = 11_000
    plant.wait(60)
    (paused,) = plant.bodies(ChargingPaused)
    (continued,) = plant.bodies(ChargingContinued)
    assert isinstance(paused, ChargingPaused)
    assert isinstance(continued, ChargingContinued)
    parked_s = (continued.register.at.boot_ns - paused.register.at.boot_ns) // 1_000_000_000
    assert parked_s == 300


def test_a_short_dip_is_no_pause() -> None:
    plant = Plant()
    plant.charge(seconds=300)
    plant.outlet.power_w = 0
    plant.wait(60)
    plant.outlet.power_w = 11_000
    plant.wait(300)
    assert not plant.bodies(ChargingPaused)


def test_on_a_relay_site_a_tap_alone_starts_and_long_idleness_ends() -> None:
    plant = relay_plant()
    plant.wait()
    plant.tap()
    plant.plug()
    plant.wait(600)
    assert plant.bodies(ContactorClosed)
    plant.outlet.power_w = 0
    plant.wait(120 + 900 + 5)
    assert plant.session().stop_reason is StopReason.IDLE


@pytest.mark.slow
def test_with_a_pilot_idleness_does_not_end_a_session() -> None:
    plant = Plant()
    plant.charge(seconds=600)
    plant.outlet.power_w = 0
    plant.wait(3600)
    assert plant.session().phase is Phase.PAUSED


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"max_energy_wh": 500}, StopReason.ENERGY_LIMIT), ({"max_duration_s": 300}, StopReason.TIME_LIMIT)],
)
def test_limits_of_the_evse_end_a_session(limits: dict[str, int], reason: StopReason) -> None:
    plant = Plant(policy=policy(**limits))
    plant.charge(seconds=600)
    assert plant.session().stop_reason is reason
