"""Each mistake in a configuration is reported as exactly these lines."""

import os
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from config.garage import Garage

from gateway.cli.meter_models import KnownModels
from gateway.config.findings import ConfigError, Severity
from gateway.config.loading import load

MODELS = KnownModels()

MISTAKES = tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8"))


def _cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["lines"][0].split(":")[0]) for case in MISTAKES[kind]]


@pytest.mark.parametrize("mistake", _cases("error"))
def test_a_mistake_is_reported_with_its_path_its_value_and_what_would_be_right(
    garage: Garage, mistake: dict[str, Any]
) -> None:
    garage.change(mistake["instead_of"], mistake["write"])
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert [finding.line for finding in caught.value.findings] == [
        line.replace("{folder}", str(garage.folder)) for line in mistake["lines"]
    ]


@pytest.mark.parametrize("mistake", _cases("warning"))
def test_a_doubtful_value_is_a_warning_and_does_not_keep_the_gateway_from_starting(
    garage: Garage, mistake: dict[str, Any]
) -> None:
    garage.change(mistake["instead_of"], mistake["write"])
    loaded = load(garage.path, MODELS)
    assert [finding.line for finding in loaded.warnings] == mistake["lines"]
    assert {finding.severity for finding in loaded.warnings} == {Severity.WARNING}


def test_a_models_file_of_the_site_that_stands_in_for_ours_is_said(garage: Garage) -> None:
    ours = resources.files("drivers.meters") / "models" / "eastron-sdm630.toml"
    (garage.folder / "meters").mkdir()
    own = garage.write("meters/eastron-sdm630.toml", ours.read_text(encoding="utf-8"))

    loaded = load(garage.path, MODELS)

    told = [finding for finding in loaded.warnings if finding.path.endswith(".model")]
    assert told
    assert all(finding.found == '"eastron-sdm630"' for finding in told)
    assert all(finding.problem.startswith(f"{own} is read instead of the model that ships") for finding in told)


def test_all_mistakes_are_reported_at_once(garage: Garage) -> None:
    for old, new in (
        ('time_zone = "Europe/Stockholm"', 'time_zone = "Mars/Olympus"'),
        ('tokens_file = "tokens.json"', 'tokens_file = "gone.json"'),
        ("unit = 10\n\n[controllers.relay-2]", "unit = 1\n\n[controllers.relay-2]"),
        ('meter = "hall-2"\n', ""),
        ("[rules]", "[rules]\nfoo = 1"),
    ):
        garage.change(old, new)
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert {finding.path for finding in caught.value.findings} == {
        "site.time_zone",
        "tokens_file",
        "controllers.relay-1.unit",
        "evses.2.meter",
        "rules.foo",
    }


def test_a_device_without_its_unit_does_not_hide_that_another_evse_names_an_unknown_meter(garage: Garage) -> None:
    garage.change("unit = 1\n", "")
    garage.change('meter = "hall-2"', 'meter = "hall-3"')
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert [finding.path for finding in caught.value.findings] == ["meters.hall-1.unit", "evses.2.meter"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"[site\n", "{path}: is not TOML: expected ']' at the end of a table declaration (at line 1, column 6)"),
        (b"a = " + b"[" * 10_000, "{path}: is not TOML: it is nested too deeply"),
        (b"a = " + b"9" * 5_000, "{path}: is not TOML: a number in it is too long to be read"),
        (b'a = 1\nb = "\xff"\n', "{path} line 2: is not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_one_line_with_the_place(garage: Garage, content: bytes, line: str) -> None:
    garage.path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert str(caught.value) == line.replace("{path}", str(garage.path))


def test_a_config_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "gateway.toml", MODELS)
    assert str(caught.value) == f"{tmp_path}/gateway.toml: no such file; create it or correct the name"


@pytest.mark.timeout(10)
def test_a_pipe_that_nobody_writes_into_is_named_and_not_waited_for(garage: Garage) -> None:
    garage.write("tokens.json", "").unlink()
    os.mkfifo(garage.path.with_name("tokens.json"))
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert [finding.path for finding in caught.value.findings] == ["tokens_file"]
    assert "is a pipe or a device, which may never end; put a file there" in str(caught.value)


def test_an_empty_file_says_which_tables_are_missing(garage: Garage) -> None:
    garage.path.write_text("")
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert {finding.path for finding in caught.value.findings} >= {"tokens_file", "site.party_id", "evses"}


def test_a_token_file_that_is_no_token_list_is_named_with_the_place_inside_it(garage: Garage) -> None:
    garage.write("tokens.json", '[{"uid": 5}]')
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert [finding.path for finding in caught.value.findings] == ["tokens_file"]
    assert "[0]" in str(caught.value)


def test_a_tariff_file_that_is_no_json_is_named_and_its_tariffs_are_not_called_unknown(garage: Garage) -> None:
    garage.write("tariffs.json", "{")
    with pytest.raises(ConfigError) as caught:
        load(garage.path, MODELS)
    assert [finding.path for finding in caught.value.findings] == ["tariffs_file"]


def test_a_secret_that_everybody_can_read_is_a_warning_that_does_not_show_it(garage: Garage) -> None:
    secret = garage.folder / "operator.token"
    secret.chmod(0o644)
    (finding,) = load(garage.path, MODELS).warnings
    assert finding.line == (
        f'backends.operator.token_file = "{secret}": everybody on this machine can read it; run chmod o= {secret}'
    )


def test_an_empty_secret_file_is_an_error(garage: Garage) -> None:
    garage.write("operator.token", "\n")
    with pytest.raises(ConfigError, match="this file is empty; write the secret into it"):
        load(garage.path, MODELS)


def test_a_sites_own_meter_model_that_cannot_be_read_is_a_finding_that_names_its_file(garage: Garage) -> None:
    own = garage.path.parent / "meters"
    own.mkdir()
    (own / "our-own.toml").write_text("nonsense = 1\n")
    garage.path.write_text(garage.path.read_text().replace('"eastron-sdm630"', '"our-own"', 1))
    with pytest.raises(ConfigError) as mistakes:
        load(garage.path, MODELS)
    assert any("our-own.toml" in finding.line for finding in mistakes.value.findings)
