"""What is left of a session when the daemon, or the power, went away in the middle of it."""

from decimal import Decimal

import pytest
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, relay_plant, site

from gateway.core.billing import to_cdr, to_session
from gateway.core.facts import SessionAuthorized, SessionEnded, SessionResumed, SessionStarted
from gateway.core.instant import ClockQuality
from gateway.core.outputs import wants_energy
from gateway.core.reasons import Refusal, StopReason
from gateway.core.session_phase import Phase
from gateway.core.site_state import fold
from gateway.core.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement


def charging_plant(*, has_pilot: bool = True, seconds: int = 120) -> Plant:
    plant = Plant(outlets={EVSE: Outlet(has_pilot=has_pilot)})
    plant.plug()
    plant.wait()
    plant.tap()
    plant.wait(seconds)
    return plant


@pytest.mark.parametrize("has_pilot", [True, False])
def test_a_killed_daemon_resumes_the_session_under_the_same_id(*, has_pilot: bool) -> None:
    plant = charging_plant(has_pilot=has_pilot)
    before = plant.session().id
    plant.kill(down_s=20)
    assert wants_energy(plant.world.state, EVSE) is None, "the contactor is left alone until somebody has looked"
    plant.wait(60)
    assert plant.session().id == before
    assert plant.session().phase is Phase.CHARGING
    assert plant.bodies(SessionResumed) == [SessionResumed(21)]
    plant.tap()
    plant.wait(2)
    assert len(plant.bodies(SessionAuthorized)) == len(plant.bodies(SessionEnded)) == 1


def test_energy_that_flowed_while_nobody_looked_is_billed_from_the_counter() -> None:
    plant = charging_plant()
    start = plant.session().start
    plant.kill(down_s=300)
    plant.wait(10)
    plant.tap()
    plant.wait(2)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert start is not None
    assert ended.stop.energy_wh == plant.outlet.shown_wh
    assert ended.stop.energy_wh - start.energy_wh > 11_000 * 400 // 3600


def test_a_vehicle_that_left_meanwhile_is_billed_exactly_once_up_to_the_last_record() -> None:
    plant = charging_plant(seconds=300)
    last_sample = plant.session().last
    plant.unplug()
    plant.cut_power(down_s=3_600)
    plant.wait(10)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert last_sample is not None
    assert plant.session().stop_reason is StopReason.INTERRUPTED
    assert ended.end == last_sample.at
    assert ended.stop.energy_wh == plant.outlet.shown_wh


def test_after_a_power_cut_a_vehicle_that_is_still_there_goes_on() -> None:
    plant = charging_plant()
    before = plant.session().id
    plant.cut_power(down_s=7_200)
    plant.wait(60)
    assert plant.session().id == before
    assert plant.session().phase is Phase.CHARGING
    assert plant.outlet.closed


@pytest.mark.parametrize(
    ("down_s", "clock", "phase"),
    [
        (300, ClockQuality.SYNCHRONISED, Phase.CHARGING),
        (1_200, ClockQuality.SYNCHRONISED, Phase.COMPLETED),
        (300, ClockQuality.INFORMATIVE, Phase.COMPLETED),
    ],
)
def test_without_a_pilot_only_a_short_gap_that_is_known_goes_on(down_s: int, clock: ClockQuality, phase: Phase) -> None:
    plant = charging_plant(has_pilot=False)
    plant.cut_power(down_s, clock)
    plant.wait(20)
    assert plant.session().phase is phase


def test_a_daemon_killed_while_a_session_ends_ends_it_once() -> None:
    plant = charging_plant()
    plant.tap()
    plant.kill(down_s=5)
    assert wants_energy(plant.world.state, EVSE) is False
    plant.wait(5)
    assert len(plant.bodies(SessionEnded)) == 1
    plant.kill()
    plant.wait(5)
    assert len(plant.bodies(SessionEnded)) == 1


def test_a_daemon_killed_between_tap_and_plug_still_waits_for_the_vehicle() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.kill(down_s=10)
    plant.plug()
    plant.wait(5)
    assert len(plant.bodies(SessionStarted)) == 1


def test_a_card_shown_as_the_daemon_comes_back_is_not_taken_for_an_end() -> None:
    plant = charging_plant()
    plant.kill(down_s=5)
    plant.wait()
    plant.tap()
    assert plant.refusals() == [Refusal.TOO_SOON]
    plant.wait(5)
    plant.tap()
    assert plant.session().stop_reason is StopReason.CARD


def test_the_journal_alone_gives_the_state_back() -> None:
    plant = charging_plant(seconds=400)
    plant.outlet.power_w = 0
    plant.wait(400)
    assert fold(plant.facts) == plant.world.state


def test_a_price_that_began_with_the_last_record_before_a_power_cut_keeps_its_energy_to_itself() -> None:
    """The energy of the gap came after the record, and so at the price that began with it."""
    at_the_last_sample = TariffElement(
        (PriceComponent(ComponentType.ENERGY, Decimal(2), 1),), Restrictions(min_duration_s=1199)
    )
    at_first = TariffElement((PriceComponent(ComponentType.ENERGY, Decimal(1), 1),))
    tariff = Tariff("T", "EUR", (at_the_last_sample, at_first), MIDNIGHT)
    plant = relay_plant(policy=policy(tariff_id="T"), site=site(tariff_id="T"), tariffs=(tariff,))
    plant.charge(seconds=1205)
    reported = to_session(plant.session()).periods
    plant.kill(down_s=480)
    plant.cut_power(down_s=150)
    plant.wait(10)
    cdr = to_cdr(plant.session())
    assert len(cdr.periods) == len(reported) == 2
    assert cdr.periods[0] == reported[0]
    assert cdr.periods[1].start < cdr.end
