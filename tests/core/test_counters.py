"""Which counter values are believed, and what becomes of the others."""

from datetime import timedelta

import pytest
from plant import EVSE, MIDNIGHT, Plant

from gateway.core.chronology import Chronology
from gateway.core.facts import ReadingQuarantined, Register, SessionEnded
from gateway.core.instant import ClockQuality, Instant
from gateway.core.metering import COUNTER_STEP_WH, find_problem
from gateway.core.observations import FaultCleared
from gateway.core.reasons import FaultKind, Implausible, StopReason
from gateway.core.session_phase import Phase


def register(energy_wh: int, after_s: int = 0, boot_id: str = "boot") -> Register:
    at = Instant(MIDNIGHT + timedelta(seconds=after_s), after_s * 10**9, boot_id, ClockQuality.SYNCHRONISED)
    return Register(energy_wh, at)


@pytest.mark.parametrize(
    ("last", "now", "problem"),
    [
        (None, register(5), None),
        (register(1000), register(1000, 1), None),
        (register(1000), register(999, 1), Implausible.RAN_BACK),
        (register(1000), register(1000 + COUNTER_STEP_WH, 1), None),
        (register(1000), register(1400, 1), Implausible.JUMPED),
        (register(1000), register(23_000, 3600), None),
        (register(1000), register(26_000, 3600), Implausible.JUMPED),
        (register(1000, boot_id="before"), register(23_000, 3600), None),
        (register(1000, boot_id="before"), register(26_000, 3600), Implausible.JUMPED),
    ],
)
def test_a_counter_step_is_judged_by_what_a_22_kw_connector_can_deliver(
    last: Register | None, now: Register, problem: Implausible | None
) -> None:
    assert find_problem(last, now, 22_000, Chronology()) is problem


# One step of the counter, and a tenth more than the rated power for the gap, the counter's lag and a begun second.
HOUR_WH = 100 + 22_000 * (3600 + 5 + 1) * 110 // 360_000
MONTH_WH = 100 + 22_000 * (31 * 24 * 3600 + 5 + 1) * 110 // 360_000


@pytest.mark.parametrize(("clock", "most_wh"), [(ClockQuality.SYNCHRONISED, HOUR_WH), (ClockQuality.UNKNOWN, MONTH_WH)])
def test_the_bound_is_sharp_and_a_gap_that_no_clock_knows_counts_as_a_month(clock: ClockQuality, most_wh: int) -> None:
    last = Register(1000, Instant(MIDNIGHT, 0, "before", clock))
    for energy_wh, problem in ((1000 + most_wh, None), (1001 + most_wh, Implausible.JUMPED)):
        assert find_problem(last, register(energy_wh, 3600), 22_000, Chronology()) is problem


def charging_plant() -> Plant:
    plant = Plant()
    plant.plug()
    plant.wait()
    plant.tap()
    plant.wait(120)
    return plant


def test_a_single_odd_value_is_recorded_and_not_billed() -> None:
    plant = charging_plant()
    plant.outlet.counter_wh = 7_200
    plant.wait()
    plant.outlet.counter_wh = None
    plant.wait(60)
    (quarantined,) = plant.bodies(ReadingQuarantined)
    assert isinstance(quarantined, ReadingQuarantined)
    assert (quarantined.energy_wh, quarantined.problem) == (7_200, Implausible.RAN_BACK)
    assert plant.world.sight.evse(EVSE).odd_readings >= 1
    plant.tap()
    plant.wait(2)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert ended.stop.energy_wh == plant.outlet.shown_wh


@pytest.mark.parametrize("counter_wh", [0, 900_000_000])
def test_a_counter_that_stays_odd_ends_the_session_with_the_last_good_value(counter_wh: int) -> None:
    plant = charging_plant()
    good = plant.outlet.shown_wh
    plant.outlet.counter_wh = counter_wh
    plant.wait(10)
    assert plant.session().phase is Phase.COMPLETED
    assert plant.session().stop_reason is StopReason.METER_LOST
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert ended.stop.energy_wh == good
    assert FaultKind.METER_IMPLAUSIBLE in plant.world.state.evse(EVSE).faults


def test_not_available_is_not_zero() -> None:
    plant = charging_plant()
    plant.outlet.counter_unavailable = True
    plant.wait()
    plant.outlet.counter_unavailable = False
    plant.wait(10)
    (quarantined,) = plant.bodies(ReadingQuarantined)
    assert isinstance(quarantined, ReadingQuarantined)
    assert (quarantined.energy_wh, quarantined.problem) == (None, Implausible.NOT_AVAILABLE)
    assert plant.session().phase is Phase.CHARGING


def test_a_technician_may_say_that_the_meter_was_exchanged() -> None:
    plant = charging_plant()
    plant.outlet.counter_wh = 0
    plant.wait(10)
    plant.observe(FaultCleared(EVSE, plant.now))
    plant.wait(2)
    assert not plant.world.state.evse(EVSE).faults
    plant.tap()
    assert plant.session().phase is Phase.CHARGING
    assert plant.session().start == plant.world.sight.evse(EVSE).believed


def test_energy_that_flows_without_a_session_takes_the_evse_out_of_order_until_a_technician_came() -> None:
    plant = charging_plant()
    plant.tap()
    plant.wait(5)
    for _ in range(10):
        plant.outlet.energy_ws += 30 * 3600
        plant.wait(7)
    assert FaultKind.ENERGY_WITHOUT_SESSION in plant.world.state.evse(EVSE).faults
    plant.observe(FaultCleared(EVSE, plant.now))
    plant.wait(5)
    assert not plant.world.state.evse(EVSE).faults


def test_a_silent_meter_lets_the_session_go_on_for_a_while_then_ends_it() -> None:
    plant = charging_plant()
    plant.outlet.meter_silent = True
    plant.wait(300)
    assert plant.session().phase is Phase.CHARGING
    plant.wait(310)
    assert plant.session().phase is Phase.ENDING
    plant.outlet.meter_silent = False
    plant.wait(2)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert ended.measured_open
    assert ended.stop.energy_wh == plant.outlet.shown_wh


def test_a_meter_that_never_comes_back_ends_the_bill_at_the_last_value_after_an_hour() -> None:
    plant = charging_plant()
    plant.tap()
    plant.outlet.meter_silent = True
    plant.wait(3_610)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert not ended.measured_open
    assert plant.session().phase is Phase.COMPLETED
