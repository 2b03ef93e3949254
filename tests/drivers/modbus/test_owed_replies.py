"""Which earlier questions a reply could belong to, on a line that carries no mark of it."""

import pytest
from scripted_modbus import with_crc

from drivers.modbus.framing import Answer, Function, Refusal, Request, read_registers_request, write_coil_request
from drivers.modbus.owed_replies import OwedReplies, rivals

POWER = read_registers_request(1, Function.READ_INPUT, 0x34, 2)
ENERGY = read_registers_request(1, Function.READ_INPUT, 0x48, 2)
BLOCK = read_registers_request(1, Function.READ_INPUT, 0x00, 18)
CODES = read_registers_request(1, Function.READ_HOLDING, 0x34, 2)
TWO_WORDS = with_crc("01 04 04 45 e1 00 00")


def owing(*requests: Request) -> OwedReplies:
    owed = OwedReplies()
    for index, request in enumerate(requests):
        owed.note(request, float(index), timeout_s=10)
    return owed


def test_a_reply_is_owed_for_three_timeouts_and_then_taken_for_lost() -> None:
    owed = OwedReplies()
    owed.note(POWER, sent_s=100, timeout_s=0.5)

    assert [one.request for one in owed.outstanding(1, 101.4)] == [POWER]
    assert owed.outstanding(1, 101.5) == ()
    assert owed.outstanding(2, 101) == ()


@pytest.mark.parametrize(
    ("earlier", "verdict", "is_rival"),
    [
        (POWER, Answer(b""), True),  # the same length: nothing tells them apart
        (ENERGY, Answer(b""), True),  # even the same question: its reply would be an old value
        (BLOCK, Answer(b""), False),
        (CODES, Answer(b""), False),
        (BLOCK, Refusal(2), True),  # exception replies of one function are all alike
        (CODES, Refusal(2), False),
        (write_coil_request(1, 0, value=True), Answer(b""), False),
    ],
)
def test_only_a_question_whose_reply_looks_alike_is_a_rival(
    earlier: Request,
    verdict: Answer | Refusal,
    is_rival: bool,  # noqa: FBT001 - a table's column
) -> None:
    owed = owing(earlier).outstanding(1, 5)

    assert bool(rivals(owed, ENERGY, verdict)) is is_rival


def test_the_echo_of_a_write_speaks_for_itself() -> None:
    write = write_coil_request(1, 0, value=True)

    assert rivals(owing(write).outstanding(1, 5), write, Answer(write.body)) == ()


def test_a_frame_pays_the_oldest_question_it_fits_and_voids_those_before_it() -> None:
    owed = owing(BLOCK, POWER, ENERGY)

    assert owed.pay(1, b"\x00" + TWO_WORDS) is True

    assert [one.request for one in owed.outstanding(1, 5)] == [ENERGY]


@pytest.mark.parametrize("heard", [b"", TWO_WORDS[:-1], TWO_WORDS + b"\0", with_crc("02 04 04 45 e1 00 00")])
def test_what_is_no_whole_reply_pays_nothing(heard: bytes) -> None:
    owed = owing(POWER)

    assert owed.pay(1, heard) is False
    assert len(owed.outstanding(1, 5)) == 1
