"""Who may charge on whose word: OCPI's whitelist table, the owner's answer, and what holds where there is none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plant import EVSE, MIDNIGHT, READER, Plant, policy, token

from gateway.core.authorization import RULINGS, Reach, Ruling, rule_on
from gateway.core.facts import CardRefused, SessionAuthorized, SessionEnded
from gateway.core.facts_roaming import AuthorizationAnswered, AuthorizationRequested, Outcome
from gateway.core.identifiers import InquiryId, Party
from gateway.core.observations import AuthorizationReported
from gateway.core.outputs import wants_energy
from gateway.core.reasons import Refusal, StopReason
from gateway.core.rules import SessionRules
from gateway.core.session_phase import Phase
from gateway.core.token import AuthMethod, Token, WhitelistType

CARD = "04A1B2C3D4E580"
SAID_NO = {
    Outcome.BLOCKED: Refusal.BLOCKED_TOKEN,
    Outcome.EXPIRED: Refusal.EXPIRED_TOKEN,
    Outcome.NO_CREDIT: Refusal.NO_CREDIT,
    Outcome.NOT_ALLOWED: Refusal.PROVIDER_REFUSED,
    Outcome.NOT_ALLOWED_HERE: Refusal.NOT_ALLOWED_HERE,
    Outcome.UNKNOWN: Refusal.UNKNOWN_TOKEN,
}
REACH = {Outcome.OFFLINE: Reach.OFFLINE, Outcome.TIMED_OUT: Reach.TIMED_OUT}


def asking(*tokens: Token, **rules: int) -> Plant:
    """Set up a plant whose cards' owners can be asked, with a vehicle plugged in."""
    plant = Plant(policy=replace(policy(rules=SessionRules(**rules)), asks=True), tokens=tokens)
    plant.wait()
    plant.plug()
    plant.wait()
    return plant


def inquiry(plant: Plant) -> InquiryId:
    (known,) = plant.world.state.inquiries
    return known


def answer(plant: Plant, outcome: Outcome, **more: object) -> None:
    plant.observe(AuthorizationReported(inquiry(plant), plant.now, "msp", outcome, **more))  # type: ignore[arg-type]


# OCPI 2.2.1, tokens module, WhitelistType. What may happen to a valid token, and to one that is not.
TABLE = {
    ("ALWAYS", "ONLINE"): ("ADMIT", "REFUSE"),
    ("ALWAYS", "OFFLINE"): ("ADMIT", "REFUSE"),
    ("ALWAYS", "TIMED_OUT"): ("ADMIT", "REFUSE"),
    ("ALLOWED", "ONLINE"): ("ADMIT", "REFUSE"),
    ("ALLOWED", "OFFLINE"): ("ADMIT", "REFUSE"),
    ("ALLOWED", "TIMED_OUT"): ("ADMIT", "REFUSE"),
    ("ALLOWED_OFFLINE", "ONLINE"): ("ASK", "ASK"),
    ("ALLOWED_OFFLINE", "OFFLINE"): ("ADMIT", "REFUSE"),
    ("ALLOWED_OFFLINE", "TIMED_OUT"): ("ADMIT", "REFUSE"),
    ("NEVER", "ONLINE"): ("ASK", "ASK"),
    ("NEVER", "OFFLINE"): ("REFUSE", "REFUSE"),
    ("NEVER", "TIMED_OUT"): ("REFUSE", "REFUSE"),
}


@pytest.mark.parametrize(("whitelist", "reach"), TABLE)
@pytest.mark.parametrize("valid", [True, False])
def test_r_54_the_table_rules_as_ocpi_has_it(whitelist: str, reach: str, valid: bool) -> None:  # noqa: FBT001 - a column
    known = token(CARD, whitelist=WhitelistType(whitelist), valid=valid)
    assert rule_on(known, Reach(reach), MIDNIGHT) is Ruling(TABLE[whitelist, reach][0 if valid else 1])


