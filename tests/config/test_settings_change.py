"""Which keys of a changed configuration take effect at once, and which wait: one row per kind of key."""

from dataclasses import fields
from pathlib import Path

import pytest
from config.garage import TARIFFS, Garage

from gateway.cli.meter_models import KnownModels
from gateway.config.loading import load
from gateway.settings import Settings
from gateway.settings_change import Change, merge

MODELS = KnownModels()


@pytest.fixture
def garage(tmp_path: Path) -> Garage:
    return Garage(tmp_path)


def read(garage: Garage) -> Settings:
    return load(garage.path, MODELS).settings


def changed(garage: Garage, *edits: tuple[str, str]) -> Change:
    running = read(garage)
    for old, new in edits:
        garage.change(old, new)
    return merge(running, read(garage))


AT_ONCE = [
    ("[rules]\n", "[rules]\nidle_end_s = 60\n", "rules.idle_end_s"),
    ('[site]\ncountry_code = "SE"', 'log_level = "debug"\n[site]\ncountry_code = "SE"', "log_level"),
    ('[site]\ncountry_code = "SE"', 'on_stop = "open"\n[site]\ncountry_code = "SE"', "on_stop"),
    ('address = "Street 1"', 'address = "Street 2"', "site.location.address"),
    ('address = "Street 1"', 'address = "Street 1"\nopening_times = "24/7"', "site.location.opening_times"),
    ('tariff = "STANDARD"', "max_energy_wh = 5000", "evses.1.max_energy_wh"),
    ("max_power_w = 11000", "max_power_w = 10000", "evses.1.max_power_w"),
    ('client_id = "garage"', 'client_id = "garage-2"', "backends.broker.client_id"),
    ("[backends.broker]", "[backends.other]", "backends.other"),
]
WAITING = [
    ('country_code = "SE"', 'country_code = "NO"', "site.country_code and party_id"),
    ('time_zone = "Europe/Stockholm"', 'time_zone = "Europe/Oslo"', "site.time_zone"),
    ('id = "LOC1"', 'id = "LOC2"', "site.location.id"),
    ('device = "/dev/serial/by-id/usb-adapter"', 'device = "/dev/ttyS9"', "buses.hall.device"),
    ('device = "/dev/serial/by-id/usb-adapter"', 'device = "/dev/ttyS9"\nbaud = 19200', "buses.hall.baud"),
    ("unit = 10\ncoil = 1", "unit = 10\ncoil = 2", "controllers.relay-2.coil"),
    ('kind = "pcsc"', 'kind = "line"\ndevice = "/dev/ttyS8"', "readers.front.kind"),
    ("max_current_a = 16", "max_current_a = 10", "evses.1.max_current_a"),
    ('evse_id = "SE*ABC*E1"', 'evse_id = "SE*ABC*E9"', "evses.1.evse_id"),
    ("max_amperage_a = 16", "max_amperage_a = 20", "evses.1.connectors"),
    ('tokens_file = "tokens.json"', 'tokens_file = "tokens.json"\nstate_dir = "elsewhere"', "state_dir"),
    ("[rules]\n", "[monitoring]\nport = 9999\n[rules]\n", "monitoring"),
]


@pytest.mark.parametrize(("old", "new", "path"), AT_ONCE, ids=[path for *_, path in AT_ONCE])
def test_takes_effect_at_once(garage: Garage, old: str, new: str, path: str) -> None:
    change = changed(garage, (old, new))

    assert path in change.applied
    assert not change.waiting
    assert merge(change.settings, read(garage)) == Change(change.settings, (), ())


@pytest.mark.parametrize(("old", "new", "path"), WAITING, ids=[f"{path}{new[-2:]}" for _, new, path in WAITING])
def test_waits_for_a_restart(garage: Garage, old: str, new: str, path: str) -> None:
    running = read(garage)
    change = changed(garage, (old, new))

    assert path in change.waiting
    assert not change.applied
    assert change.settings == running


def test_nothing_is_named_that_did_not_change(garage: Garage) -> None:
    running = read(garage)

    assert changed(garage) == Change(running, (), ())


def test_an_evse_that_is_new_waits_and_the_others_go_on(garage: Garage) -> None:
    change = changed(garage, ('uid = "2"', 'uid = "3"'), ("max_power_w = 11000", "max_power_w = 10000"))

    assert set(change.waiting) == {"evses.2", "evses.3"}
    assert change.applied == ("evses.1.max_power_w",)
    assert [evse.uid for evse in change.settings.evses] == ["1", "2"]
    assert [evse.uid for evse in change.settings.site.evses] == ["1", "2"]


def test_a_tariff_of_an_evse_is_the_sites_too(garage: Garage) -> None:
    change = changed(garage, ('tariff = "STANDARD"\n', ""))

    assert change.applied == ("evses.1.tariff",)
    assert change.settings.evses[0].tariff is None
    assert change.settings.site.evses[0].tariff_id is None


def test_prices_in_other_money_wait_with_the_money(garage: Garage) -> None:
    running = read(garage)
    garage.write("tariffs.json", TARIFFS.replace("SEK", "NOK"))
    change = changed_to(running, garage, ('currency = "SEK"', 'currency = "NOK"'))

    assert set(change.waiting) == {"tariffs_file", "site.currency"}
    assert change.settings == running


def changed_to(running: Settings, garage: Garage, edit: tuple[str, str]) -> Change:
    garage.change(*edit)
    return merge(running, read(garage))


def test_no_kind_of_setting_is_forgotten() -> None:
    told = {path.partition(".")[0] for *_, path in (*AT_ONCE, *WAITING)} | {"tariffs_file", "tokens_file"}
    silent = {
        "tariffs",
        "meters_dir",
        "socket",
        "ocpi_server",
        "storage",
        "meters",
        "opening_times",
    }  # each like one that is told
    assert {each.name for each in fields(Settings)} <= told | silent
