"""Requests as bytes, and the judge of replies: tables from the standard, and fuzz."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_modbus import crc16, with_crc

from drivers.modbus.framing import Answer, Misfit, Refusal, Unfinished, find_rtu, judge_rtu, judge_tcp, whole_frames
from drivers.modbus.request import (
    Function,
    Request,
    read_coils_request,
    read_registers_request,
    write_coil_request,
    write_register_request,
)

READ = read_registers_request(1, Function.READ_INPUT, 0x34, 2)
COILS = read_coils_request(3, 0, 10)
WRITE = write_register_request(1, 1000, 16)


@pytest.mark.parametrize(
    ("request_", "pdu"),
    [
        (read_registers_request(1, Function.READ_HOLDING, 0x5000, 4), "01 03 50 00 00 04"),
        (read_registers_request(1, Function.READ_INPUT, 0x0034, 2), "01 04 00 34 00 02"),
        (read_coils_request(3, 0, 10), "03 01 00 00 00 0a"),
        (write_coil_request(2, 7, value=True), "02 05 00 07 ff 00"),
        (write_coil_request(2, 7, value=False), "02 05 00 07 00 00"),
        (write_register_request(1, 1000, 16), "01 06 03 e8 00 10"),
    ],
)
def test_a_request_travels_as_the_standard_says(request_: Request, pdu: str) -> None:
    assert request_.rtu_frame == with_crc(pdu)
    assert request_.tcp_frame(0x1234) == bytes.fromhex("12 34 00 00 00 06" + pdu)


@pytest.mark.parametrize(("address", "count"), [(0, 0), (0, 126), (-1, 1), (0x10000, 1)])
def test_what_modbus_cannot_ask_is_refused(address: int, count: int) -> None:
    with pytest.raises(ValueError, match=r"count|address"):
        read_registers_request(1, Function.READ_INPUT, address, count)


@pytest.mark.parametrize("value", [-1, 0x10000])
def test_what_a_register_cannot_hold_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.65535"):
        write_register_request(1, 0, value)


@pytest.mark.parametrize(
    ("request_", "reply", "data"),
    [
        (READ, "01 04 04 45 e1 00 00", "45 e1 00 00"),
        (COILS, "03 01 02 cd 01", "cd 01"),
        (WRITE, "01 06 03 e8 00 10", "03 e8 00 10"),
    ],
)
def test_the_proper_reply_is_the_answer_and_every_prefix_is_unfinished(
    request_: Request, reply: str, data: str
) -> None:
    frame = with_crc(reply)

    assert judge_rtu(request_, frame) == Answer(bytes.fromhex(data))
    assert all(judge_rtu(request_, frame[:length]) == Unfinished() for length in range(len(frame)))
    assert find_rtu(request_, b"\x00\x17" + frame) == Answer(bytes.fromhex(data))
    assert list(whole_frames(b"\x00\x17" + frame + b"\x01")) == [(request_.unit, request_.function, len(frame) - 4)]


@pytest.mark.parametrize(
    "before",
    [
        with_crc("01 04 00 34 00 02"),  # the question: an adapter that hears itself
        with_crc("02 04 04 01 02 03 04"),  # a neighbour's late answer
        with_crc("01 04 02 45 e1"),  # the unit's own late answer to another question
        b"\x01\x04\x04",  # noise that looks like its beginning
    ],
)
def test_the_answer_is_found_behind_whatever_came_before_it(before: bytes) -> None:
    frame = with_crc("01 04 04 45 e1 00 00")

    assert find_rtu(READ, before + frame) == Answer(bytes.fromhex("45 e1 00 00"))
    assert not any(isinstance(find_rtu(READ, (before + frame)[:end]), Answer) for end in range(len(before + frame)))


def test_a_write_on_a_line_that_hears_itself_is_confirmed_by_the_second_copy() -> None:
    frame = WRITE.rtu_frame

    assert find_rtu(WRITE, frame) == Answer(WRITE.body)
    assert find_rtu(WRITE, frame, has_echo=True) == Unfinished()
    assert find_rtu(WRITE, frame + frame, has_echo=True) == Answer(WRITE.body)


@given(st.binary(max_size=64))
def test_no_noise_is_an_answer(noise: bytes) -> None:
    assert not isinstance(find_rtu(READ, noise), Answer)
    assert all(length >= 1 for _, _, length in whole_frames(noise))


def test_an_exception_reply_is_a_refusal_with_its_code() -> None:
    assert judge_rtu(READ, with_crc("01 84 02")) == Refusal(2)
    assert judge_rtu(READ, with_crc("01 84 02")[:4]) == Unfinished()


@pytest.mark.parametrize(
    "reply",
    [
        with_crc("02 04 04 45 e1 00 00"),  # another unit
        with_crc("01 03 04 45 e1 00 00"),  # another function
        with_crc("01 83 02"),  # another function's exception
        with_crc("01 04 02 45 e1"),  # fewer registers
        with_crc("01 04 06 45 e1 00 00 00 00"),  # more registers
        with_crc("01 04 04 45 e1 00 00") + b"\0",  # surplus
        b"\0" + with_crc("01 04 04 45 e1 00 00"),  # noise before
        with_crc("01 04 04 45 e1 00 00")[:-1] + b"\0",  # flipped checksum
    ],
)
def test_whatever_differs_from_the_reply_is_a_misfit(reply: bytes) -> None:
    assert isinstance(judge_rtu(READ, reply), Misfit)


def test_an_echo_with_another_value_is_a_misfit() -> None:
    assert isinstance(judge_rtu(WRITE, with_crc("01 06 03 e8 00 11")), Misfit)
    assert isinstance(judge_rtu(WRITE, with_crc("01 06 03 e9 00 10")), Misfit)


@given(st.binary(max_size=300))
def test_random_bytes_never_become_an_rtu_answer(received: bytes) -> None:
    verdict = judge_rtu(READ, received)

    assert isinstance(verdict, Unfinished | Misfit) or received[-2:] == crc16(received[:-2])


@given(st.integers(0, 8), st.integers(1, 255))
def test_any_single_damaged_byte_is_a_misfit_or_unfinished(index: int, flip: int) -> None:
    frame = bytearray(with_crc("01 04 04 45 e1 00 00"))
    frame[index] ^= flip

    assert isinstance(judge_rtu(READ, bytes(frame)), Misfit | Unfinished)


@given(st.binary(max_size=300), st.integers(1, 0xFFFF))
def test_random_bytes_never_become_a_tcp_answer(received: bytes, transaction: int) -> None:
    verdict, done = judge_tcp(READ, transaction, received)

    assert 0 <= done <= len(received)
    if isinstance(verdict, Answer):
        header = transaction.to_bytes(2, "big") + bytes.fromhex("0000 0007 01 04 04")
        assert received[:done] == received[: done - 13] + header + verdict.data
    elif isinstance(verdict, Refusal):
        header = transaction.to_bytes(2, "big") + bytes.fromhex("0000 0003 01 84")
        assert received[:done] == received[: done - 9] + header + bytes((verdict.code,))


@given(st.lists(st.integers(0, 0xFFFF).filter(lambda one: one != 7), max_size=4), st.integers(0, 12))
def test_frames_of_other_transactions_are_passed_over(others: list[int], cut: int) -> None:
    late = b"".join(one.to_bytes(2, "big") + bytes.fromhex("0000 0007 01 04 04 0000 0000") for one in others)
    own = bytes.fromhex("0007 0000 0007 01 04 04 45e1 0000")

    assert judge_tcp(READ, 7, late + own) == (Answer(bytes.fromhex("45e1 0000")), len(late + own))
    assert judge_tcp(READ, 7, late + own[:cut]) == (Unfinished(), len(late))


def test_a_stream_without_modbus_headers_has_lost_its_frames() -> None:
    verdict, done = judge_tcp(READ, 7, b"HTTP/1.1 200 OK\r\n")

    assert isinstance(verdict, Misfit)
    assert done == 0
