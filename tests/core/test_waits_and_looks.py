"""What is decided only after a look or a wait, and then once: a start, a restart, a leak, a fault."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from core.test_billing_marks import dear
from plant import EVSE, Plant, policy, site

from gateway.core.billing import to_cdr, to_session
from gateway.core.charging_periods import DimensionType
from gateway.core.facts import FaultMended, FaultRaised, SessionCancelled, SessionResumed, StopRequested
from gateway.core.observations import ControllerSeen, MeterReading, Tick
from gateway.core.pilot import Pilot
from gateway.core.reasons import CancelReason, FaultKind, Refusal, StopReason
from gateway.core.session_phase import Phase
from gateway.core.tariff import Tariff


def see(plant: Plant, seconds: int, *, pilot: Pilot | None = None, power_w: int | None = None) -> None:
    """Let time pass in which the controller is seen only if it has a pilot, the meter only if it has a power."""
    for _ in range(seconds):
        plant.wall, plant.boot_s = plant.wall + timedelta(seconds=1), plant.boot_s + 1
        if pilot is not None:
            plant.observe(ControllerSeen(EVSE, plant.now, pilot, contactor_closed=False, fault=None))
        if power_w is not None:
            plant.observe(MeterReading(EVSE, plant.now, plant.outlet.shown_wh, power_w))
        plant.observe(Tick(plant.now))


def faults(plant: Plant) -> list[FaultKind]:
    return [body.kind for body in plant.bodies(FaultRaised) if isinstance(body, FaultRaised)]


def test_who_is_let_in_where_the_meter_has_said_nothing_for_a_while_waits_five_seconds_for_it() -> None:
    plant = Plant()
    plant.plug()
    plant.wait(2)
    see(plant, 8, pilot=Pilot.C)
    plant.tap()
    see(plant, 4, pilot=Pilot.C)
    assert plant.session().phase is Phase.AUTHORIZED
    see(plant, 2, pilot=Pilot.C)
    assert plant.bodies(SessionCancelled) == [SessionCancelled(CancelReason.METER_SILENT)]


def test_who_is_let_in_where_nobody_has_seen_the_controller_yet_waits_no_longer_for_that() -> None:
    plant = Plant()
    see(plant, 1, power_w=0)
    plant.tap()
    see(plant, 6, power_w=0)
    assert plant.bodies(SessionCancelled) == [SessionCancelled(CancelReason.EVSE_OUT_OF_ORDER)]


def test_after_a_restart_time_alone_decides_nothing_before_the_controller_was_seen() -> None:
    plant = Plant()
    plant.charge(seconds=60)
    plant.kill(down_s=2000)
    see(plant, 5)
    assert not plant.bodies(SessionResumed, StopRequested)
    plant.wait()
    assert plant.bodies(SessionResumed, StopRequested) == [SessionResumed(2006)]


def test_a_contactor_that_closes_without_a_session_has_ten_seconds_and_one_fault() -> None:
    plant = Plant()
    plant.outlet.welded = True
    plant.wait(9)
    assert not faults(plant)
    plant.wait(60)
    assert faults(plant) == [FaultKind.CONTACTOR_DID_NOT_OPEN]


def test_power_without_a_session_is_a_fault_once_however_long_it_flows() -> None:
    plant = Plant()
    plant.wait(2)
    see(plant, 9, pilot=Pilot.A, power_w=150)
    assert not faults(plant)
    see(plant, 60, pilot=Pilot.A, power_w=150)
    assert faults(plant) == [FaultKind.ENERGY_WITHOUT_SESSION]


def test_nothing_begins_while_the_charge_controller_does_not_answer_and_all_is_well_once_it_does() -> None:
    plant = Plant()
    plant.wait(2)
    plant.outlet.controller_silent = True
    plant.wait(2)
    assert plant.bodies(FaultRaised) == [FaultRaised(FaultKind.CONTROLLER_LOST, "no reply from unit 7")]
    plant.tap()
    assert plant.refusals() == [Refusal.EVSE_OUT_OF_ORDER]
    plant.outlet.controller_silent = False
    plant.wait(60)
    assert plant.bodies(FaultMended) == [FaultMended(FaultKind.CONTROLLER_LOST, by_technician=False)]


@pytest.mark.parametrize("pilot", [Pilot.E, Pilot.F])
def test_a_pilot_that_is_broken_ends_the_session_and_is_named(pilot: Pilot) -> None:
    plant = Plant()
    plant.charge(seconds=60)
    see(plant, 2, pilot=pilot, power_w=0)
    assert plant.bodies(FaultRaised) == [FaultRaised(FaultKind.CONTROLLER_FAULT, f"pilot state {pilot}")]
    assert plant.session().stop_reason is StopReason.CONTROLLER_FAULT
    see(plant, 2, pilot=Pilot.A, power_w=0)
    assert plant.bodies(FaultMended) == [FaultMended(FaultKind.CONTROLLER_FAULT, by_technician=False)]


def test_a_session_has_an_end_once_it_has_ended() -> None:
    plant = Plant()
    plant.charge(seconds=60)
    assert to_session(plant.session()).end is None
    plant.tap()
    plant.wait(3)
    assert to_session(plant.session()).end == to_cdr(plant.session()).end


def strengths(tariff: Tariff, seconds: int) -> Sequence[DimensionType]:
    plant = Plant(policy=policy(tariff_id=tariff.id), site=site(tariff_id=tariff.id), tariffs=(tariff,))
    plant.charge(seconds=seconds)
    plant.tap()
    plant.wait(3)
    (period,) = to_cdr(plant.session()).periods
    told = {DimensionType.MAX_CURRENT, DimensionType.MAX_POWER}
    return [each.type for each in period.dimensions if each.type in told]


def test_a_cdr_says_how_strong_the_charge_was_in_what_its_tariff_asks_for() -> None:
    assert strengths(dear(min_power_kw=Decimal(50)), seconds=70) == [DimensionType.MAX_POWER]
    assert strengths(dear(min_current_a=Decimal(90)), seconds=70) == [DimensionType.MAX_CURRENT]
    assert strengths(dear(min_kwh=Decimal(50)), seconds=70) == []
    assert strengths(dear(min_power_kw=Decimal(50)), seconds=20) == []
