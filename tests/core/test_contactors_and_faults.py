"""What becomes of a session, and of the EVSE, when a device does not do as it should."""

from plant import EVSE, Plant, relay_plant

from gateway.core.facts import FaultRaised, SessionEnded, SessionStarted
from gateway.core.outputs import status_of
from gateway.core.reasons import CancelReason, FaultKind, Refusal, StopReason
from gateway.core.session_phase import Phase
from gateway.core.telemetry import EvseStatus


def test_no_session_begins_while_the_meter_is_lost() -> None:
    plant = Plant()
    plant.outlet.meter_silent = True
    plant.plug()
    plant.wait(5)
    plant.tap()
    assert plant.refusals() == [Refusal.METER_SILENT]
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.OUTOFORDER


def test_no_session_begins_when_the_meter_never_spoke() -> None:
    plant = Plant()
    plant.outlet.counter_unavailable = True
    plant.plug()
    plant.look()
    plant.tap()
    plant.wait(8)
    assert not plant.bodies(SessionStarted)
    assert plant.session().cancel_reason is CancelReason.METER_SILENT


def test_a_fault_of_the_charge_controller_ends_the_session_and_heals_by_itself() -> None:
    plant = Plant()
    plant.charge()
    plant.outlet.fault = "residual current"
    plant.wait(3)
    assert plant.session().stop_reason is StopReason.CONTROLLER_FAULT
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.OUTOFORDER
    plant.outlet.fault = None
    plant.wait(2)
    assert status_of(plant.world.state, EVSE, seen=True) is EvseStatus.AVAILABLE


def test_a_contactor_that_does_not_close_ends_the_session_without_energy() -> None:
    plant = relay_plant()
    plant.outlet.stuck_open = True
    plant.wait()
    plant.tap()
    plant.wait(15)
    assert plant.session().stop_reason is StopReason.CONTACTOR_DID_NOT_CLOSE
    assert plant.session().phase is Phase.COMPLETED
    assert FaultKind.CONTACTOR_DID_NOT_CLOSE in plant.world.state.evse(EVSE).faults


def test_a_vehicle_that_does_not_ask_yet_is_no_stuck_contactor() -> None:
    plant = Plant()
    plant.plug(power_w=0)
    plant.wait()
    plant.tap()
    plant.wait(600)
    assert not plant.bodies(FaultRaised)
    assert plant.session().phase is Phase.PAUSED


def test_a_welded_contactor_ends_the_bill_and_takes_the_evse_out_of_order() -> None:
    plant = relay_plant()
    plant.wait()
    plant.tap()
    plant.plug()
    plant.wait(60)
    plant.outlet.welded = True
    plant.tap()
    plant.wait(15)
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert not ended.measured_open
    assert FaultKind.CONTACTOR_DID_NOT_OPEN in plant.world.state.evse(EVSE).faults
    plant.tap()
    assert plant.refusals() == [Refusal.EVSE_OUT_OF_ORDER]


def test_a_contactor_that_welds_after_the_end_is_found() -> None:
    plant = relay_plant()
    plant.wait()
    plant.plug(power_w=0)
    plant.outlet.welded = True
    plant.wait(15)
    assert FaultKind.CONTACTOR_DID_NOT_OPEN in plant.world.state.evse(EVSE).faults
