"""Files in conf.d change what the main file says, and every value tells where it came from."""

from pathlib import Path

import pytest
from config.garage import Garage

from gateway.cli.meter_models import KnownModels
from gateway.config.dropins import read_layers
from gateway.config.findings import ConfigError
from gateway.config.loading import Loaded, load
from gateway.config.places import find_places
from gateway.config.resolved import Resolved, resolved, written


@pytest.fixture
def garage(tmp_path: Path) -> Garage:
    return Garage(tmp_path)


def add(garage: Garage, name: str, content: str) -> None:
    folder = garage.folder / "conf.d"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content)


def loaded(garage: Garage) -> Loaded:
    return load(garage.path, KnownModels())


def sources(garage: Garage) -> dict[str, Resolved]:
    return {row.path: row for row in resolved(loaded(garage))}


def test_a_drop_in_replaces_one_value_and_leaves_its_neighbours(garage: Garage) -> None:
    add(garage, "50-fleet.toml", '[site.location]\ncity = "Uppsala"\n')
    site = loaded(garage).settings.site
    assert (site.city, site.address) == ("Uppsala", "Street 1")


def test_of_two_drop_ins_the_one_later_in_the_alphabet_wins(garage: Garage) -> None:
    add(garage, "90-site.toml", "[rules]\nidle_after_s = 90\n")
    add(garage, "10-fleet.toml", "[rules]\nidle_after_s = 10\nplug_timeout_s = 77\n")
    rules = loaded(garage).settings.rules
    assert (rules.idle_after_s, rules.plug_timeout_s) == (90, 77)


def test_an_evse_is_changed_by_its_uid_and_a_new_one_is_added(garage: Garage) -> None:
    before = loaded(garage).settings.evses
    first = before[0].uid
    add(garage, "50.toml", f'[[evses]]\nuid = "{first}"\nmax_energy_wh = 5000\n')
    after = loaded(garage).settings.evses
    assert [evse.uid for evse in after] == [evse.uid for evse in before]
    assert [evse.max_energy_wh for evse in after] == [5000, *(evse.max_energy_wh for evse in before[1:])]
    add(garage, "60.toml", '[[evses]]\nuid = "half-described"\n')
    with pytest.raises(ConfigError) as caught:
        loaded(garage)
    assert {finding.path for finding in caught.value.findings} >= {"evses.half-described.meter"}


def test_a_mistake_in_a_drop_in_names_the_file(garage: Garage) -> None:
    add(garage, "50-fleet.toml", "[rules]\nidle_after_s = -1\n")
    with pytest.raises(ConfigError) as caught:
        loaded(garage)
    (finding,) = caught.value.findings
    assert finding.line.startswith("conf.d/50-fleet.toml: rules.idle_after_s = -1: ")


def test_a_drop_in_that_is_no_toml_names_the_file(garage: Garage) -> None:
    add(garage, "50-fleet.toml", "[rules\n")
    with pytest.raises(ConfigError) as caught:
        loaded(garage)
    (finding,) = caught.value.findings
    assert finding.path.endswith("conf.d/50-fleet.toml")


def test_the_same_uid_twice_in_one_file_is_still_a_mistake(garage: Garage) -> None:
    evse = garage.path.read_text().partition("[[evses]]")[2].partition("[[evses]]")[0].partition("\n[backends")[0]
    garage.path.write_text(garage.path.read_text() + "\n[[evses]]" + evse)
    add(garage, "50.toml", "[rules]\nidle_after_s = 90\n")
    with pytest.raises(ConfigError):
        loaded(garage)


def test_commands_find_the_daemon_where_a_drop_in_says(garage: Garage) -> None:
    add(garage, "50.toml", 'socket = "elsewhere.sock"\n')
    assert find_places(garage.path).socket == garage.folder / "elsewhere.sock"


def test_each_value_tells_where_it_came_from(garage: Garage) -> None:
    add(garage, "50-fleet.toml", "[rules]\nidle_after_s = 90\n")
    told = sources(garage)
    assert told["rules.idle_after_s"] == Resolved("rules.idle_after_s", 90, "conf.d/50-fleet.toml")
    assert told["site.party_id"] == Resolved("site.party_id", "ABC", garage.path.name)
    assert told["buses.hall.baud"] == Resolved("buses.hall.baud", 9600, "default")
    assert told["meters.hall-1.timeout_s"] == Resolved("meters.hall-1.timeout_s", None, "default")
    assert told["socket"].source == "default"
    assert str(told["socket"].value).endswith("gateway.sock")


def test_what_is_written_is_shown_though_it_is_wrong(garage: Garage) -> None:
    add(garage, "50-fleet.toml", "[rules]\nidle_after_s = -1\nno_such_key = 3\n")
    told = {row.path: row.source for row in written(read_layers(garage.path))}
    assert told["rules.no_such_key"] == "conf.d/50-fleet.toml"
    assert told["site.currency"] == garage.path.name


def test_a_table_replaces_a_value_and_a_value_a_table(garage: Garage) -> None:
    add(garage, "10.toml", 'site = "nothing"\n')
    add(garage, "20.toml", '[site]\nparty_id = "XYZ"\n')
    layers = read_layers(garage.path)
    assert layers.document["site"] == {"party_id": "XYZ"}
    assert [path for path in layers.values if path.startswith("site")] == ["site.party_id"]
