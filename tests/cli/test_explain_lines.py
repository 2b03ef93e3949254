"""How a story becomes lines: what repeats itself is counted, and a doubtful clock is marked."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from gateway.cli.explain import shortened, story_lines
from gateway.core.instant import ClockQuality
from gateway.web.shapes import Story, StoryEvent, Topic

NOON = datetime(2026, 3, 1, 11, tzinfo=UTC)


def event(second: int, topic: Topic, text: str, *, is_routine: bool = False) -> StoryEvent:
    at = NOON + timedelta(seconds=second)
    return StoryEvent(second, at, ClockQuality.SYNCHRONISED, topic, text, None, is_routine)


def story(*events: StoryEvent) -> Story:
    return Story(
        session_id="S1",
        evse_uid="1",
        phase="CHARGING",
        card="04…80",
        contract_id="SE-OPR-C1",
        time_zone="Europe/Stockholm",
        start=NOON,
        end=None,
        energy_wh=0,
        tariff_id=None,
        currency="EUR",
        events=events,
        costs=(),
        total_excl_vat=None,
        total_incl_vat=None,
        deliveries=(),
    )


def lines(told: Story) -> list[str]:
    return story_lines(told, width=80, coloured=False)[4:]


def samples(count: int) -> list[StoryEvent]:
    """Samples as they come in life, each followed by a backend's answer."""
    return [
        each
        for number in range(count)
        for each in (
            event(2 * number, Topic.READING, f"sample {number}", is_routine=True),
            event(2 * number + 1, Topic.BACKEND, "accepted", is_routine=True),
        )
    ]


def test_a_long_row_of_samples_is_its_first_its_last_and_their_number() -> None:
    told = shortened(story(*samples(300), event(900, Topic.DECISION, "to be ended")))
    assert lines(told)[:4] == [
        "12:00:00  reading     sample 0",
        "12:00:01  gateway     … 598 more like this; see --all",
        "12:09:58  reading     sample 299",
        "12:15:00  decision    to be ended",
    ]


def test_a_few_samples_are_all_shown() -> None:
    assert len(shortened(story(*samples(2))).events) == 4


def test_one_sample_that_many_backends_answered_is_shortened_too() -> None:
    answers = [event(second, Topic.BACKEND, f"accepted {second}", is_routine=True) for second in range(1, 7)]
    told = shortened(story(event(0, Topic.READING, "sample", is_routine=True), *answers))
    assert [each.text for each in told.events] == ["sample", "… 5 more like this; see --all", "accepted 6"]


def test_nothing_but_routine_is_ever_left_away() -> None:
    told = story(*(event(second, Topic.READING, "start reading") for second in range(20)))
    assert shortened(told) == told


def test_a_story_of_more_than_a_day_shows_the_date_in_the_sites_zone() -> None:
    told = story(event(0, Topic.CARD, "tap"), event(12 * 3600, Topic.DECISION, "to be ended"))
    assert lines(told)[:2] == ["03-01 12:00:00  card        tap", "03-02 00:00:00  decision    to be ended"]


def test_a_clock_that_was_not_synchronised_is_marked_and_explained() -> None:
    doubtful = replace(event(0, Topic.CARD, "tap"), clock=ClockQuality.UNKNOWN)
    assert lines(story(doubtful))[:3] == [
        "12:00:00?  card    tap",
        "",
        "? by a clock that was not synchronised; durations are right all the same",
    ]


def test_a_session_without_a_tariff_says_that_it_has_no_price() -> None:
    assert lines(story(event(0, Topic.CARD, "tap")))[-1] == "no tariff: this session has no price"
