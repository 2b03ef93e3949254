"""No bill is closed while energy may still flow: the contactor is open, was seen so after the stop, and stays open."""

import pytest
from plant import EVSE, Plant

from gateway.core.facts import SessionEnded
from gateway.core.observations import ControllerSeen, MeterReading, Tick
from gateway.core.pilot import Pilot
from gateway.core.reasons import StopReason
from gateway.core.session_phase import Phase


def see(plant: Plant, pilot: Pilot | None, *, closed: bool, released: bool | None) -> None:
    plant.observe(ControllerSeen(EVSE, plant.now, pilot, closed, None, released))


def read(plant: Plant) -> None:
    plant.observe(MeterReading(EVSE, plant.now, plant.outlet.shown_wh, 0))


def pass_second(plant: Plant) -> None:
    plant.boot_s += 1


@pytest.fixture
def started() -> Plant:
    """A session that has started; nobody has seen its contactor closed yet."""
    plant = Plant()
    see(plant, Pilot.C, closed=False, released=False)
    read(plant)
    plant.tap()
    assert plant.session().phase is Phase.CHARGING
    return plant


def test_a_stop_while_the_contactor_may_be_closing_waits_for_a_look_after_it(started: Plant) -> None:
    for _ in range(5):
        pass_second(started)
    read(started)
    started.tap()
    assert started.session().phase is Phase.ENDING
    assert started.session().stop_reason is StopReason.CARD

    pass_second(started)
    see(started, Pilot.C, closed=True, released=True)
    started.outlet.energy_ws += 36_000
    pass_second(started)
    see(started, Pilot.C, closed=False, released=False)
    read(started)

    (ended,) = started.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert ended.stop.energy_wh == started.outlet.shown_wh


def test_a_contactor_that_opened_by_itself_ends_no_bill_before_it_is_told_to_stay_open(started: Plant) -> None:
    pass_second(started)
    see(started, Pilot.C, closed=True, released=True)
    pass_second(started)
    see(started, Pilot.A, closed=False, released=True)
    read(started)
    assert started.session().stop_reason is StopReason.UNPLUGGED
    assert started.session().phase is Phase.ENDING

    pass_second(started)
    see(started, Pilot.A, closed=False, released=False)
    read(started)
    assert started.session().phase is Phase.COMPLETED


def test_after_a_reboot_any_look_is_one_after_the_stop_whatever_the_clock_says(started: Plant) -> None:
    pass_second(started)
    see(started, Pilot.C, closed=True, released=True)
    for _ in range(5):
        pass_second(started)
    started.tap()
    assert started.session().phase is Phase.ENDING
    started.wall = started.wall.replace(year=1999)
    started.boot_id, started.boot_s = "boot-2", 5
    started.start()
    see(started, Pilot.C, closed=False, released=False)
    read(started)
    started.observe(Tick(started.now))
    assert started.session().phase is Phase.COMPLETED
