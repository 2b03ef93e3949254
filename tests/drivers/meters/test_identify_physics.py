"""An unknown map is read by what every mains has: 230 or 120 V, and 50 or 60 Hz."""

import struct
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from drivers.meters.identify import Words
from drivers.meters.identify_physics import (
    fitting_models,
    guess,
    narrower,
    other_phases,
    places_to_look,
    windows,
    with_these_phases,
)
from drivers.meters.register_map import load_model
from drivers.modbus.codec import NumberType, WordOrder
from drivers.modbus.read_plan import Span

SDM630 = load_model("eastron-sdm630")


def f32(value: float) -> tuple[int, int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


def swapped(words: tuple[int, int]) -> tuple[int, int]:
    return words[1], words[0]


def block(function: int, start: int, **words: tuple[int, ...]) -> Words:
    """Forty registers from `start`, zero but for those at a40="…"."""
    image = [0] * 40
    for name, given_words in words.items():
        offset = int(name[1:]) - start
        image[offset : offset + len(given_words)] = given_words
    return {Span(function, start, 40): tuple(image)}


def test_a_clone_fits_the_model_whose_map_it_has() -> None:
    (fit,) = fitting_models([SDM630], {Span(4, 0, 2): f32(231.4), Span(4, 0x46, 2): f32(49.98)})
    assert (fit.model.name, fit.is_swapped) == ("eastron-sdm630", False)
    assert (fit.voltage, fit.frequency) == (Decimal("231.4"), Decimal("49.98"))


def test_a_meter_whose_word_order_somebody_changed_fits_swapped() -> None:
    (fit,) = fitting_models([SDM630], {Span(4, 0, 2): swapped(f32(118.0)), Span(4, 0x46, 2): swapped(f32(60.0))})
    assert fit.is_swapped


def test_a_voltage_without_a_frequency_fits_nothing() -> None:
    assert fitting_models([SDM630], {Span(4, 0, 2): f32(230.0), Span(4, 0x46, 2): f32(0.0)}) == ()
    assert fitting_models([SDM630], {Span(4, 0, 2): f32(230.0), Span(4, 0x46, 2): None}) == ()


def test_floats_with_the_least_word_first_are_found_in_an_unknown_map() -> None:
    found = guess(block(3, 0, a10=swapped(f32(229.5)), a30=swapped(f32(50.01))))
    assert found is not None
    assert (found.function, found.voltage_address, found.frequency_address) == (3, 10, 30)
    assert (found.type, found.word_order) == (NumberType.F32, WordOrder.LSW_FIRST)
    assert (found.voltage, found.frequency) == (Decimal("229.5"), Decimal("50.01"))


def test_tenths_of_a_volt_in_single_registers_are_found() -> None:
    found = guess(block(4, 0, a2=(2301, 2312, 2298), a9=(4999,)))
    assert found is not None
    assert (found.type, found.voltage_address, found.frequency_address) == (NumberType.U16, 2, 9)
    assert (found.voltage, found.frequency) == (Decimal("230.1"), Decimal("49.99"))


def test_three_phases_are_likelier_than_one_number_that_happens_to_fit() -> None:
    found = guess(block(4, 0, a0=(2300,), a20=(2301, 2312, 2298), a30=(500,)))
    assert found is not None
    assert found.voltage_address == 20


def test_nothing_is_guessed_where_nothing_is_known() -> None:
    assert guess({}) is None
    assert guess({Span(3, 0, 40): None}) is None
    assert guess(block(3, 0)) is None


@given(st.lists(st.integers(0, 0xFFFF), min_size=40, max_size=40))
def test_any_registers_are_taken_without_an_error(image: list[int]) -> None:
    found = guess({Span(3, 0, 40): tuple(image)})
    assert found is None or found.frequency > 0


def test_a_refused_block_is_tried_in_halves_down_to_ten_registers() -> None:
    (first, *_) = windows()
    halves = narrower(first)
    assert [(half.address, half.count) for half in halves] == [(0, 20), (20, 20)]
    assert [half.count for half in narrower(halves[0])] == [10, 10]
    assert narrower(narrower(halves[0])[0]) == ()


def test_a_live_second_phase_rules_single_phase_meters_out() -> None:
    sisters = [load_model(name) for name in ("eastron-sdm54", "eastron-sdm220", "eastron-sdm230")]
    assert other_phases(sisters) == (Span(4, 2, 2),)
    assert [model.name for model in with_these_phases(sisters, {Span(4, 2, 2): f32(231.0)})] == ["eastron-sdm54"]
    names = [model.name for model in with_these_phases(sisters, {Span(4, 2, 2): f32(0.0)})]
    assert names == ["eastron-sdm220", "eastron-sdm230", "eastron-sdm54"]


def test_known_places_are_looked_at_once_each() -> None:
    spans = places_to_look([SDM630, load_model("eastron-sdm120"), load_model("carlo-gavazzi-em340")])
    assert spans.count(Span(4, 0, 2)) == 1
    assert Span(4, 0x46, 2) in spans