def test_r_54_the_table_is_total() -> None:
    assert {(whitelist, reach) for whitelist in RULINGS for reach in RULINGS[whitelist]} == {
        (whitelist, reach) for whitelist in WhitelistType for reach in Reach
    }


@given(
    whitelist=st.sampled_from(WhitelistType),
    valid=st.booleans(),
    is_known=st.booleans(),
    asks=st.booleans(),
    outcome=st.sampled_from(Outcome),
    risks=st.sampled_from([None, 5_000]),
)
def test_r_54_every_tap_ends_in_one_session_or_one_refusal_as_the_table_says(  # noqa: PLR0913 - the table's columns
    *,
    whitelist: WhitelistType,
    valid: bool,
    is_known: bool,
    asks: bool,
    outcome: Outcome,
    risks: int | None,
) -> None:
    known = token(CARD, whitelist=whitelist, valid=valid)
    rules = SessionRules(unknown_card_max_wh=risks)
    plant = Plant(policy=replace(policy(rules=rules), asks=asks), tokens=(known,) if is_known else ())
    plant.wait()
    plant.plug()
    plant.wait()
    plant.tap(CARD)
    was_asked = bool(plant.bodies(AuthorizationRequested))
    must_ask = asks and (not is_known or whitelist in {WhitelistType.NEVER, WhitelistType.ALLOWED_OFFLINE})
    assert was_asked is must_ask
    if was_asked:
        assert wants_energy(plant.world.state, EVSE) is False
        answer(plant, outcome, token=known if outcome is Outcome.ALLOWED else None)
    reach = REACH.get(outcome, Reach.OFFLINE) if was_asked or not asks else Reach.ONLINE
    if was_asked and outcome is Outcome.ALLOWED:
        admitted = True
    elif was_asked and outcome in SAID_NO:
        admitted = False
    elif is_known:
        admitted = TABLE[whitelist, reach][0 if valid else 1] == "ADMIT"
    else:
        admitted = risks is not None
    assert len(plant.bodies(SessionAuthorized)) == int(admitted)
    assert len(plant.bodies(CardRefused)) == int(not admitted)
    assert not plant.world.state.inquiries


@pytest.mark.parametrize(("outcome", "refusal"), SAID_NO.items())
def test_r_55_what_the_owner_says_no_for_is_told_with_its_own_word(outcome: Outcome, refusal: Refusal) -> None:
    plant = asking(token(CARD, whitelist="NEVER"))
    plant.tap(CARD)
    answer(plant, outcome, info="call us")
    (refused,) = plant.bodies(CardRefused)
    assert isinstance(refused, CardRefused)
    assert refused.reason is refusal
    assert refused.detail.endswith(": call us")


def test_r_55_an_owner_who_allows_gives_a_reference_that_the_session_carries() -> None:
    plant = asking(token(CARD, whitelist="NEVER"))
    plant.tap(CARD)
    answer(plant, Outcome.ALLOWED, reference="REF-9")
    plant.wait(2)
    session = plant.session()
    assert session.phase is Phase.CHARGING
    assert (session.authorized.auth_method, session.authorized.authorization_reference) == (
        AuthMethod.AUTH_REQUEST,
        "REF-9",
    )
    answered = next(fact for fact in plant.facts if isinstance(fact.body, AuthorizationAnswered))
    assert answered.session_id == session.id


def test_an_owner_who_is_silent_is_waited_for_a_few_seconds_and_no_longer() -> None:
    plant = asking(token(CARD, whitelist="ALLOWED_OFFLINE"))
    plant.tap(CARD)
    plant.wait(4)
    assert plant.world.state.inquiries
    plant.wait(2)
    authorized = plant.session().authorized
    assert (authorized.auth_method, authorized.basis) == (AuthMethod.WHITELIST, "its owner could not be asked")


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    plant = asking(token(CARD, whitelist="NEVER"))
    plant.tap(CARD)
    late = inquiry(plant)
    plant.wait(6)
    assert plant.refusals() == [Refusal.NEEDS_ONLINE_CHECK]
    plant.observe(AuthorizationReported(late, plant.now, "msp", Outcome.ALLOWED))
    assert not plant.bodies(SessionAuthorized)


