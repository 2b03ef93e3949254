"""OCPI numbers on the wire are exact, short and plain."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ocpi.numbers import number, number_or_none


@pytest.mark.parametrize(
    ("value", "on_the_wire"),
    [
        ("0", "0"),
        ("-0.00", "0"),
        ("0.00004", "0"),
        ("-0.00004", "0"),
        ("0.00005", "0.0001"),
        ("-0.00005", "-0.0001"),
        ("2.50", "2.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1E-4", "0.0001"),
        ("12.34565", "12.3457"),
        ("12345678901234567890123456789.5", "12345678901234567890123456789.5"),
    ],
)
def test_a_number_is_written_in_plain_digits(value: str, on_the_wire: str) -> None:
    assert msgspec.json.encode(number(Decimal(value))).decode() == on_the_wire


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_never_written(value: str) -> None:
    with pytest.raises(ValueError, match="no OCPI number"):
        number(Decimal(value))


def test_unknown_stays_unknown_and_zero_stays_zero() -> None:
    assert number_or_none(None) is None
    assert msgspec.json.encode(number_or_none(Decimal(0))) == b"0"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_number_of_four_decimals_comes_back_exactly(value: Decimal) -> None:
    written = msgspec.json.encode(number(value))
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == value
    assert msgspec.json.decode(written, type=Decimal) == value
