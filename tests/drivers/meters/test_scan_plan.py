"""A search begins with what is likeliest and says how long the rest takes."""

import pytest

from drivers.meters.scan_plan import Setting, duration_s, first_steps, host_settings, later_steps, serial_settings
from drivers.meters.vocabulary import words_as_text

PORT = "/dev/ttyUSB0"


def test_the_commonest_factory_settings_come_first_and_each_once() -> None:
    settings = serial_settings(PORT)
    assert [str(setting) for setting in settings[:5]] == [
        "9600 baud 8N1",
        "9600 baud 8E1",
        "19200 baud 8E1",
        "2400 baud 8N1",
        "115200 baud 8N1",
    ]
    assert len(set(settings)) == len(settings)


def test_a_given_rate_is_tried_with_every_parity() -> None:
    assert [str(setting)[-3:] for setting in serial_settings(PORT, 4800)] == ["8N1", "8E1", "8O1", "8N2"]


def test_a_host_is_tried_with_both_framings() -> None:
    assert [(one.kind, one.port) for one in host_settings("gw", None)] == [
        ("tcp", 502),
        ("rtu_over_tcp", 502),
        ("rtu_over_tcp", 4196),
    ]
    assert [(one.kind, one.port) for one in host_settings("gw", 1502)] == [("tcp", 1502), ("rtu_over_tcp", 1502)]


def test_likely_ids_are_tried_everywhere_before_any_other() -> None:
    settings = serial_settings(PORT)
    first = first_steps(settings, None)
    assert [step.unit for step in first[:4]] == [1, 2, 33, 42]
    assert len(first) == 4 * len(settings)


def test_given_ids_are_the_only_ones() -> None:
    assert [step.unit for step in first_steps(serial_settings(PORT, 9600)[:1], (5, 7))] == [5, 7]


def test_where_something_answered_the_other_ids_are_searched_and_nowhere_else() -> None:
    settings = serial_settings(PORT)
    later = later_steps(settings, {settings[2]})
    assert {step.setting for step in later} == {settings[2]}
    assert [step.unit for step in later[:3]] == [3, 4, 5]
    assert len(later) == 247 - 4


def test_where_nothing_answered_all_is_searched() -> None:
    settings = serial_settings(PORT)
    assert len(later_steps(settings, ())) == (247 - 4) * len(settings)


def test_a_silent_bus_takes_what_was_said() -> None:
    steps = first_steps((Setting("rtu", PORT, 9600),), (1, 2))
    a_question_s = 0.25 + 11.5 * 10 / 9600
    assert duration_s(steps, 3) == pytest.approx(2 * 3 * a_question_s)


def test_a_text_in_registers_that_would_command_a_terminal_is_shown_with_question_marks() -> None:
    assert words_as_text((0x1B5B, 0x3331, 0x6D45, 0x4D07, 0xFF20)) == "?[31mEM??"
