"""A right configuration becomes exactly these settings."""

import dataclasses
import re
import shutil
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from config.garage import Garage

from gateway.cli.meter_models import KnownModels
from gateway.config.findings import ConfigError
from gateway.config.loading import load
from gateway.config.places import find_places
from gateway.config.shapes import EvseTable, LocationTable, RootTable, SiteTable
from gateway.core.identifiers import Party
from gateway.core.place import Connector
from gateway.core.rules import SessionRules
from gateway.settings import (
    BusKind,
    BusSettings,
    ControllerKind,
    ControllerSettings,
    MeterSettings,
    MqttBackendSettings,
    OcpiBackendSettings,
    OcpiServerSettings,
    PeerBackendSettings,
    ReaderSettings,
    StorageSettings,
    TlsSettings,
)

MODELS = KnownModels()
EXAMPLES = Path(__file__).parents[2] / "systemd"


def test_the_garage_is_read_without_a_warning(garage: Garage) -> None:
    loaded = load(garage.path, MODELS)
    settings = loaded.settings
    assert loaded.warnings == ()
    assert settings.site.party == Party("SE", "ABC")
    assert [evse.meter_id for evse in settings.site.evses] == ["hall-1", "hall-2"]
    assert settings.buses == (
        BusSettings("hall", BusKind.RTU, device="/dev/serial/by-id/usb-adapter"),
        BusSettings("net", BusKind.TCP, host="192.0.2.5", port=502),
    )
    assert settings.controllers[1] == ControllerSettings("relay-2", "hall", 10, ControllerKind.RELAY_BOARD, coil=1)
    assert settings.rules == SessionRules()
    assert [tariff.id for tariff in settings.tariffs] == ["STANDARD"]
    assert settings.evses[0].tariff == "STANDARD"


def test_relative_files_are_relative_to_the_config_and_not_to_the_working_folder(
    garage: Garage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    settings = load(garage.path, MODELS).settings
    assert settings.tokens_file == garage.folder / "tokens.json"
    operator = settings.backends[0]
    assert isinstance(operator, OcpiBackendSettings)
    assert operator.token_file == garage.folder / "operator.token"


def test_an_empty_tls_table_means_encryption_with_the_public_cas(garage: Garage) -> None:
    garage.change('client_id = "garage"', 'client_id = "garage"\ntls = {}')
    broker = load(garage.path, MODELS).settings.backends[1]
    assert isinstance(broker, MqttBackendSettings)
    assert broker.tls == TlsSettings()


def test_a_whole_number_serves_where_a_number_is_wanted(garage: Garage) -> None:
    garage.change('kind = "rtu"', 'kind = "rtu"\npoll_interval_s = 2')
    assert load(garage.path, MODELS).settings.buses[0].poll_interval_s == 2.0


def test_the_daemon_is_found_even_when_the_rest_of_the_config_is_wrong(garage: Garage) -> None:
    garage.change('tokens_file = "tokens.json"', 'socket = "run/gw.sock"\nstate_dir = "/srv/gw"')
    garage.change("[rules]", "[nonsense]")
    places = find_places(garage.path)
    assert places.socket == garage.folder / "run/gw.sock"
    assert places.state_dir == Path("/srv/gw")
    assert places.meters_dir == garage.folder / "meters"
    assert places.time_zone == ZoneInfo("Europe/Stockholm")


def test_the_sites_own_meter_models_are_where_the_config_says(garage: Garage) -> None:
    garage.change('tokens_file = "tokens.json"', 'meters_dir = "ours"')
    assert find_places(garage.path).meters_dir == garage.folder / "ours"


def test_a_socket_that_is_no_text_is_reported(garage: Garage) -> None:
    garage.change('tokens_file = "tokens.json"', "socket = 5")
    with pytest.raises(ConfigError, match="socket = 5: must be a file name in quotes"):
        find_places(garage.path)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The shipped example as an installer leaves it, with the secrets that it names."""
    shutil.copy(EXAMPLES / "gateway.example.toml", tmp_path / "gateway.toml")
    shutil.copy(EXAMPLES / "tokens.example.json", tmp_path / "tokens.json")
    shutil.copy(EXAMPLES / "tariffs.example.json", tmp_path / "tariffs.json")
    (tmp_path / "credentials").mkdir()
    secrets = ("credentials/operator.token", "credentials/broker.password", "credentials/gateway.key")
    for name in (*secrets, "operator-ca.pem", "broker-ca.pem", "gateway.pem"):
        secret = tmp_path / name
        secret.write_text("something\n")
        secret.chmod(0o640)
    return tmp_path / "gateway.toml"


def test_the_shipped_example_is_right(example: Path) -> None:
    loaded = load(example, MODELS)
    assert loaded.warnings == ()
    assert len(loaded.settings.site.evses) == 2


def test_the_shipped_example_is_right_with_every_optional_key_and_shows_each_of_them(example: Path) -> None:
    complete = re.sub(r"(?m)^#(?=[\[a-z])", "", example.read_text(encoding="utf-8"))
    example.write_text(complete, encoding="utf-8")
    loaded = load(example, MODELS)
    assert loaded.warnings == ()
    document = tomllib.loads(complete)
    shown = {
        RootTable: document.keys(),
        SiteTable: document["site"].keys(),
        LocationTable: document["site"]["location"].keys(),
        SessionRules: document["rules"].keys(),
        **{shape: _keys_of(document[section]) for section, shape in _SECTIONS.items()},
        EvseTable: document["evses"][0].keys(),
        Connector: document["evses"][0]["connectors"][0].keys(),
        OcpiBackendSettings: document["backends"]["operator"].keys(),
        MqttBackendSettings: document["backends"]["broker"].keys(),
        TlsSettings: document["backends"]["broker"]["tls"].keys(),
        PeerBackendSettings: {*document["backends"]["roaming"].keys(), "tls", "timeout_s"},
        OcpiServerSettings: document["ocpi_server"].keys(),
        StorageSettings: document["storage"].keys(),
    }
    for shape, keys in shown.items():
        assert {field.name for field in dataclasses.fields(shape)} - {"name"} <= {*keys, "name"}, shape
    assert "name" in shown[LocationTable]


def test_the_defaults_in_the_shipped_example_are_the_real_ones(example: Path) -> None:
    plain = load(example, MODELS).settings
    complete = re.sub(r"(?m)^#(?=[\[a-z])", "", example.read_text(encoding="utf-8"))
    example.write_text(complete, encoding="utf-8")
    full = load(example, MODELS).settings
    by_itself_unset = {each.name: None for each in dataclasses.fields(plain.rules) if each.default is None}
    assert dataclasses.replace(full.rules, **by_itself_unset) == plain.rules
    assert full.storage == plain.storage
    assert full.buses == plain.buses
    assert full.controllers == plain.controllers
    assert (full.state_dir, full.socket) == (plain.state_dir, plain.socket)


_SECTIONS = {
    "buses": BusSettings,
    "meters": MeterSettings,
    "controllers": ControllerSettings,
    "readers": ReaderSettings,
}


def _keys_of(tables: dict[str, dict[str, object]]) -> set[str]:
    return {key for table in tables.values() for key in table}
