"""A meter is recognised by its identity words, with few questions, and by nothing less."""

import pytest

from drivers.meters.identify import (
    Words,
    evidence_bits,
    identity_shown,
    is_certain,
    is_ruled_out,
    next_question,
    recognised,
)
from drivers.meters.register_map import available_models, load_model
from drivers.meters.vocabulary import Within, self_said, text_as_words
from drivers.modbus.identification import PRODUCT, VENDOR
from drivers.modbus.read_plan import Span

MODELS = tuple(load_model(name) for name in available_models())
METER_CODE = Span(3, 0xFC02, 1)
TYPE_TEXT = Span(3, 0x8960, 2)
CG_CODE = Span(3, 0x000B, 1)
IEM_FREQUENCY = Span(3, 0x0C25, 2)


def interviewed(answers: Words) -> tuple[Words, list[Span]]:
    """Ask a device that has these answers and refuses all else."""
    words: dict[Span, tuple[int, ...] | None] = {}
    asked: list[Span] = []
    while (span := next_question(MODELS, words)) is not None:
        assert span not in words, "asked twice"
        asked.append(span)
        words[span] = answers.get(span)
    return words, asked


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        ({METER_CODE: (0x0070,)}, ["eastron-sdm630"]),
        ({METER_CODE: (0x0089,)}, ["eastron-sdm72-v2"]),
        ({CG_CODE: (341,)}, ["carlo-gavazzi-em340"]),
        ({CG_CODE: (0x00A2,)}, ["orno-we-514"]),
        ({TYPE_TEXT: (0x4232, 0x3320)}, ["abb-b23"]),
        ({TYPE_TEXT: (0x4232, 0x3420)}, ["abb-b24"]),
        ({Span(3, 40000, 2): (0x5375, 0x6E53)}, ["sunspec"]),
        ({Span(3, 0, 2): (0x5375, 0x6E53)}, ["sunspec"]),
        ({Span(3, 50000, 2): (0x5375, 0x6E53)}, ["sunspec"]),
        ({CG_CODE: (999,), METER_CODE: (0x4711,)}, []),
        ({}, []),
    ],
)
def test_a_device_is_named_by_its_code(answers: Words, names: list[str]) -> None:
    words, _ = interviewed(answers)
    assert [model.name for model in recognised(MODELS, words)] == names


def test_a_code_ends_the_questions_long_before_all_are_asked() -> None:
    _, asked = interviewed({METER_CODE: (0x0070,)})
    _, all_asked = interviewed({})
    assert len(asked) <= 3
    assert len(all_asked) >= 10


def test_codes_are_asked_before_live_values() -> None:
    live = {probe.span for model in MODELS for probe in model.identity if isinstance(probe.expected, Within)}
    code = {place for model in MODELS for probe in model.identity for place in probe.places} - live
    _, asked = interviewed({})
    assert [span in live for span in asked] == sorted(span in live for span in asked)
    assert set(asked) <= code | live


def test_a_code_outweighs_a_live_value_that_many_meters_share() -> None:
    frequency = Span(4, 0x0046, 2)  # 50.0 as an Eastron float
    words: Words = {METER_CODE: (0x0070,), frequency: (0x4248, 0x0000)}
    assert [model.name for model in recognised(MODELS, words)] == ["eastron-sdm630"]


def test_live_values_alone_are_never_certain() -> None:
    live_only = [model for model in MODELS if all(isinstance(probe.expected, Within) for probe in model.identity)]
    assert live_only
    fifty = {probe.span: (0x4248, 0x0000) for model in live_only for probe in model.identity}
    assert not any(is_certain(model, fifty) for model in live_only)
    assert is_certain(load_model("eastron-sdm630"), {METER_CODE: (0x0070,)})


def test_the_longer_text_is_the_stronger_evidence() -> None:
    words: Words = {Span(3, 64001, 1): (42,), Span(3, 64002, 10): text_as_words("7KM2200-2EA30-1JA1")}
    assert evidence_bits(load_model("siemens-pac2200"), words) > evidence_bits(load_model("siemens-pac3200"), words)


@pytest.mark.parametrize(
    ("product", "names"),
    [
        ("METSEIEM3155", ["schneider-iem3155"]),
        ("A9MEM3155", ["schneider-iem3155"]),
        ("METSEIEM3255", ["schneider-iem3255"]),
        ("METSEIEM3355", []),
    ],
)
def test_what_a_device_says_of_itself_tells_models_of_one_map_apart(product: str, names: list[str]) -> None:
    said = {self_said(VENDOR): text_as_words("Schneider Electric"), self_said(PRODUCT): text_as_words(product)}
    words, _ = interviewed({**said, IEM_FREQUENCY: (0x4248, 0x0000)})

    found = recognised(MODELS, words)

    assert [model.name for model in found] == names
    assert all(is_certain(model, words) for model in found)


def test_behind_a_gateway_that_keeps_function_43_from_it_a_meter_is_told_by_its_numbers_and_not_for_certain() -> None:
    words, _ = interviewed({IEM_FREQUENCY: (0x4248, 0x0000)})

    found = recognised(MODELS, words)

    assert [model.name for model in found] == ["schneider-iem3155", "schneider-iem3255"]
    assert not any(is_certain(model, words) for model in found)


def test_another_answer_rules_a_model_out_and_no_answer_yet_does_not() -> None:
    model = load_model("eastron-sdm630")
    assert is_ruled_out(model, {METER_CODE: (0x0020,)})
    assert is_ruled_out(model, {METER_CODE: None})
    assert not is_ruled_out(model, {})


def test_text_is_shown_as_text_and_a_code_in_hexadecimal() -> None:
    assert identity_shown(TYPE_TEXT, (0x4232, 0x3320)) == "0x8960 holds 'B23 '"
    assert identity_shown(METER_CODE, (0x0070,)) == "0xFC02 holds 0x0070"
    assert identity_shown(self_said(PRODUCT), text_as_words("METSEIEM3355")) == (
        "of function 43 (object 1) holds 'METSEIEM3355'"
    )
