"""What a card at a reader does, and why it is refused."""

from dataclasses import replace

import pytest
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site, token

from gateway.core.facts import CardRefused
from gateway.core.identifiers import EvseUid, ReaderName
from gateway.core.outputs import wants_energy
from gateway.core.reasons import CancelReason, Refusal, StopReason
from gateway.core.rules import Policy
from gateway.core.session_phase import Phase
from gateway.core.token import WhitelistType

CARD, SIBLING, STRANGER = "04A1B2C3D4E580", "04FFEEDDCCBBAA", "04000000000001"


def test_tap_then_plug_starts_when_the_vehicle_comes() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.wait(30)
    assert plant.session().phase is Phase.AUTHORIZED
    assert wants_energy(plant.world.state, EVSE) is False
    plant.plug()
    plant.wait(2)
    assert plant.session().phase is Phase.CHARGING


def test_a_second_tap_of_the_same_card_stops() -> None:
    plant = Plant()
    plant.charge()
    plant.tap()
    plant.wait(2)
    assert plant.session().stop_reason is StopReason.CARD
    assert plant.session().phase is Phase.COMPLETED


def test_a_second_tap_at_once_is_taken_for_a_slip() -> None:
    plant = Plant()
    plant.charge(seconds=1)
    plant.tap()
    assert plant.refusals() == [Refusal.TOO_SOON]
    assert plant.session().phase is Phase.CHARGING


def test_a_card_of_the_same_group_stops() -> None:
    plant = Plant(tokens=(token(CARD, group_id="FLEET"), token(SIBLING, group_id="FLEET")))
    plant.charge()
    plant.tap(SIBLING)
    plant.wait(2)
    assert plant.session().stop_reason is StopReason.GROUP_CARD


def test_cards_without_a_group_are_not_one_group() -> None:
    plant = Plant(tokens=(token(CARD), token(SIBLING)))
    plant.charge()
    plant.tap(SIBLING)
    assert plant.refusals() == [Refusal.EVSE_OCCUPIED]


def test_a_card_is_the_same_in_either_case_of_letters() -> None:
    plant = Plant()
    plant.charge()
    plant.tap(CARD.lower())
    assert plant.session().stop_reason is StopReason.CARD


@pytest.mark.parametrize(
    ("known_as", "reason"),
    [
        (None, Refusal.UNKNOWN_TOKEN),
        (token(STRANGER, valid=False), Refusal.BLOCKED_TOKEN),
        (token(STRANGER, valid_until=MIDNIGHT), Refusal.EXPIRED_TOKEN),
        (token(STRANGER, whitelist=WhitelistType.NEVER), Refusal.NEEDS_ONLINE_CHECK),
    ],
)
def test_a_token_that_may_not_charge_is_refused_with_its_reason(known_as: object, reason: Refusal) -> None:
    plant = Plant(tokens=(token(CARD), *((known_as,) if known_as else ())))  # type: ignore[arg-type]
    plant.plug()
    plant.wait()
    plant.tap(STRANGER)
    (refused,) = plant.bodies(CardRefused)
    assert isinstance(refused, CardRefused)
    assert refused.reason is reason
    assert STRANGER not in str(refused)
    assert wants_energy(plant.world.state, EVSE) is False


@pytest.mark.parametrize("whitelist", [WhitelistType.ALWAYS, WhitelistType.ALLOWED, WhitelistType.ALLOWED_OFFLINE])
def test_tokens_that_may_be_decided_on_locally_start(whitelist: WhitelistType) -> None:
    plant = Plant(tokens=(token(CARD, whitelist=whitelist),))
    plant.charge(seconds=2)
    assert plant.session().phase is Phase.CHARGING


def test_any_other_token_is_refused_while_a_session_runs() -> None:
    plant = Plant(tokens=(token(CARD), token(STRANGER)))
    plant.charge()
    plant.tap(STRANGER)
    assert plant.refusals() == [Refusal.EVSE_OCCUPIED]
    assert plant.session().phase is Phase.CHARGING


def test_tapping_again_before_plugging_in_takes_it_back() -> None:
    plant = Plant()
    plant.wait()
    plant.tap()
    plant.wait(5)
    plant.tap()
    assert plant.session().cancel_reason is CancelReason.CARD


def test_several_evses_at_one_reader_ask_to_plug_in_first() -> None:
    one, two = EvseUid("EVSE-1"), EvseUid("EVSE-2")
    plant = Plant(policy=policy(one, two), site=site(one, two), outlets={one: Outlet(), two: Outlet()})
    plant.wait()
    plant.tap()
    assert plant.refusals() == [Refusal.PLUG_IN_FIRST]


@pytest.mark.parametrize("uid", [CARD, STRANGER])
@pytest.mark.parametrize("rules", [policy(), replace(policy(), asks=True)], ids=["offline", "online"])
def test_a_reader_that_belongs_to_no_evse_says_so_to_any_card(uid: str, rules: Policy) -> None:
    plant = Plant(policy=rules)
    plant.wait()
    plant.tap(uid, ReaderName("spare"))
    assert plant.refusals() == [Refusal.READER_WITHOUT_EVSE]


def test_the_vehicle_plugged_in_last_is_the_one_meant() -> None:
    one, two = EvseUid("EVSE-1"), EvseUid("EVSE-2")
    plant = Plant(
        policy=policy(one, two),
        site=site(one, two),
        outlets={one: Outlet(), two: Outlet()},
        tokens=(token(CARD), token(SIBLING)),
    )
    plant.plug(uid=one)
    plant.wait(10)
    plant.plug(uid=two)
    plant.wait()
    plant.tap(CARD)
    plant.tap(SIBLING)
    assert plant.session(two).authorized.token.uid.value == CARD
    assert plant.session(one).authorized.token.uid.value == SIBLING
