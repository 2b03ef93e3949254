"""Which uids identify somebody, and how they print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.rfid.apdu import read_uid_answer
from drivers.rfid.uid import Uid, UidRefused, read_uid

LENGTHS = st.sampled_from([4, 7, 10])


@given(LENGTHS.flatmap(lambda length: st.binary(min_size=length, max_size=length)))
def test_reading_backwards_what_is_delivered_backwards_changes_nothing(raw: bytes) -> None:
    assert read_uid(raw[::-1], reversed_uid=True) == read_uid(raw, reversed_uid=False)


@given(st.binary(max_size=12))
def test_every_answer_of_a_reader_is_a_uid_or_a_reason(raw: bytes) -> None:
    match read_uid(raw, reversed_uid=False):
        case Uid(text):
            assert bytes.fromhex(text) == raw
            assert text == text.upper()
        case UidRefused(reason):
            assert ";" in reason, "a reason ends with what to do"


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("", "empty"),
        ("00000000", "empty"),
        ("FFFFFFFFFFFFFF", "blank"),
        ("08AABBCC", "random"),
        ("8804AABB", "cascade"),
        ("8804AABBCCDDEE", "cascade"),
        ("E004010203040506", "8 bytes"),
    ],
)
def test_a_number_that_tells_nobody_is_refused(raw: str, word: str) -> None:
    refusal = read_uid(bytes.fromhex(raw), reversed_uid=False)
    assert isinstance(refusal, UidRefused)
    assert word in refusal.reason


def test_only_four_bytes_can_be_random() -> None:
    assert read_uid(bytes.fromhex("08A1B2C3D4E580"), reversed_uid=False) == Uid("08A1B2C3D4E580")


def test_a_reversed_reader_shows_the_mark_of_a_random_number_last() -> None:
    assert isinstance(read_uid(bytes.fromhex("CCBBAA08"), reversed_uid=True), UidRefused)
    assert read_uid(bytes.fromhex("08AABBCC"), reversed_uid=True) == Uid("CCBBAA08")


def test_zeros_at_the_end_belong_to_the_number() -> None:
    assert read_uid(bytes.fromhex("04A1B200"), reversed_uid=False) == Uid("04A1B200")
    assert Uid("04A1B2") != Uid("04A1B200")


def test_a_uid_prints_its_ends_only() -> None:
    assert str(Uid("04A1B2C3D4E580")) == "04…80"
    assert repr(Uid("04A1B2C3D4E580")) == "Uid(04…80)"


@pytest.mark.parametrize(
    ("answer", "word"), [("6A81", "contact card"), ("6300", "not show"), ("6982", "not show"), ("6F00", "6F00")]
)
def test_a_card_that_says_no_is_refused_with_what_that_means(answer: str, word: str) -> None:
    refusal = read_uid_answer(bytes.fromhex(answer), reversed_uid=False)
    assert isinstance(refusal, UidRefused)
    assert word in refusal.reason


def test_a_card_that_says_yes_shows_its_uid_before_the_status() -> None:
    assert read_uid_answer(bytes.fromhex("04A1B2C39000"), reversed_uid=False) == Uid("04A1B2C3")
