"""Sessions and bills that outlive the boot they began in, the time of one boot or both being unknown."""

from datetime import timedelta
from decimal import Decimal

from plant import EVSE, MIDNIGHT, Outlet, Plant
from wrong_clocks import TRUE, UNKNOWN, box_without_a_clock, cdr_rows, end, learn_time

from gateway.core.billing import to_cdr, to_session
from gateway.core.charging_periods import DimensionType
from gateway.core.facts import SessionEnded
from gateway.core.facts_time import CdrSealed
from gateway.core.instant import ClockQuality
from gateway.core.reasons import StopReason


def test_a_restart_while_bills_wait_changes_nothing() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=120)
    end(plant)
    plant.kill(down_s=30)
    plant.wait(10)
    assert not cdr_rows(plant)
    learn_time(plant)
    cdr = to_cdr(plant.session())
    assert cdr.start == TRUE - timedelta(seconds=167)
    assert (cdr.remark, len(cdr_rows(plant))) == ("ended by the card that began it", 1)


def test_a_bill_of_a_boot_whose_time_nobody_learned_goes_out_in_the_right_era_once_nobody_can() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=600)
    end(plant)
    plant.cut_power(down_s=3_600, clock=ClockQuality.INFORMATIVE)
    plant.wall = UNKNOWN
    plant.wait(60)
    assert not cdr_rows(plant), "the time may still come"
    learn_time(plant)
    cdr = to_cdr(plant.session())
    assert "clock that was not synchronised" in str(cdr.remark)
    assert cdr.end - cdr.start == timedelta(seconds=601)
    assert TRUE - timedelta(minutes=3) < cdr.end < TRUE


def test_a_cabinet_that_is_switched_off_every_night_and_never_learns_the_time_seals_all_the_same() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=60)
    end(plant)
    for _ in range(10):
        assert not plant.bodies(CdrSealed)
        plant.cut_power(down_s=60, clock=ClockQuality.INFORMATIVE)
        plant.wall = UNKNOWN
        plant.wait(10)
    assert plant.bodies(CdrSealed) == [CdrSealed(is_time_trusted=False)]


def test_a_session_over_two_boots_has_the_time_it_took_and_no_more() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=600)
    plant.cut_power(down_s=300, clock=ClockQuality.INFORMATIVE)
    plant.wall = UNKNOWN
    plant.wait(120)
    learn_time(plant)
    plant.wait(179)
    end(plant)
    cdr = to_cdr(plant.session())
    assert timedelta(seconds=840) <= cdr.end - cdr.start <= timedelta(seconds=920), "what nobody measured is not billed"
    assert cdr.end == TRUE + timedelta(seconds=181)
    starts = [period.start for period in cdr.periods]
    assert starts == sorted(set(starts))
    assert "clock that was not synchronised" in str(cdr.remark)


def test_a_boot_without_the_time_after_one_that_had_it_begins_no_earlier() -> None:
    plant = Plant()
    plant.charge(seconds=600)
    plant.cut_power(down_s=300, clock=ClockQuality.INFORMATIVE)
    plant.wall = UNKNOWN
    plant.wait(300)
    view = to_session(plant.session())
    assert view.start == MIDNIGHT + timedelta(seconds=1)
    assert sum(_hours(view)) > Decimal("0.2"), "time went on though the clock went back"
    assert plant.session().sampled_at is not None
    assert plant.session().sampled_at.boot_id == plant.boot_id, "samples go on too"
    plant.wall, plant.clock = MIDNIGHT + timedelta(seconds=1_201), ClockQuality.SYNCHRONISED
    plant.wait()
    end(plant)
    cdr = to_cdr(plant.session())
    assert cdr.start == MIDNIGHT + timedelta(seconds=1)
    assert (cdr.end - cdr.start, cdr.remark) == (timedelta(seconds=1_202), "ended by the card that began it")


def test_without_a_pilot_a_gap_that_only_a_wrong_clock_measured_ends_the_session_once() -> None:
    plant = box_without_a_clock(outlets={EVSE: Outlet(has_pilot=False)})
    plant.charge(seconds=300)
    plant.cut_power(down_s=60, clock=ClockQuality.INFORMATIVE)
    plant.wall = UNKNOWN + timedelta(seconds=310)
    plant.wait(10)
    assert plant.session().stop_reason is StopReason.INTERRUPTED
    assert len(plant.bodies(SessionEnded)) == 1


def test_energy_that_flowed_in_a_gap_no_clock_can_tell_is_billed_and_no_fault() -> None:
    plant = box_without_a_clock()
    plant.charge(seconds=600)
    plant.outlet.energy_ws += 11_000 * 7_200
    plant.cut_power(down_s=7_200, clock=ClockQuality.INFORMATIVE)
    plant.wall = UNKNOWN
    plant.wait(10)
    end(plant)
    assert not plant.world.state.evse(EVSE).faults
    (ended,) = plant.bodies(SessionEnded)
    assert isinstance(ended, SessionEnded)
    assert ended.stop.energy_wh == plant.outlet.shown_wh


def _hours(view: object) -> list[Decimal]:
    return [
        each.volume
        for period in view.periods  # type: ignore[attr-defined]
        for each in period.dimensions
        if each.type in {DimensionType.TIME, DimensionType.PARKING_TIME}
    ]
