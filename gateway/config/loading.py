"""The configuration: a TOML file and its drop-ins to frozen settings, with every mistake found in one go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from gateway.config.checks import check
from gateway.config.convert import Converter, Entry
from gateway.config.draft import Draft
from gateway.config.dropins import Layers, read_layers
from gateway.config.files import read_file
from gateway.config.findings import ConfigError, Finding, Severity, error, suggestion, under
from gateway.config.places import METERS_DIR
from gateway.config.shapes import EvseTable, RootTable, SiteTable
from gateway.core.identifiers import EvseUid, Party
from gateway.core.place import Evse, Site
from gateway.core.rules import SessionRules
from gateway.core.tariff import Tariff
from gateway.ocpi.dialects import parse_site_tariffs
from gateway.ocpi.v2_2_1.token import parse_tokens
from gateway.settings import (
    BackendKind,
    BusSettings,
    ControllerSettings,
    EvseSettings,
    MeterSettings,
    MonitoringSettings,
    MqttBackendSettings,
    OcpiBackendSettings,
    OcpiServerSettings,
    PeerBackendSettings,
    ReaderSettings,
    Settings,
    StorageSettings,
)

_SECTIONS = (
    "site",
    "rules",
    "buses",
    "meters",
    "controllers",
    "readers",
    "evses",
    "backends",
    "ocpi_server",
    "storage",
    "monitoring",
)
# Keys above the first table whose defaults stand in the settings.
_OPTIONAL = ("socket", "state_dir", "log_level", "on_stop")
_BACKEND_SHAPES: Mapping[str, type] = {
    BackendKind.OCPI: OcpiBackendSettings,
    BackendKind.MQTT: MqttBackendSettings,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Usable settings, what should be looked at nevertheless, and the tables and files that they were made of."""

    settings: Settings
    warnings: tuple[Finding, ...]
    entries: tuple[Entry, ...]
    layers: Layers


class MeterModels(Protocol):
    """What is known of meters; `directory` holds the site's own models, where there are any."""

    def names(self, directory: Path) -> Collection[str]:
        """Return what a meter's `model` may be; ValueError says why the folder cannot be read."""
        ...

    def stand_in(self, name: str, directory: Path) -> Path | None:
        """Return the site's own file that is read instead of ours of the same name, where there is one."""
        ...

    def problem(self, name: str, directory: Path) -> str | None:
        """Return what is wrong with the file of a model."""
        ...


def load(path: Path, meter_models: MeterModels, now: datetime | None = None) -> Loaded:
    """Read and judge the whole configuration; raises ConfigError with every finding if it cannot be used.

    File names in it, and in its drop-ins, are relative to its folder. Without `now` nothing is judged by the calendar.
    """
    layers = read_layers(path)
    raw = layers.document
    converter = Converter(path.absolute().parent)
    root = converter.table(
        {key: value for key, value in raw.items() if key in RootTable.__dataclass_fields__}, RootTable, ""
    )
    converter.findings.extend(_unknown_sections(raw))
    site = converter.table(raw.get("site", {}), SiteTable, "site")
    rules = converter.table(raw.get("rules", {}), SessionRules, "rules")
    storage = converter.table(raw.get("storage", {}), StorageSettings, "storage")
    if raw.get("evses", []) == []:
        converter.findings.append(error("evses", "missing; describe each EVSE in a table [[evses]]"))
    meters_dir = root.get("meters_dir") or path.absolute().parent / METERS_DIR
    draft = Draft(
        now=now,
        site=site,
        buses=converter.named(raw.get("buses", {}), BusSettings, "buses"),
        meters=converter.named(raw.get("meters", {}), MeterSettings, "meters"),
        controllers=converter.named(raw.get("controllers", {}), ControllerSettings, "controllers"),
        readers=converter.named(raw.get("readers", {}), ReaderSettings, "readers"),
        evses=converter.listed(raw.get("evses", []), EvseTable, "evses", "uid"),
        backends=_backends(converter, raw.get("backends", {})),
        ocpi_server=_section(converter, raw, "ocpi_server", OcpiServerSettings),
        names={section: _names(raw.get(section)) for section in _SECTIONS},
        tariffs=_tariffs(root, converter.findings),
        meter_models=_model_names(meter_models, meters_dir, converter.findings),
        model_problem=partial(meter_models.problem, directory=meters_dir),
        model_stand_in=partial(meter_models.stand_in, directory=meters_dir),
    )
    monitoring = _section(converter, raw, "monitoring", MonitoringSettings)
    _check_tokens(root, converter.findings)
    found = (*converter.findings, *check(draft))
    findings = tuple(replace(finding, drop_in=layers.drop_in_of(finding.path)) for finding in found)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise ConfigError(findings)
    tables = {"rules": rules, "storage": storage, "ocpi_server": draft.ocpi_server, "monitoring": monitoring}
    return Loaded(_settings(root, tables, draft, meters_dir), findings, tuple(converter.entries), layers)


