"""Which reads may be asked now, so that no reply can be taken for another that looks the same."""

import pytest

from drivers.modbus.framing import Answer, Refusal
from drivers.modbus.replies_in_play import RepliesInPlay
from drivers.modbus.request import Function, Request, read_coils_request, read_registers_request

POWER = read_registers_request(1, Function.READ_INPUT, 0x34, 2)
ENERGY = read_registers_request(1, Function.READ_INPUT, 0x48, 2)
BLOCK = read_registers_request(1, Function.READ_INPUT, 0x00, 18)
CODES = read_registers_request(1, Function.READ_HOLDING, 0x34, 2)
DATA = Answer(b"")
NEIGHBOUR = read_registers_request(2, Function.READ_INPUT, 0x34, 2)


def test_a_first_read_needs_nothing() -> None:
    assert RepliesInPlay().needs_another(POWER, 0.0) is False
    assert RepliesInPlay().rests_until(POWER, 0.0) == 0.0


def test_after_an_answer_its_looks_need_another_answer_in_between_as_long_as_a_twin_may_come() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    play.answered(POWER, DATA, 100.1)

    assert play.needs_another(ENERGY, 100.2) is True
    assert play.needs_another(BLOCK, 100.2) is False
    assert play.needs_another(CODES, 100.2) is False
    assert play.needs_another(ENERGY, 101.6) is False


@pytest.mark.parametrize("other", [BLOCK, CODES, NEIGHBOUR])
def test_any_other_answer_proves_that_no_twin_is_under_way(other: Request) -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    play.answered(POWER, DATA, 100.1)
    play.asked(other, 100.2, timeout_s=0.5)
    play.answered(other, DATA, 100.3)

    assert play.needs_another(ENERGY, 100.4) is False
    assert play.rests_until(ENERGY, 100.4) == 0.0


def test_a_lost_answer_is_expected_until_the_same_unit_has_answered_something_else_and_a_timeout_has_passed() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    play.asked(NEIGHBOUR, 101.0, timeout_s=0.5)
    play.answered(NEIGHBOUR, DATA, 101.1)

    assert play.needs_another(ENERGY, 1000.0) is True  # however long ago: a neighbour proves nothing

    play.asked(BLOCK, 1000.0, timeout_s=0.5)
    play.answered(BLOCK, DATA, 1000.1)

    assert play.needs_another(ENERGY, 1000.2) is False
    assert play.rests_until(ENERGY, 1000.2) == 1000.6


def test_a_late_answer_that_was_overheard_is_not_expected_any_more() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)

    assert play.spent(ENERGY.looks) is True
    assert play.spent(CODES.looks) is False

    assert play.needs_another(ENERGY, 100.6) is True  # it may have a twin
    assert play.needs_another(ENERGY, 101.6) is False


def test_an_exception_is_doubtful_while_another_question_with_its_function_is_open() -> None:
    play = RepliesInPlay()
    play.asked(BLOCK, 100.0, timeout_s=0.5)

    assert play.is_doubtful(POWER, Refusal(2), 100.6) is True
    assert play.is_doubtful(BLOCK, Refusal(2), 100.6) is False
    assert play.is_doubtful(CODES, Refusal(2), 100.6) is False
    assert play.is_doubtful(NEIGHBOUR, Refusal(2), 100.6) is False


@pytest.mark.parametrize(
    "read",
    [
        POWER,
        BLOCK,
        read_registers_request(1, Function.READ_HOLDING, 0xFFFF, 1),
        read_coils_request(5, 7, 1),
        read_coils_request(5, 0, 16),
    ],
)
def test_the_question_in_between_never_looks_like_the_read_it_serves(read: Request) -> None:
    play = RepliesInPlay()
    looks = {read.looks}
    for _ in range(5):
        other = play.other_question(read, 0.0)
        assert other is not None
        assert other.looks not in looks
        assert other.looks[:2] == read.looks[:2]
        looks.add(other.looks)
        play.asked(other, 0.0, timeout_s=0.5)


def test_an_exception_proves_nothing_while_another_question_with_its_function_is_open() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    other = play.other_question(POWER, 100.6)
    assert other is not None
    play.asked(other, 100.6, timeout_s=0.5)

    assert play.heeded(other, Refusal(2)) is False
    assert play.heeded(other, DATA) is True


def test_a_question_that_was_answered_before_is_not_what_an_illegal_address_is_about() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    play.answered(POWER, DATA, 100.1)
    play.asked(POWER, 102.0, timeout_s=0.5)
    other = play.other_question(POWER, 102.6)
    assert other is not None
    play.asked(other, 102.6, timeout_s=0.5)

    assert play.heeded(other, Refusal(2)) is True
    assert play.heeded(other, Refusal(6)) is False


def test_a_unit_that_heeds_no_other_question_is_left_alone_and_then_all_is_forgotten() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    for second in range(1, 4):
        other = play.other_question(POWER, 100.0 + second)
        assert other is not None
        assert play.rests_until(POWER, 100.0 + second) == 0.0
        play.asked(other, 100.0 + second, timeout_s=0.5)
        play.heeded(other, None)

    assert play.rests_until(POWER, 103.1) == 106.0
    assert play.rests_until(POWER, 106.0) == 106.0
    assert play.needs_another(POWER, 106.1) is False


def test_what_the_laws_cost_is_told_beforehand() -> None:
    play = RepliesInPlay()
    assert play.delay_s(POWER, 100.0) == 0.0
    play.asked(POWER, 100.0, timeout_s=0.5)
    play.answered(POWER, DATA, 100.1)
    twice = play.delay_s(ENERGY, 100.2)
    play.asked(ENERGY, 100.2, timeout_s=0.5)
    owed = play.delay_s(ENERGY, 100.6)
    play.asked(BLOCK, 100.6, timeout_s=0.5)
    play.answered(BLOCK, DATA, 100.7)

    assert 0.0 < twice < 0.1, "a question in between"
    assert owed == pytest.approx(twice + 0.5), "after a lost answer a rest besides"
    assert play.delay_s(ENERGY, 101.0) == pytest.approx(0.2), "what is left of the rest"
    assert 0.0 < play.delay_s(BLOCK, 101.0) < 0.1
    assert play.delay_s(NEIGHBOUR, 101.0) == 0.0


def test_looks_that_are_owed_or_were_given_up_by_the_clock_are_listened_for_until_that_was_done() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    assert play.is_to_be_listened_for(ENERGY)
    for other in (BLOCK, BLOCK, BLOCK):
        play.heeded(other, None)
    assert play.rests_until(POWER, 200.0) < 200.0  # all that it was ever asked is given up

    assert play.is_to_be_listened_for(BLOCK)
    play.listened_for(1)
    assert not play.is_to_be_listened_for(ENERGY)


def test_what_cannot_be_mistaken_for_a_lost_answer_is_not_listened_for() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)

    assert not play.is_to_be_listened_for(BLOCK)
    assert not play.is_to_be_listened_for(CODES)
    assert not play.is_to_be_listened_for(NEIGHBOUR)


def test_looks_that_were_answered_are_not_listened_for() -> None:
    play = RepliesInPlay()
    play.asked(POWER, 100.0, timeout_s=0.5)
    play.answered(POWER, DATA, 100.1)

    assert not play.is_to_be_listened_for(ENERGY)
