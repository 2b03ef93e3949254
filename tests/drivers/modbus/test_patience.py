"""How long a unit is waited for: what it is measured to need, within the model's floor and ceiling."""

import pytest

from drivers.modbus.patience import Patience

CEILING_S = 1.0
UNIT = 1


def used_to(*waits_s: float) -> Patience:
    patience = Patience()
    for wait_s in waits_s:
        patience.answered(UNIT, wait_s)
    return patience


def test_an_unknown_unit_is_given_all_the_time_its_model_has() -> None:
    assert Patience().timeout_s(UNIT, CEILING_S) == CEILING_S
    assert used_to(*[0.01] * 7).timeout_s(UNIT, CEILING_S) == CEILING_S


def test_a_unit_known_as_quick_is_waited_for_no_longer_than_the_floor() -> None:
    assert used_to(*[0.01] * 8).timeout_s(UNIT, CEILING_S) == pytest.approx(0.2 * CEILING_S)


def test_the_slowest_recent_answer_but_one_counts_twice_and_an_adapter_is_allowed_for() -> None:
    assert used_to(*[0.01] * 8, 0.15, 0.16).timeout_s(UNIT, CEILING_S) == pytest.approx(2 * 0.15 + 0.032)
    assert used_to(0.15, 0.16, *[0.01] * 32).timeout_s(UNIT, CEILING_S) == pytest.approx(0.2 * CEILING_S)


def test_a_single_straggler_does_not_make_all_waits_longer() -> None:
    assert used_to(*[0.12] * 8, 0.4).timeout_s(UNIT, CEILING_S) == pytest.approx(2 * 0.12 + 0.032)


def test_no_wait_is_longer_than_the_models_ceiling() -> None:
    assert used_to(*[0.9] * 8).timeout_s(UNIT, CEILING_S) == CEILING_S


def test_after_each_silence_the_next_wait_is_twice_as_long_and_an_answer_forgives() -> None:
    patience = used_to(*[0.01] * 8)
    waits = []
    for _ in range(3):
        patience.stayed_silent(UNIT)
        waits.append(patience.timeout_s(UNIT, CEILING_S))
    patience.answered(UNIT, 0.01)

    assert waits == pytest.approx([0.4, 0.8, 1.0])
    assert patience.timeout_s(UNIT, CEILING_S) == pytest.approx(0.2)


def test_a_dead_unit_costs_short_waits_and_every_fourth_a_long_one_so_that_a_slow_one_is_found_again() -> None:
    patience = used_to(*[0.01] * 8)
    waits = []
    for _ in range(8):
        patience.stayed_silent(UNIT)
        waits.append(patience.timeout_s(UNIT, CEILING_S))

    assert waits[3:] == pytest.approx([1.0, 0.2, 0.2, 0.2, 1.0])


def test_units_are_known_apart() -> None:
    assert used_to(*[0.01] * 8).timeout_s(UNIT + 1, CEILING_S) == CEILING_S
