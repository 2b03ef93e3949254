"""Each pattern of errors has one likely cause, and a healthy line has none."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.core.line_telemetry import Cause, DeviceStatistics
from gateway.field.line_health import DEVICE_RULES, LINE_RULES, Line, hints, since

WELL = DeviceStatistics("well", "abb-b23", 1, requests=1000, replies=1000, utilisation=Decimal("0.1"))


def device(name: str, unit: int = 7, **counts: int) -> DeviceStatistics:
    """A device that was asked a thousand times and answered but for what is told."""
    lost = sum(counts.get(kind, 0) for kind in ("timeouts", "misfits", "refusals"))
    return replace(WELL, name=name, unit=unit, replies=1000 - lost, **counts)


def line(*devices: DeviceStatistics, is_serial: bool = True, latency_timer_ms: int | None = None) -> Line:
    return Line(is_serial, latency_timer_ms, devices)


@pytest.mark.parametrize(
    ("seen", "causes"),
    [
        (line(WELL), []),
        (line(WELL, device("other", timeouts=1, misfits=1)), []),
        (line(WELL, latency_timer_ms=1), []),
        (line(WELL, latency_timer_ms=16), [(Cause.USB_LATENCY, None)]),
        (line(device("a", timeouts=1000), device("b", timeouts=1000)), [(Cause.NOBODY_ANSWERS, None)]),
        (line(device("a", misfits=990, timeouts=10), device("b", timeouts=1000)), [(Cause.WRONG_PARITY, None)]),
        (line(WELL, device("twice", misfits=400, crc_errors=300)), [(Cause.DOUBLE_ID, "twice")]),
        (line(device("a", misfits=30), device("b", misfits=25)), [(Cause.TERMINATION, None)]),
        (line(WELL, device("far", misfits=20)), [(Cause.TERMINATION, "far")]),
        (line(WELL, device("dead", timeouts=1000)), [(Cause.SILENT_DEVICE, "dead")]),
        (line(WELL, device("slow", timeouts=60, late_frames=50)), [(Cause.LATE_REPLIES, "slow")]),
        (line(WELL, device("echoing", late_frames=900)), [(Cause.DOUBLE_ID, "echoing")]),
        (line(WELL, device("odd", refusals=500)), [(Cause.WRONG_MODEL, "odd")]),
        (line(WELL, device("loose", timeouts=80)), [(Cause.LOOSE_WIRE, "loose")]),
        (line(*(replace(WELL, name=str(n)) for n in range(10))), [(Cause.FULL_LINE, None)]),
        (line(device("a", timeouts=1000), is_serial=False), []),
        (line(device("a", misfits=30), device("b", misfits=25), is_serial=False), []),
    ],
)
def test_a_pattern_hints_at_its_cause(seen: Line, causes: Sequence[tuple[Cause, str | None]]) -> None:
    assert [(hint.cause, hint.device) for hint in hints(seen)] == list(causes)


def spoken_into(name: str, **counts: int) -> DeviceStatistics:
    """A neighbour of a device that speaks out of turn: whole frames come in its time, and no checksum is wrong."""
    return device(name, **{"misfits": 12, "timeouts": 15, "late_frames": 20, **counts})


TWICE = device("twice", misfits=180, timeouts=30, late_frames=600)
SLOW = replace(device("slow", timeouts=500, misfits=150, late_frames=350), replies=0, requests=650)


@pytest.mark.parametrize(
    ("culprit", "cause"), [(TWICE, Cause.DOUBLE_ID), (SLOW, Cause.LATE_REPLIES)], ids=lambda each: str(each)[:20]
)
def test_what_one_device_does_to_its_neighbours_is_told_of_it_alone(culprit: DeviceStatistics, cause: Cause) -> None:
    seen = line(culprit, spoken_into("a"), spoken_into("b", misfits=8))
    assert [(hint.cause, hint.device) for hint in hints(seen)] == [(cause, culprit.name)]


def test_a_bad_cable_and_a_dead_neighbour_are_told_beside_a_device_that_answers_twice() -> None:
    spoilt = line(replace(TWICE, crc_errors=100), spoken_into("a", misfits=40, crc_errors=30))
    assert [(hint.cause, hint.device) for hint in hints(spoilt)] == [(Cause.TERMINATION, None)]
    dead = line(TWICE, spoken_into("a"), device("dead", timeouts=1000))
    assert [(hint.cause, hint.device) for hint in hints(dead)] == [
        (Cause.DOUBLE_ID, "twice"),
        (Cause.SILENT_DEVICE, "dead"),
    ]


def test_where_several_speak_out_of_turn_none_is_singled_out() -> None:
    seen = line(device("a", misfits=30, late_frames=300), device("b", misfits=25, late_frames=200))
    assert [(hint.cause, hint.device) for hint in hints(seen)] == [(Cause.TERMINATION, None)]


def test_a_device_that_always_answers_too_late_is_not_told_to_be_silent() -> None:
    alone = replace(WELL, replies=0, timeouts=1000, late_frames=900)
    assert [(hint.cause, hint.device) for hint in hints(line(alone))] == [(Cause.LATE_REPLIES, "well")]


def test_a_handful_of_questions_is_no_pattern() -> None:
    assert hints(line(replace(WELL, requests=20, replies=16, timeouts=4))) == ()


@pytest.mark.parametrize(
    ("counts", "cause"),
    [
        ({"timeouts": 5}, Cause.SILENT_DEVICE),
        ({"timeouts": 5, "late_frames": 4}, Cause.LATE_REPLIES),
        ({"misfits": 5, "crc_errors": 5}, Cause.DOUBLE_ID),
        ({"refusals": 5}, Cause.WRONG_MODEL),
    ],
)
def test_a_handful_is_enough_where_nothing_was_answered(counts: dict[str, int], cause: Cause) -> None:
    out = replace(WELL, name="out", requests=5, replies=0, **counts)
    barely_asked = replace(WELL, requests=8, replies=8)
    assert [(hint.cause, hint.device) for hint in hints(line(barely_asked, out))] == [(cause, "out")]
    assert hints(line(barely_asked, replace(out, requests=4))) == ()


def test_two_glitches_are_no_pattern_however_few_were_asked() -> None:
    assert hints(line(replace(WELL, requests=60, replies=58, timeouts=2, late_frames=2))) == ()


def test_a_double_id_is_named_with_its_unit() -> None:
    (hint,) = hints(line(WELL, device("twice", unit=9, misfits=400)))
    assert "two devices have unit id 9" in hint.text


def test_every_cause_has_a_rule_and_every_rule_says_what_to_do() -> None:
    rules = (*LINE_RULES, *DEVICE_RULES)
    assert {rule.cause for rule in rules} == set(Cause) - {Cause.METER_IN_DOUBT}
    assert all(
        any(verb in rule.text for verb in ("check", "raise", "swap", "write", "switch", "run")) for rule in rules
    )


def test_only_what_happened_since_is_judged() -> None:
    then, now = device("a", misfits=500), device("a", misfits=500)
    (recent,) = since([then], [replace(now, requests=2000, replies=1500)])
    assert (recent.requests, recent.replies, recent.misfits) == (1000, 1000, 0)
    assert since([], [now]) == (now,)
