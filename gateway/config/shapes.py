"""How the TOML is laid out where that differs from the values in settings: root, site, location, EVSE."""

from dataclasses import dataclass
from pathlib import Path

from gateway.core.place import Connector
from gateway.settings import LogLevel, OnStop


@dataclass(frozen=True, slots=True)
class RootTable:
    """The keys above the first table; defaults of absent ones stand in settings."""

    tokens_file: Path
    tariffs_file: Path | None = None
    meters_dir: Path | None = None
    state_dir: Path | None = None
    socket: Path | None = None
    log_level: LogLevel | None = None
    on_stop: OnStop | None = None


@dataclass(frozen=True, slots=True)
class LocationTable:
    """[site.location]: an OCPI Location as far as a CDR carries it, and when it is open."""

    id: str
    address: str
    city: str
    country: str
    latitude: str
    longitude: str
    name: str | None = None
    postal_code: str | None = None
    opening_times: str | None = None


@dataclass(frozen=True, slots=True)
class SiteTable:
    """[site]: whose it is, its money and its time."""

    country_code: str
    party_id: str
    currency: str
    time_zone: str
    location: LocationTable


@dataclass(frozen=True, slots=True)
class EvseTable:
    """[[evses]]: the OCPI EVSE and what it is wired to, in one place."""

    uid: str
    evse_id: str
    meter: str
    controller: str
    readers: tuple[str, ...]
    max_power_w: int
    max_current_a: int
    connectors: tuple[Connector, ...]
    tariff: str | None = None
    max_energy_wh: int | None = None
    max_duration_s: int | None = None