def test_an_impatient_driver_who_taps_again_asks_once_and_does_not_stop_what_begins() -> None:
    plant = asking(token(CARD, whitelist="NEVER"))
    plant.tap(CARD)
    plant.tap(CARD)
    assert len(plant.bodies(AuthorizationRequested)) == 1
    answer(plant, Outcome.ALLOWED)
    plant.wait(2)
    assert plant.session().phase is Phase.CHARGING


def test_of_two_strangers_who_are_asked_about_the_first_to_be_allowed_charges() -> None:
    plant = asking()
    plant.tap(CARD)
    first = inquiry(plant)
    plant.tap("04FFEEDDCCBBAA")
    (second,) = set(plant.world.state.inquiries) - {first}
    for id_, uid in ((second, "04FFEEDDCCBBAA"), (first, CARD)):
        plant.observe(AuthorizationReported(id_, plant.now, "msp", Outcome.ALLOWED, token(uid)))
    assert plant.session().authorized.token.uid.value == "04FFEEDDCCBBAA"
    assert plant.refusals() == [Refusal.EVSE_OCCUPIED]


def test_a_stranger_who_may_charge_unasked_gets_what_the_site_risks_and_is_billed_to_be_settled() -> None:
    plant = asking(unknown_card_max_wh=1_000)
    plant.tap(CARD)
    answer(plant, Outcome.OFFLINE)
    plant.wait(600)
    (ended,) = plant.bodies(SessionEnded)
    session = plant.session()
    assert session.stop_reason is StopReason.ENERGY_LIMIT
    assert isinstance(ended, SessionEnded)
    assert session.start is not None
    assert 1_000 <= ended.stop.energy_wh - session.start.energy_wh < 1_020
    authorized = session.authorized
    assert (authorized.token.owner, authorized.token.contract_id) == (Party("SE", "ABC"), "#NA")
    assert "to be settled later" in str(authorized.basis)


def test_a_card_that_is_blocked_here_is_never_taken_for_a_stranger() -> None:
    plant = Plant(policy=policy(rules=SessionRules(unknown_card_max_wh=1_000)), tokens=(token(CARD, valid=False),))
    plant.wait()
    plant.tap(CARD)
    assert plant.refusals() == [Refusal.BLOCKED_TOKEN]


def test_a_question_that_a_kill_cut_off_begins_nothing_for_a_driver_who_may_have_left() -> None:
    plant = asking(token(CARD, whitelist="ALLOWED_OFFLINE"))
    plant.tap(CARD)
    plant.kill(30)
    plant.wait(10)
    assert not plant.world.state.inquiries
    assert not plant.bodies(SessionAuthorized)
    plant.tap(CARD)
    answer(plant, Outcome.ALLOWED)
    plant.wait(2)
    assert plant.session().phase is Phase.CHARGING


def test_nobody_is_asked_where_no_evse_is_free() -> None:
    plant = asking(token(CARD, whitelist="NEVER"), token("04FFEEDDCCBBAA"))
    plant.tap("04FFEEDDCCBBAA")
    plant.wait(2)
    plant.tap(CARD)
    assert plant.refusals() == [Refusal.EVSE_OCCUPIED]
    assert not plant.bodies(AuthorizationRequested)


def test_the_uid_of_a_card_that_is_asked_about_prints_itself_redacted() -> None:
    plant = asking()
    plant.tap(CARD)
    assert CARD not in repr(plant.bodies(AuthorizationRequested))
    assert READER in repr(plant.bodies(AuthorizationRequested))
