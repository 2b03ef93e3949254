"""A counter that begins at 0 again goes on counting, where its modulus is declared; anything else is not believed."""

from datetime import timedelta

import pytest
from plant import EVSE, Outlet, Plant, policy

from gateway.core.billing import to_cdr
from gateway.core.charging_periods import DimensionType
from gateway.core.facts import EnergySampled, MeterExchanged, ReadingQuarantined, RegisterNoted
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyAccepted, UnattributedEnergyFound
from gateway.core.instant import ClockQuality
from gateway.core.metering import count_on
from gateway.core.observations import FaultCleared, MeterReplaced
from gateway.core.reasons import FaultKind, StopReason
from gateway.core.rules import SessionRules

MODULUS = 100_000_000


def near_the_end(missing_wh: int, **limits: object) -> Plant:
    outlet = Outlet(energy_ws=(MODULUS - missing_wh) * 3600, rollover_wh=MODULUS)
    return Plant(policy=policy(rollover_wh=MODULUS, **limits), outlets={EVSE: outlet})


def end(plant: Plant) -> None:
    plant.tap()
    plant.wait(5)
    plant.unplug()
    plant.wait(3)


@pytest.mark.parametrize(
    ("known_wh", "shown_wh", "counted_wh"),
    [
        (None, 5, 5),
        (MODULUS - 10, 5, MODULUS + 5),
        (3 * MODULUS - 10, 5, 3 * MODULUS + 5),
        (3 * MODULUS + 10, 25, 3 * MODULUS + 25),
        (3 * MODULUS + 10, 5, 3 * MODULUS + 5),
        (MODULUS // 2, 5, 5),
        (MODULUS - 10, MODULUS // 2, MODULUS // 2),
        (MODULUS - 10, MODULUS, MODULUS),
    ],
)
def test_only_a_step_from_the_end_to_the_beginning_is_a_turn(
    known_wh: int | None, shown_wh: int, counted_wh: int
) -> None:
    assert count_on(known_wh, shown_wh, MODULUS) == counted_wh
    assert count_on(known_wh, shown_wh, None) == shown_wh


def test_a_session_over_the_turn_is_billed_in_one_piece() -> None:
    plant = near_the_end(500)
    plant.charge(seconds=600)
    end(plant)
    cdr = to_cdr(plant.session())
    assert cdr.energy_wh == plant.outlet.energy_ws // 3600 - (MODULUS - 500) > 1_800
    energies = [
        each.volume for period in cdr.periods for each in period.dimensions if each.type is DimensionType.ENERGY
    ]
    assert sum(energies) * 1000 == cdr.energy_wh
    assert plant.bodies(CounterRolledOver) == [CounterRolledOver(MODULUS, 1)]
    assert not plant.bodies(ReadingQuarantined)
    books = plant.world.state.evse(EVSE).books
    assert (books.balances, books.sessions, books.rollovers) == (True, cdr.energy_wh, 1)


def test_an_energy_limit_holds_over_the_turn() -> None:
    plant = near_the_end(500, max_energy_wh=1_000)
    plant.charge(seconds=600)
    assert plant.session().stop_reason is StopReason.ENERGY_LIMIT
    assert 1_000 <= to_cdr(plant.session()).energy_wh < 1_020


@pytest.mark.parametrize("is_reboot", [True, False])
def test_a_turn_while_nobody_looked_is_booked(*, is_reboot: bool) -> None:
    plant = near_the_end(500)
    plant.charge(seconds=60)
    if is_reboot:
        plant.cut_power(down_s=300, clock=ClockQuality.INFORMATIVE)
        plant.outlet.energy_ws += 11_000 * 300
    else:
        plant.kill(down_s=300)
    plant.wait(60)
    end(plant)
    cdr = to_cdr(plant.session())
    assert cdr.energy_wh == plant.outlet.energy_ws // 3600 - (MODULUS - 500)
    assert plant.bodies(CounterRolledOver) == [CounterRolledOver(MODULUS, 1)]


def test_a_restart_after_the_turn_goes_on_from_there() -> None:
    plant = near_the_end(500)
    plant.charge(seconds=600)
    plant.kill(down_s=5)
    plant.wait(120)
    end(plant)
    assert to_cdr(plant.session()).energy_wh == plant.outlet.energy_ws // 3600 - (MODULUS - 500)
    assert len(plant.bodies(CounterRolledOver)) == 1
    assert not plant.bodies(ReadingQuarantined)


def test_a_leak_over_the_turn_is_found() -> None:
    plant = near_the_end(150)
    plant.wait(5)
    for _ in range(3):
        plant.outlet.energy_ws += 80 * 3600
        plant.wait(10)
    assert FaultKind.ENERGY_WITHOUT_SESSION in plant.world.state.evse(EVSE).faults
    assert plant.world.state.evse(EVSE).books.unattributed == 160, "the rest is too little for a fact of its own"


def test_without_a_declared_modulus_the_turn_is_not_believed() -> None:
    plant = Plant(outlets={EVSE: Outlet(energy_ws=(MODULUS - 500) * 3600, rollover_wh=MODULUS)})
    plant.charge(seconds=600)
    assert plant.session().stop_reason is StopReason.METER_LOST
    assert FaultKind.METER_IMPLAUSIBLE in plant.world.state.evse(EVSE).faults


def test_a_step_back_that_no_connector_can_have_counted_is_not_believed() -> None:
    plant = near_the_end(500)
    plant.charge(seconds=60)
    plant.outlet.counter_wh = 900_000
    plant.wait(10)
    assert not plant.bodies(CounterRolledOver)
    assert FaultKind.METER_IMPLAUSIBLE in plant.world.state.evse(EVSE).faults


def test_a_meter_is_exchanged_after_its_turn_by_what_its_display_shows() -> None:
    plant = near_the_end(500)
    plant.charge(seconds=600)
    end(plant)
    shown = plant.outlet.shown_wh
    assert shown is not None
    assert shown < 2_000
    plant.outlet.put_in_another(7)
    plant.observe(MeterReplaced(EVSE, plant.now, shown, new_wh=7))
    plant.charge(seconds=120)
    end(plant)
    books = plant.world.state.evse(EVSE).books
    assert plant.bodies(MeterExchanged) == [MeterExchanged(MODULUS + shown, 7)]
    assert (books.balances, books.unattributed, books.exchanges) == (True, 0, 1)
    assert not plant.world.state.evse(EVSE).faults


def test_a_meter_that_is_said_to_have_counted_less_than_was_seen_is_not_exchanged() -> None:
    plant = Plant()
    plant.charge(seconds=600)
    end(plant)
    shown = plant.outlet.shown_wh
    assert shown is not None
    assert plant.observe(MeterReplaced(EVSE, plant.now, shown - 1, new_wh=7)) == ()


def test_energy_that_leaks_slowly_between_sessions_is_an_alarm_until_somebody_looked_into_it() -> None:
    rules = SessionRules(unattributed_alarm_wh=400)
    plant = Plant(policy=policy(rules=rules))
    for _ in range(6):
        plant.charge(seconds=30)
        end(plant)
        plant.outlet.energy_ws += 90 * 3600
        plant.wait(5)
    record = plant.world.state.evse(EVSE)
    assert not record.faults, "each was too little for a fault"
    (found,) = plant.bodies(UnattributedEnergyFound)
    assert isinstance(found, UnattributedEnergyFound)
    assert found.energy_wh >= 400
    assert record.books.alarmed
    plant.observe(FaultCleared(EVSE, plant.now))
    record = plant.world.state.evse(EVSE)
    assert plant.bodies(UnattributedEnergyAccepted)
    assert (record.books.alarmed, record.books.unexplained) == (False, 0)
    assert record.books.unattributed >= 400, "it stays on nobody's account"


def test_a_leak_that_was_looked_into_stays_on_nobodys_account_to_the_last_watt_hour() -> None:
    plant = Plant()
    plant.wait(5)
    for _ in range(3):
        plant.outlet.energy_ws += 99 * 3600
        plant.wait(10)
    plant.outlet.energy_ws += 33 * 3600
    plant.wait(5)
    plant.observe(FaultCleared(EVSE, plant.now))
    plant.outlet.energy_ws += 33 * 3600
    plant.wait(24 * 3600 // 30)
    plant.wall += timedelta(days=1)
    plant.boot_s += 86_400
    plant.wait(5)
    books = plant.world.state.evse(EVSE).books
    assert (books.unattributed, books.breaks, books.balances) == (3 * 99 + 66, 0, True)
    assert plant.bodies(RegisterNoted, EnergySampled)
