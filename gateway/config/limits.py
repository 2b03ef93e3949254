"""What a single value may be, as data: OCPI's string lengths and formats, Modbus' ranges, sane times."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from gateway.config.findings import suggestion
from gateway.config.shapes import EvseTable, LocationTable, SiteTable
from gateway.config.vocabulary import ALPHA_2_TO_3
from gateway.core.place import Connector
from gateway.core.rules import SessionRules
from gateway.ocpi.v2_2_1.hours import read_hours
from gateway.ocpi.versions import SPOKEN, is_usable
from gateway.settings import (
    BusSettings,
    ControllerSettings,
    MeterSettings,
    MonitoringSettings,
    MqttBackendSettings,
    OcpiBackendSettings,
    OcpiServerSettings,
    PeerBackendSettings,
    StorageSettings,
)

Limit = Callable[[Any], str | None]

_BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
_ALPHA_3_TO_2 = {three: two for two, three in ALPHA_2_TO_3.items()}
_TEN_YEARS_S = 315_360_000

# eMI3 / IDACS EVSE id; the separators may be left out (OCPI 2.2.1, EVSE.evse_id).
_EVSE_ID = re.compile(r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}")
# OCPI 2.2.1 GeoLocation.
_LATITUDE = re.compile(r"-?[0-9]{1,2}\.[0-9]{5,7}")
_LONGITUDE = re.compile(r"-?[0-9]{1,3}\.[0-9]{5,7}")


def _between(low: float, high: float) -> Limit:
    return lambda value: None if low <= value <= high else f"must be from {low} to {high}"


def _one_of(*allowed: object) -> Limit:
    listed = ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in allowed)
    return lambda value: None if value in allowed else f"must be one of {listed}"


def _text(longest: int) -> Limit:
    """OCPI string(n): not empty, no control characters."""

    def check(value: str) -> str | None:
        if not value.strip():
            return "must not be empty"
        if any(not char.isprintable() for char in value):
            return "must not contain line breaks or control characters"
        if len(value) > longest:
            return f"is {len(value)} characters long; OCPI allows {longest}"
        return None

    return check


def _ci_text(longest: int) -> Limit:
    """OCPI CiString(n): printable ASCII."""

    def check(value: str) -> str | None:
        if not value.isascii():
            return "must be plain ASCII letters, digits and signs"
        return _text(longest)(value)

    return check


def _matches(pattern: str, right: str) -> Limit:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else right


def _country_2(value: str) -> str | None:
    if value in ALPHA_2_TO_3:
        return None
    upper = value.upper()
    if upper in _ALPHA_3_TO_2:
        return f'a party\'s country has two letters; use "{_ALPHA_3_TO_2[upper]}"'
    if upper in ALPHA_2_TO_3:
        return f'must be upper case; use "{upper}"'
    return 'is no ISO 3166 alpha-2 country code, such as "SE"'


def _country_3(value: str) -> str | None:
    if value in _ALPHA_3_TO_2:
        return None
    upper = value.upper()
    if upper in ALPHA_2_TO_3:
        return f'a location\'s country has three letters; use "{ALPHA_2_TO_3[upper]}"'
    if upper in _ALPHA_3_TO_2:
        return f'must be upper case; use "{upper}"'
    return 'is no ISO 3166 alpha-3 country code, such as "SWE"'


def _time_zone(value: str) -> str | None:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):  # a folder, an absolute or escaping name, ZoneInfoNotFoundError
        pass
    else:
        return None
    places = {zone for zone in available_timezones() if "/" in zone}
    near = suggestion(value, places, "time zones")
    hint = near if near.startswith("did you") else 'use an IANA name such as "Europe/Stockholm"'
    return f"this time zone does not exist; {hint}"


def _coordinate(pattern: re.Pattern[str], highest: int, longest: int, sample: str) -> Limit:
    def check(value: str) -> str | None:
        if pattern.fullmatch(value) and len(value) > longest:
            return f"is {len(value)} characters long; OCPI allows {longest}, so leave a decimal away"
        if not pattern.fullmatch(value):
            return f'must be degrees with 5 to 7 decimals, such as "{sample}"'
        if abs(float(value)) > highest:
            return f"must be from -{highest} to {highest} degrees"
        return None

    return check


def _url(value: str) -> str | None:
    return None if is_usable(value) else 'must be an address such as "https://peer.example.com/ocpi/versions"'


def _evse_id(value: str) -> str | None:
    if _EVSE_ID.fullmatch(value):
        return None
    return 'must be country, party and E with up to 30 capitals, digits or *, such as "SE*ABC*E1"'


def _opening_times(value: str) -> str | None:
    try:
        read_hours(value)
    except ValueError as problem:
        return str(problem)
    return None


def _each(limit: Limit) -> Limit:
    return lambda values: next((problem for value in values if (problem := limit(value)) is not None), None)


_party_id = _matches(r"[A-Z0-9]{3}", 'must be three capitals or digits, such as "ABC"')
_topic = _matches(r"[^\s+#/\0]+(/[^\s+#/\0]+)*", 'must be topic levels without +, # or an outer /, such as "sites/1"')
_version = _one_of(*sorted(SPOKEN))
_unit = _between(1, 247)
_port = _between(1, 65535)
_timeout = _between(0.01, 300)

LIMITS: Mapping[tuple[type, str], Limit] = {
    (SiteTable, "country_code"): _country_2,
    (SiteTable, "party_id"): _party_id,
    (SiteTable, "currency"): _matches(r"[A-Z]{3}", 'must be three capitals (ISO 4217), such as "EUR"'),
    (SiteTable, "time_zone"): _time_zone,
    (LocationTable, "id"): _ci_text(36),
    (LocationTable, "name"): _text(255),
    (LocationTable, "address"): _text(45),
    (LocationTable, "city"): _text(45),
    (LocationTable, "postal_code"): _text(10),
    (LocationTable, "opening_times"): _opening_times,
    (LocationTable, "country"): _country_3,
    (LocationTable, "latitude"): _coordinate(_LATITUDE, 90, 10, "59.32932"),
    (LocationTable, "longitude"): _coordinate(_LONGITUDE, 180, 11, "18.06858"),
    (EvseTable, "uid"): _ci_text(36),
    (EvseTable, "evse_id"): _evse_id,
    (EvseTable, "max_power_w"): _between(1, 1_000_000),
    (EvseTable, "max_current_a"): _between(6, 1000),  # IEC 61851-1 knows no less than 6 A
    (EvseTable, "max_energy_wh"): _between(1, 10_000_000),
    (EvseTable, "max_duration_s"): _between(1, _TEN_YEARS_S),
    (Connector, "id"): _ci_text(36),
    (Connector, "standard"): _matches(r"[A-Za-z0-9_]{1,255}", 'must be an OCPI ConnectorType, such as "IEC_62196_T2"'),
    (Connector, "max_voltage_v"): _between(1, 1500),
    (Connector, "max_amperage_a"): _between(1, 1000),
    (BusSettings, "baud"): _one_of(*_BAUD_RATES),
    (BusSettings, "parity"): _one_of("N", "E", "O"),
    (BusSettings, "stop_bits"): _one_of(1, 2),
    (BusSettings, "host"): _text(253),
    (BusSettings, "port"): _port,
    (BusSettings, "device"): _text(255),
    (BusSettings, "poll_interval_s"): _between(0.1, 60),
    (MeterSettings, "unit"): _unit,
    (MeterSettings, "timeout_s"): _timeout,
    (MeterSettings, "rollover_wh"): _between(1_000_000, 10**15),
    (ControllerSettings, "unit"): _unit,
    (ControllerSettings, "coil"): _between(0, 65535),
    (ControllerSettings, "timeout_s"): _timeout,
    (OcpiBackendSettings, "versions_url"): _url,
    (OcpiBackendSettings, "country_code"): _country_2,
    (OcpiBackendSettings, "party_id"): _party_id,
    (OcpiBackendSettings, "timeout_s"): _timeout,
    (PeerBackendSettings, "peer"): _matches(r"[A-Za-z0-9_.-]{1,64}", "must be a name that `peers list` shows"),
    (PeerBackendSettings, "country_code"): _country_2,
    (PeerBackendSettings, "party_id"): _party_id,
    (PeerBackendSettings, "timeout_s"): _timeout,
    **{(shape, "version"): _version for shape in (OcpiBackendSettings, PeerBackendSettings, MqttBackendSettings)},
    (OcpiServerSettings, "public_url"): _url,
    (OcpiServerSettings, "business_name"): _text(100),
    (OcpiServerSettings, "website"): _url,
    (OcpiServerSettings, "host"): _text(253),
    (MonitoringSettings, "host"): _text(253),
    (MonitoringSettings, "port"): _port,
    (OcpiServerSettings, "port"): _port,
    (OcpiServerSettings, "page_limit"): _between(1, 1000),
    (OcpiServerSettings, "wrong_tokens_per_minute"): _between(1, 100_000),
    (OcpiServerSettings, "orders_per_minute"): _between(1, 10_000),
    (OcpiServerSettings, "timeout_s"): _timeout,
    (OcpiServerSettings, "request_timeout_s"): _timeout,
    (MqttBackendSettings, "host"): _text(253),
    (MqttBackendSettings, "port"): _port,
    (MqttBackendSettings, "prefix"): _topic,
    (MqttBackendSettings, "client_id"): _text(255),
    (MqttBackendSettings, "protocol"): _one_of(5, 311),
    (MqttBackendSettings, "accepts"): _each(_one_of("commands", "tariffs", "tokens")),
    (MqttBackendSettings, "parties"): _each(_matches(r"[A-Z]{2}\*[A-Z0-9]{3}", 'must be parties such as "SE*ABC"')),
    (MqttBackendSettings, "timeout_s"): _timeout,
    (StorageSettings, "keep_days"): _between(0, 3650),
    (StorageSettings, "life_years"): _between(1, 50),
    (StorageSettings, "endurance_tb"): _between(0.01, 100_000),
    **{(SessionRules, name): _between(1, _TEN_YEARS_S) for name in SessionRules.__dataclass_fields__},
    (SessionRules, "cdr_clock_wait_s"): _between(0, _TEN_YEARS_S),
}
