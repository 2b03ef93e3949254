"""A session told from its facts: true to the configuration it was authorised under, whatever came later."""

from dataclasses import replace
from decimal import Decimal

import pytest
from plant import BACKEND, EVSE, Plant, policy, site, token
from web.garage_day import CARD, TARIFF, a_day, answered, session_id

from gateway.core.billing import to_cdr
from gateway.core.facts import EnergySampled, SessionAuthorized
from gateway.core.identifiers import SessionId
from gateway.core.rows import Owe, SessionRow
from gateway.core.site_state import fold
from gateway.projection import project
from gateway.web.shapes import Story, Topic
from gateway.web.story import adopted_by, authorization_of, complete_id, tell_story

# Whole charges, for each test anew.
pytestmark = pytest.mark.slow


def story_of(plant: Plant) -> Story:
    """Tell the first session of a plant, with everything still owed as the journal would say."""
    facts = [fact for fact in plant.facts if fact.session_id == session_id(plant)]
    authorized = authorization_of(facts)
    site_fact = plant.facts[authorized.site_seq - 1]
    tariff_fact = plant.facts[authorized.tariff_seq - 1] if authorized.tariff_seq is not None else None
    settled = {fact.body.object_id for fact in facts if hasattr(fact.body, "answer")}
    owed = [
        change.delivery
        for change in project(plant.facts)
        if isinstance(change, Owe) and change.delivery.object_id not in settled
    ]
    return tell_story(facts, adopted_by(authorized, site_fact, tariff_fact), owed)


def texts(story: Story, topic: Topic) -> list[str]:
    return [event.text for event in story.events if event.topic is topic]


def test_the_bill_is_the_cdrs_own_line_by_line() -> None:
    plant = a_day()
    record = fold(plant.facts).evse(EVSE).session
    assert record is not None
    costs = to_cdr(record).costs
    story = story_of(plant)
    assert [(line.what, line.cost) for line in story.costs] == [
        ("flat", Decimal(1)),
        ("energy", Decimal(1)),
        ("parking time", costs.lines[2].cost.excl_vat),
    ]
    assert story.total_excl_vat == costs.total.excl_vat == sum(line.cost for line in story.costs)


def test_it_begins_with_the_card_and_why_it_may_charge() -> None:
    first, second, *_ = story_of(a_day()).events
    assert (first.topic, first.text) == (Topic.CARD, "card 04…80 at front")
    assert (second.topic, second.text) == (Topic.DECISION, "allowed: valid token of DEMSPC04A1B2C3, by whitelist")


def test_readings_say_what_the_session_used_by_then() -> None:
    used = [event.energy_wh for event in story_of(a_day()).events if event.topic is Topic.READING]
    assert used[0] == 0
    assert used[-1] == 2000
    assert used == sorted(used, key=lambda each: each or 0)


def test_what_backends_answered_is_told_and_what_they_are_owed() -> None:
    states = [(each.backend, each.kind, each.state) for each in story_of(a_day()).deliveries]
    assert states == [(BACKEND, "session", "owed"), (BACKEND, "cdr", "owed")]
    states = [(each.kind, each.state, each.answer) for each in story_of(answered(a_day())).deliveries]
    assert states == [("session", "accepted", "1000 Success"), ("cdr", "parked", "2001: total_energy is missing")]


def test_a_price_adopted_later_does_not_change_the_story() -> None:
    before, plant = story_of(a_day()), a_day()
    plant.tariffs = (replace(TARIFF, elements=()),)
    plant.start()
    assert story_of(plant) == before


def test_a_session_that_nobody_plugged_in_for_has_no_bill() -> None:
    plant = Plant(site=site(), tokens=(token(CARD),))
    plant.wait(1)
    plant.tap(CARD)
    plant.wait(200)
    story = story_of(plant)
    assert (story.phase, story.energy_wh, story.costs, story.tariff_id) == ("CANCELLED", 0, (), None)
    assert texts(story, Topic.DECISION)[-1] == "cancelled: nobody plugged in"


def test_a_restart_is_part_of_the_story() -> None:
    plant = running()
    plant.kill(down_s=20)
    plant.wait(5)
    (told,) = texts(story_of(plant), Topic.GATEWAY)
    assert told.startswith("gateway is back after being down for ")


def test_a_session_that_runs_has_no_end_yet_and_a_cost_so_far() -> None:
    plant = running(tariff=True)
    story = story_of(plant)
    assert (story.phase, story.end) == ("CHARGING", None)
    assert story.total_excl_vat is not None
    assert story.total_excl_vat > 1


def running(*, tariff: bool = False) -> Plant:
    name = TARIFF.id if tariff else None
    tariffs = (TARIFF,) if tariff else ()
    plant = Plant(policy=policy(tariff_id=name), site=site(tariff_id=name), tokens=(token(CARD),), tariffs=tariffs)
    plant.wait(1)
    plant.tap(CARD)
    plant.plug(11_000)
    plant.wait(120)
    assert plant.bodies(EnergySampled)
    return plant


def test_an_id_may_be_given_by_its_beginning_where_that_is_enough() -> None:
    rows = [SessionRow(SessionId(name), EVSE, "COMPLETED", 1, b"{}") for name in ("aa11", "aa22", "bb33")]
    assert complete_id("b", rows) == "bb33"
    with pytest.raises(LookupError, match="2 sessions begin with aa; give more of the id"):
        complete_id("aa", rows)
    with pytest.raises(LookupError, match="there is no session cc; run ocpi-gateway sessions"):
        complete_id("cc", rows)


def test_facts_that_adopt_another_site_than_the_session_names_are_refused() -> None:
    plant = a_day()
    authorized = next(fact.body for fact in plant.facts if isinstance(fact.body, SessionAuthorized))
    with pytest.raises(ValueError, match="does not adopt a site; run ocpi-gateway replay"):
        adopted_by(authorized, plant.facts[0], None)
