"""A tariff that a backend sends: which of an id holds, and for which session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from core.test_reconfigured import reload
from plant import BACKEND, Plant, policy, site

from gateway.core.facts import Fact, TariffAdopted
from gateway.core.observations_tariffs import TariffSent, TariffTakenBack
from gateway.core.site_state import fold
from gateway.core.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from gateway.core.tariff_desk import in_force
from gateway.projection import project

FIRST = datetime(2026, 2, 1, tzinfo=UTC)


def tariff(price: str, days: int = 0, id_: str = "DAY") -> Tariff:
    """Return a tariff by its price per kWh, `days` newer than the first."""
    component = PriceComponent(ComponentType.ENERGY, Decimal(price), 1)
    return Tariff(id_, "EUR", (TariffElement((component,), Restrictions()),), FIRST + timedelta(days=days))


def a_site(*configured: Tariff) -> Plant:
    return Plant(policy=policy(tariff_id="DAY"), site=site(tariff_id="DAY"), tariffs=configured)


def send(plant: Plant, sent: Tariff) -> tuple[Fact, ...]:
    return plant.observe(TariffSent(plant.now, BACKEND, sent))


def take_back(plant: Plant, days: int) -> tuple[Fact, ...]:
    configured = {each.id: each for each in plant.tariffs}.get("DAY")
    return plant.observe(TariffTakenBack(plant.now, BACKEND, "DAY", FIRST + timedelta(days=days), configured))


def holds(plant: Plant) -> Tariff | None:
    known = plant.world.state.tariffs.get("DAY")
    return None if known is None else known.tariff


def test_an_evse_whose_tariff_has_not_come_is_free_and_then_costs_what_was_sent() -> None:
    plant = a_site()
    plant.charge()
    assert plant.session().tariff is None
    send(plant, tariff("0.40"))
    plant.unplug()
    plant.wait(5)
    plant.charge()
    assert plant.session().tariff == tariff("0.40")


def test_a_session_that_runs_keeps_its_own() -> None:
    plant = a_site(tariff("0.30"))
    plant.charge()
    send(plant, tariff("0.40", 1))
    plant.wait(10)
    assert plant.session().tariff == tariff("0.30")


def test_of_one_id_the_newer_holds_whichever_came_first() -> None:
    plant = a_site(tariff("0.30", 5))
    assert send(plant, tariff("0.20", 4)) == ()
    assert len(send(plant, tariff("0.40", 6))) == 1
    assert send(plant, tariff("0.40", 6)) == ()
    assert holds(plant) == tariff("0.40", 6)


def test_neither_a_restart_nor_a_reload_brings_the_older_one_of_the_file_back() -> None:
    plant = a_site(tariff("0.30", 5))
    send(plant, tariff("0.40", 6))
    plant.kill()
    reload(plant)
    reload(plant, tariffs=(tariff("0.31", 6),))
    assert holds(plant) == tariff("0.40", 6)
    reload(plant, tariffs=(tariff("0.50", 7),))
    assert holds(plant) == tariff("0.50", 7)
    assert send(plant, tariff("0.40", 6)) == ()


def test_what_was_sent_counts_beside_what_is_configured() -> None:
    plant = a_site(tariff("0.30"))
    send(plant, tariff("0.10", id_="NIGHT"))
    send(plant, tariff("0.40", 1))
    assert set(in_force(plant.world.state, plant.tariffs)) == {tariff("0.10", id_="NIGHT"), tariff("0.40", 1)}


def test_one_that_is_taken_back_gives_way_to_the_configured_one() -> None:
    plant = a_site(tariff("0.30"))
    send(plant, tariff("0.40", 1))
    take_back(plant, 1)
    assert holds(plant) == tariff("0.30")
    assert take_back(plant, 1) == ()


def test_without_a_configured_one_nothing_holds_and_a_late_repetition_does_not_bring_it_back() -> None:
    plant = a_site()
    send(plant, tariff("0.40", 1))
    take_back(plant, 2)
    plant.kill()
    assert (holds(plant), send(plant, tariff("0.40", 1))) == (None, ())
    send(plant, tariff("0.45", 3))
    assert holds(plant) == tariff("0.45", 3)


def test_a_withdrawal_older_than_what_holds_changes_nothing() -> None:
    plant = a_site()
    send(plant, tariff("0.40", 2))
    assert take_back(plant, 1) == ()
    assert holds(plant) == tariff("0.40", 2)


def test_a_configured_tariff_cannot_be_taken_back() -> None:
    plant = a_site(tariff("0.30"))
    assert take_back(plant, 9) == ()


def test_what_happened_follows_from_the_facts_alone() -> None:
    plant = a_site(tariff("0.30"))
    send(plant, tariff("0.40", 1))
    take_back(plant, 1)
    assert fold(plant.facts) == plant.world.state
    assert [fact.sent_by for fact in plant.bodies(TariffAdopted) if isinstance(fact, TariffAdopted)] == [
        None,
        BACKEND,
        None,
    ]


def test_who_takes_no_tariffs_is_told_of_none() -> None:
    plant = a_site()
    facts = (*send(plant, tariff("0.40", 1)), *take_back(plant, 1))
    before = fold(plant.facts[: -len(facts)])
    assert list(project(facts, replace(before, terms={}))) == []
