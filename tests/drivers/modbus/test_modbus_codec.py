"""Words into numbers: values worked out by hand from the standards, and that no float shows."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.codec import NumberType, WordOrder, decode, power_of_ten, registers_of, scaled, whole

MSW, LSW = WordOrder.MSW_FIRST, WordOrder.LSW_FIRST


@pytest.mark.parametrize(
    ("words", "number_type", "word_order", "number"),
    [
        ([0x0000], "u16", MSW, "0"),
        ([0x01F3], "u16", MSW, "499"),
        ([0xFFFE], "u16", MSW, "65534"),
        ([0xFC18], "s16", MSW, "-1000"),
        ([0xFFFF], "s16", MSW, "-1"),
        ([0x0001, 0x0000], "u32", MSW, "65536"),
        ([0x0001, 0x0000], "u32", LSW, "1"),
        ([0xFFFF, 0xFFFF], "s32", MSW, "-1"),
        ([0xD8F0, 0xFFFF], "s32", LSW, "-10000"),
        ([0x2710, 0x0000], "s32", LSW, "10000"),
        ([0x0000, 0x0000, 0x0012, 0xD687], "u64", MSW, "1234567"),
        ([0xD687, 0x0012, 0x0000, 0x0000], "u64", LSW, "1234567"),
        ([0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], "s64", MSW, "-2"),
        ([0x449A, 0x5000], "f32", MSW, "1234.5"),
        ([0x5000, 0x449A], "f32", LSW, "1234.5"),
        ([0x4640, 0xE6B7], "f32", MSW, "12345.679"),
        ([0x4366, 0x199A], "f32", MSW, "230.1"),
        ([0x0000, 0x0000], "f32", MSW, "0"),
        ([0x40C8, 0x1CD6, 0xC8B4, 0x3958], "f64", MSW, "12345.678"),
        ([0xFD01, 0xE240], "t5", MSW, "123.456"),
        ([0x02FF, 0xFFFF], "t5", MSW, "1677721500"),
        ([0xFDFE, 0x1DC0], "t6", MSW, "-123.456"),
        ([0xFFFF, 0xFFFF], "t6", MSW, "-0.1"),
        ([0x0000, 0x0001], "acc32", MSW, "1"),
        ([0xFFFF, 0xFFFF], "acc32", MSW, "4294967295"),
    ],
)
def test_words_are_the_number_the_device_meant(
    words: list[int], number_type: str, word_order: WordOrder, number: str
) -> None:
    assert decode(words, NumberType(number_type), word_order) == Decimal(number)


@pytest.mark.parametrize(
    ("words", "number_type"),
    [
        ([0xFFFF], "u16"),
        ([0x7FFF], "s16"),
        ([0x8000], "s16"),
        ([0xFFFF, 0xFFFF], "u32"),
        ([0x7FFF, 0xFFFF], "s32"),
        ([0x8000, 0x0000], "s32"),
        ([0xFFFF] * 4, "u64"),
        ([0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF], "s64"),
        ([0x7FC0, 0x0000], "f32"),
        ([0xFFFF, 0xFFFF], "f32"),
        ([0x7F80, 0x0000], "f32"),
        ([0x7FF8, 0, 0, 0], "f64"),
        ([0xFFFF, 0xFFFF], "t5"),
        ([0x7FFF, 0xFFFF], "t5"),
        ([0x7FFF, 0xFFFF], "t6"),
        ([0x8000, 0x0000], "t6"),
        ([0x0000, 0x0000], "acc32"),
    ],
)
def test_not_available_is_none_in_either_word_order(words: list[int], number_type: str) -> None:
    assert decode(words, NumberType(number_type), MSW) is None
    assert decode(words[::-1], NumberType(number_type), LSW) is None


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_comes_out_as_the_shortest_decimal_that_is_that_float(number: float) -> None:
    raw = struct.pack(">f", number)

    decoded = decode(struct.unpack(">2H", raw), NumberType.F32, MSW)

    assert decoded is not None
    assert struct.unpack(">f", struct.pack(">f", float(decoded))) == (number,)
    assert len(decoded.normalize().as_tuple().digits) <= 9


@given(st.decimals(-999999, 999999, places=2).filter(lambda number: len(number.as_tuple().digits) <= 6))
def test_what_a_six_digit_display_shows_comes_out_unchanged(shown: Decimal) -> None:
    words = struct.unpack(">2H", struct.pack(">f", float(shown)))

    assert decode(words, NumberType.F32, MSW) == shown


@pytest.mark.parametrize(
    ("number", "scale", "value"),
    [
        ("12345.678", "1000", "12345678"),
        ("1234567", "10", "12345670"),
        ("2301", "0.1", "230.1"),
        ("2300", "0.1", "230"),
        ("-0", "1", "0"),
        ("1E+20", "1", "100000000000000000000"),
    ],
)
def test_scaling_is_exact_and_in_plain_digits(number: str, scale: str, value: str) -> None:
    assert str(scaled(Decimal(number), Decimal(scale))) == value


@pytest.mark.parametrize(
    ("number", "rounded"), [("0.5", "1"), ("1.5", "2"), ("2.4999", "2"), ("-0.5", "-1"), ("7", "7")]
)
def test_energy_is_rounded_half_up_to_whole_wh(number: str, rounded: str) -> None:
    assert whole(Decimal(number)) == Decimal(rounded)


@given(st.sampled_from(list(NumberType)), st.sampled_from(list(WordOrder)), st.data())
def test_no_words_make_decoding_scaling_or_rounding_fail(
    number_type: NumberType, word_order: WordOrder, data: st.DataObject
) -> None:
    count = registers_of(number_type)
    words = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=count, max_size=count))

    number = decode(words, number_type, word_order)

    assert number is None or whole(scaled(number, Decimal(1000))).is_finite()


@pytest.mark.parametrize(
    ("exponent", "scale"),
    [("0", "1"), ("-2", "0.01"), ("3", "1000"), ("10", "10000000000"), ("11", None), ("-11", None)],
)
def test_an_exponent_register_stands_for_a_power_of_ten_that_a_meter_can_mean(exponent: str, scale: str | None) -> None:
    assert power_of_ten(Decimal(exponent)) == (None if scale is None else Decimal(scale))


def test_an_exponent_that_is_not_available_leaves_its_number_unknown() -> None:
    assert power_of_ten(None) is None


def test_a_wrong_number_of_words_is_a_bug_and_says_so() -> None:
    with pytest.raises(ValueError, match="u32 fills 2 registers, got 1"):
        decode([1], NumberType.U32, MSW)
