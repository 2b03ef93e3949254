"""A reload in the middle of things: what is new holds from here on, what has begun ends as it began."""

from dataclasses import replace

from plant import BACKEND, EVSE, Plant, policy, site, token

from gateway.core.facts import BackendsAdopted, Fact, GatewayStarted, SessionEnded, SiteAdopted, StopRequested
from gateway.core.identifiers import BackendName, EvseUid
from gateway.core.observations import Reconfigured
from gateway.core.reasons import Refusal
from gateway.core.site_state import fold

KNOWN, STRANGER = "04A1B2C3D4E580", "04AABBCCDDEE80"


def reload(plant: Plant, **changes: object) -> tuple[Fact, ...]:
    same: dict[str, object] = {
        "policy": plant.policy,
        "tokens": {known.uid: known for known in plant.tokens},
        "site": plant.site,
        "tariffs": plant.tariffs,
        "backends": plant.backends,
    }
    return plant.observe(Reconfigured(plant.now, **(same | changes)))  # type: ignore[arg-type]


def test_the_same_configuration_writes_nothing() -> None:
    plant = Plant()
    plant.charge()

    assert reload(plant) == ()


def test_a_new_card_may_charge_and_one_that_is_gone_may_not() -> None:
    plant = Plant()
    plant.plug()
    plant.wait()
    new = token(STRANGER)
    reload(plant, tokens={new.uid: new})
    plant.tap(KNOWN)
    plant.tap(STRANGER)

    assert plant.refusals() == [Refusal.UNKNOWN_TOKEN]
    assert plant.session().authorized.token.uid == new.uid


def test_a_running_session_goes_on_with_its_card_gone_from_the_list_and_that_card_still_ends_it() -> None:
    plant = Plant()
    plant.charge()
    reload(plant, tokens={})
    plant.wait(60)
    assert not plant.bodies(StopRequested)
    plant.tap(KNOWN)
    plant.wait(5)

    assert plant.bodies(SessionEnded)


def test_what_is_new_is_a_fact_and_a_running_session_keeps_the_site_it_began_with() -> None:
    plant = Plant()
    plant.charge()
    moved, names = replace(site(EvseUid(EVSE)), address="Kajen 2"), (BACKEND, BackendName("second"))
    facts = reload(plant, site=moved, backends=names)

    assert [fact.body for fact in facts] == [SiteAdopted(moved), BackendsAdopted(names)]
    assert plant.session().site.address == "Kajen 1"
    assert len(plant.bodies(GatewayStarted)) == 1
    assert fold(plant.facts) == plant.world.state


def test_a_tighter_limit_ends_a_running_session() -> None:
    plant = Plant()
    plant.charge()
    reload(plant, policy=policy(max_energy_wh=1))
    plant.wait(5)

    assert plant.bodies(StopRequested)