def _unknown_sections(raw: Mapping[str, Any]) -> list[Finding]:
    known = (*_SECTIONS, *RootTable.__dataclass_fields__)
    return [
        error(under("", key), f"unknown key; {suggestion(key, known, 'keys here')}", value)
        for key, value in raw.items()
        if key not in known
    ]


def _names(section: object) -> Collection[str]:
    return tuple(section) if isinstance(section, dict) else ()


def _backends(converter: Converter, raw: object) -> tuple[Entry, ...]:
    """Convert each backend to the shape that its `kind` names."""
    entries = []
    known = [word.value for word in BackendKind]
    for name, table in converter.tables(raw, "backends").items():
        path = under("backends", name)
        kind = table.get("kind")
        if kind is None:
            converter.findings.append(error(under(path, "kind"), 'missing; add kind = "ocpi" or "mqtt"'))
        elif kind not in known:
            problem = f"unknown word; {suggestion(str(kind), known, 'words')}"
            converter.findings.append(error(under(path, "kind"), problem, kind))
        else:
            rest = {key: value for key, value in table.items() if key != "kind"}
            is_registered = kind == BackendKind.OCPI and "peer" in table
            shape = PeerBackendSettings if is_registered else _BACKEND_SHAPES[BackendKind(kind)]
            entries.append(converter.table(rest, shape, path, {"name": name}))
    return tuple(entries)


def _section(converter: Converter, raw: Mapping[str, Any], name: str, shape: type) -> Entry | None:
    """Convert a section that may be left away."""
    return converter.table(raw[name], shape, name) if name in raw else None


def _tariffs(root: Entry, findings: list[Finding]) -> tuple[Tariff, ...] | None:
    """Return the tariffs of the tariffs file, none where none is named, None where it cannot be used."""
    path = root.get("tariffs_file")
    if path is None:
        return None if "tariffs_file" in root.written else ()
    problem, content = read_file(path)
    if problem is None:
        try:
            return parse_site_tariffs(content)
        except ValueError as fault:
            problem = f"{fault}; correct the file"
    findings.append(error("tariffs_file", problem, path))
    return None


def _model_names(models: MeterModels, folder: Path, findings: list[Finding]) -> Collection[str] | None:
    try:
        return models.names(folder)
    except ValueError as problem:
        findings.append(error("meters_dir", str(problem)))
        return None


def _check_tokens(root: Entry, findings: list[Finding]) -> None:
    path = root.get("tokens_file")
    if path is None:
        return
    problem, content = read_file(path)
    if problem is None:
        try:
            parse_tokens(content)
        except ValueError as fault:
            problem = f"{fault}; correct the file"
    if problem is not None:
        findings.append(error("tokens_file", problem, path))


def _settings(root: Entry, tables: Mapping[str, Entry | None], draft: Draft, meters_dir: Path) -> Settings:
    given: dict[str, Any] = {key: root.get(key) for key in _OPTIONAL if root.get(key) is not None}
    built: dict[str, Any] = {name: None if table is None else table.build() for name, table in tables.items()}
    return Settings(
        site=_site(draft),
        opening_times=draft.site.get("location").get("opening_times"),
        tokens_file=root.get("tokens_file"),
        meters_dir=meters_dir,
        buses=tuple(entry.build() for entry in draft.buses),
        meters=tuple(entry.build() for entry in draft.meters),
        controllers=tuple(entry.build() for entry in draft.controllers),
        readers=tuple(entry.build() for entry in draft.readers),
        evses=tuple(_evse_settings(entry.build()) for entry in draft.evses),
        tariffs=draft.tariffs or (),
        backends=tuple(entry.build() for entry in draft.backends),
        **built,
        **given,
    )


def _site(draft: Draft) -> Site:
    site: SiteTable = draft.site.build()
    location = site.location
    return Site(
        party=Party(site.country_code, site.party_id),
        currency=site.currency,
        location_id=location.id,
        name=location.name,
        address=location.address,
        city=location.city,
        postal_code=location.postal_code,
        country=location.country,
        latitude=location.latitude,
        longitude=location.longitude,
        time_zone=site.time_zone,
        evses=tuple(_evse(entry.build()) for entry in draft.evses),
    )


def _evse(table: EvseTable) -> Evse:
    return Evse(EvseUid(table.uid), table.evse_id, table.connectors, table.meter, table.tariff)


def _evse_settings(table: EvseTable) -> EvseSettings:
    return EvseSettings(
        uid=table.uid,
        meter=table.meter,
        controller=table.controller,
        readers=table.readers,
        max_power_w=table.max_power_w,
        max_current_a=table.max_current_a,
        tariff=table.tariff,
        max_energy_wh=table.max_energy_wh,
        max_duration_s=table.max_duration_s,
    )
