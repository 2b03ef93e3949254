"""`ocpi-gateway config show`: each value, one line, with the file that says so."""

import json
from pathlib import Path

import pytest
from config.garage import Garage

from gateway.cli.main import main


@pytest.fixture
def garage(tmp_path: Path) -> Garage:
    garage = Garage(tmp_path)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "50-fleet.toml").write_text("[rules]\nidle_after_s = 90\n")
    return garage


def test_what_the_files_say_is_shown_with_the_file(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--config", str(garage.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "conf.d/50-fleet.toml  rules.idle_after_s = 90" in lines
    assert 'gateway.toml          site.party_id = "ABC"' in lines
    assert not any(line.startswith("default") for line in lines)


def test_resolved_shows_the_defaults_too(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--resolved", "--config", str(garage.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "conf.d/50-fleet.toml  rules.idle_after_s = 90" in lines
    assert "default               buses.hall.baud = 9600" in lines
    assert "default               meters.hall-1.timeout_s is not set" in lines


def test_json_has_key_value_and_source(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json", "--config", str(garage.path)]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"key": "rules.idle_after_s", "value": 90, "source": "conf.d/50-fleet.toml"} in listed


def test_a_configuration_that_is_wrong_has_no_resolved_values(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    (garage.folder / "conf.d" / "60.toml").write_text("[rules]\nidle_after_s = -1\n")
    assert main(["config", "show", "--resolved", "--config", str(garage.path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ocpi-gateway: conf.d/60.toml: rules.idle_after_s = -1: ")
    assert said.count("\n") == 1


def test_a_long_value_is_shown_to_its_end(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"/srv/{'deep/' * 20}state"
    garage.change("tokens_file", f'state_dir = "{path}"\ntokens_file')
    for resolved in ((), ("--resolved",)):
        assert main(["config", "show", *resolved, "--config", str(garage.path)]) == 0
        assert f'state_dir = "{path}"\n' in capsys.readouterr().out


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_secret_that_should_not_stand_there_is_not_shown(
    form: tuple[str, ...], garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    garage.change('client_id = "garage"', 'client_id = "garage"\npassword = "hunter2"')
    assert main(["config", "show", *form, "--config", str(garage.path)]) == 0
    said = capsys.readouterr().out
    assert "backends.broker.password" in said
    assert "hunter2" not in said
