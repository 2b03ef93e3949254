"""Model files are read strictly: every mistake is reported with file and key, all of them at once."""

from contextlib import suppress
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meters.register_map import ModelError, available_models, load_model, parse_model

GOOD = (resources.files("drivers.meters") / "models" / "carlo-gavazzi-em340.toml").read_text(encoding="utf-8")
FILE = Path("carlo-gavazzi-em340.toml")


def test_all_models_load_and_name_their_source() -> None:
    assert len(available_models()) >= 3
    assert all(len(load_model(name).source) > 0 for name in available_models())


@pytest.mark.parametrize("name", ["sdm630", "eastron_sdm630", "Eastron-SDM630"])
def test_an_unknown_model_lists_near_matches(name: str) -> None:
    with pytest.raises(ModelError, match=rf"no meter model '{name}'; did you mean .*eastron-sdm630"):
        load_model(name)


def test_a_name_like_nothing_lists_all_models() -> None:
    with pytest.raises(ModelError, match=", ".join(available_models())):
        load_model("zzzz")


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("baud = 9600", 'baud = "9600"', "line.baud must be a whole number from 300 to 921600, not '9600'"),
        ("baud = 9600", "baud = true", "line.baud must be a whole number"),
        ('parity = "N"', 'parity = "none"', "line.parity must be 'N' or 'E' or 'O', not 'none'"),
        ("max_registers = 50", "max_registers = 200", "limits.max_registers must be a whole number from 1 to 125"),
        ("max_registers = 50", "", "limits.max_registers is missing"),
        ("timeout_s = 0.6", "timeout_s = 0", "limits.timeout_s must be seconds from 0.01 to 60, not 0"),
        ("timeout_s = 0.6", "timeout_s = nan", "limits.timeout_s must be seconds"),
        ("gap_s = 0.0", "gap_ms = 0", "limits.gap_ms is not a known key; known here are"),
        ("[0x004E, 0x004F]", "[0x004F, 0x004E]", "limits.readable must be a list of [first, last]"),
        ("address = 0x0034", "address = 70000", "quantities.energy_import.address must be a whole number from 0 to"),
        ('type = "u16"', 'type = "u24"', "quantities.frequency.type must be 'u16' or"),
        ("energy_import =", "energy_imported =", "quantities.energy_imported is no quantity; known are energy_import"),
        ("energy_import =", "energy_imported =", "quantities.energy_import is missing; a meter without it cannot bill"),
        ("alignment = 1", "alignment = 2", "quantities.frequency.address must be a multiple of the model's alignment"),
        ("max_registers = 50", "max_registers = 1", "quantities.power.type fills 2 registers, more than max_registers"),
        ('scale = 100, unit = "Wh"', 'scale = 0, unit = "Wh"', "energy_import.scale must be a number above 0, not 0"),
        ('scale = 100, unit = "Wh"', 'scale = 0.1, unit = "kWh"', "energy_import.unit must be 'Wh', not 'kWh'"),
        ("function = 4, address = 0x0034", "function = 6, address = 0x0034", "function must be 3 or 4, not 6"),
        ('model = "carlo-gavazzi-em340"', 'model = "em340"', "model must be the file's name, 'carlo-gavazzi-em340'"),
        ("[line]", "line = 5\n[lines]", "line must be a table, not 5"),
        ("baud = 9600", "baud = = 9600", "not valid TOML"),
    ],
)
def test_a_mistake_is_reported_with_file_and_key(right: str, wrong: str, finding: str) -> None:
    assert right in GOOD
    text = GOOD.replace(right, wrong)

    with pytest.raises(ModelError) as caught:
        parse_model(FILE, text)

    assert finding in str(caught.value)
    assert str(caught.value).startswith(f"{FILE}: ")


def test_all_mistakes_are_reported_at_once() -> None:
    text = (
        GOOD.replace("baud = 9600", "baud = 1").replace('parity = "N"', 'parity = "X"').replace("unit = 1", "unit = 0")
    )

    with pytest.raises(ModelError) as caught:
        parse_model(FILE, text)

    assert [word in str(caught.value) for word in ("line.baud", "line.parity", "line.unit")] == [True] * 3


TOML_VALUES = st.sampled_from(
    ["1", "-1", "0.5", "nan", "inf", "true", '"x"', "[]", "[[1, 2]]", "{}", "2020-01-01", "1e999"]
)
LINES = [number for number, line in enumerate(GOOD.splitlines()) if " = " in line]


@given(st.sampled_from(LINES), TOML_VALUES)
def test_no_value_in_a_file_makes_the_loader_fail_otherwise(number: int, value: str) -> None:
    lines = GOOD.splitlines()
    lines[number] = f"{lines[number].partition(' = ')[0]} = {value}"

    with suppress(ModelError):
        parse_model(FILE, "\n".join(lines))
