"""The site file: what is to be simulated, and the configuration that the gateway gets for exactly that site."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hwsim.car import Car
from hwsim.line import Line
from hwsim.ocpi_peer_http import Party
from hwsim.site import (
    BusKind,
    BusPlan,
    ControllerKind,
    ControllerPlan,
    EvsePlan,
    MeterPlan,
    SimulatedSite,
    SitePlan,
)

BUS_KINDS = {BusKind.PTY: "rtu", BusKind.TCP: "tcp", BusKind.RTU_OVER_TCP: "rtu_over_tcp"}
LAST_UPDATED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class ReaderChoice:
    """How the gateway finds a reader: keys of its table in the configuration."""

    kind: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Backends:
    """Where the gateway finds its backends; None leaves one out."""

    ocpi_url: str | None = None
    ocpi_token_file: Path | None = None
    ocpi_ca_file: Path | None = None
    mqtt_port: int | None = None
    mqtt_password_file: Path | None = None
    mqtt_ca_file: Path | None = None
    mqtt_prefix: str = "ocpi/hwsim"
    mqtt_username: str | None = None


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A decoded site file; `raw` is the TOML as it stands."""

    raw: Mapping[str, Any]
    cards: Mapping[str, str] = field(default_factory=dict)

    @property
    def cpo(self) -> Party:
        """The party that owns the sessions."""
        return Party(self.raw["site"]["country_code"], self.raw["site"]["party_id"])

    @property
    def emsp(self) -> Party:
        """The party that owns the cards and receives the bills."""
        return Party(self.raw["emsp"]["country_code"], self.raw["emsp"]["party_id"])

    @property
    def readers(self) -> tuple[str, ...]:
        """Every card reader once."""
        return tuple(dict.fromkeys(evse["reader"] for evse in self.raw["evses"]))

    def plan(self, directory: Path) -> SitePlan:
        """Describe what to simulate; serial ports appear in `directory` under their bus' name."""
        buses = tuple(
            BusPlan(
                name,
                BusKind(bus["kind"]),
                line=line_of(bus),
                link=directory / name if bus["kind"] == BusKind.PTY else None,
            )
            for name, bus in self.raw["buses"].items()
        )
        return SitePlan(
            buses,
            tuple(evse_plan(evse) for evse in self.raw["evses"]),
            tuple(meter_plan(meter) for meter in self.raw.get("meters", [])),
            idle_meter_w=int(self.raw.get("idle_meter_w", 0)),
        )


def read_site(path: Path) -> SiteFile:
    """Read a site file; it ships with the simulation and is not checked beyond what reading it needs."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return SiteFile(raw, {name: card["uid"] for name, card in raw.get("cards", {}).items()})


def line_of(bus: Mapping[str, Any]) -> Line | None:
    """Give the line behind a bus, None where bytes take no time."""
    if "baud" not in bus:
        return None
    return Line(int(bus["baud"]), str(bus.get("parity", "N")), int(bus.get("stop_bits", 1)))


def meter_plan(meter: Mapping[str, Any]) -> MeterPlan:
    """Describe a meter."""
    return MeterPlan(
        meter["bus"],
        meter["unit"],
        meter["model"],
        int(meter.get("counter_wh", 0)),
        rollover_wh=meter.get("rollover_wh"),
    )


def evse_plan(evse: Mapping[str, Any]) -> EvsePlan:
    """Describe an EVSE with its car."""
    controller = evse["controller"]
    return EvsePlan(
        evse["uid"],
        meter_plan(evse["meter"]),
        ControllerPlan(
            controller["bus"], controller["unit"], ControllerKind(controller["kind"]), int(controller.get("coil", 0))
        ),
        Car(**evse.get("car", {})),
    )


def write_gateway_files(
    file: SiteFile, site: SimulatedSite, readers: Mapping[str, ReaderChoice], backends: Backends, directory: Path
) -> Path:
    """Write gateway.toml, tokens.json and tariffs.json for a running site; return the path of the first."""
    (directory / "tokens.json").write_text(json.dumps(tokens(file), indent=2))
    (directory / "tariffs.json").write_text(json.dumps([tariff(file)], indent=2))
    config = directory / "gateway.toml"
    config.write_text("\n".join(render(file, site, readers, backends, directory)) + "\n", encoding="utf-8")
    return config


def tokens(file: SiteFile) -> list[dict[str, Any]]:
    """Give the gateway's tokens file: OCPI 2.2.1 Token objects."""
    return [
        {
            "country_code": file.emsp.country_code,
            "party_id": file.emsp.party_id,
            "uid": card["uid"],
            "type": "RFID",
            "contract_id": f"{file.emsp.country_code}-{file.emsp.party_id}-C{number:08}",
            "issuer": "Simulated eMSP",
            **({"group_id": card["group"]} if "group" in card else {}),
            "valid": card.get("valid", True),
            "whitelist": "ALWAYS",
            "last_updated": LAST_UPDATED,
        }
        for number, card in enumerate(file.raw.get("cards", {}).values(), 1)
    ]


def tariff(file: SiteFile) -> dict[str, Any]:
    """Give the one OCPI 2.2.1 Tariff of the site."""
    prices = file.raw["tariff"]
    components = [
        {"type": kind.upper(), "price": prices[kind], "vat": prices["vat"], "step_size": 1}
        for kind in ("flat", "energy", "time", "parking_time")
        if kind in prices
    ]
    return {
        "country_code": file.cpo.country_code,
        "party_id": file.cpo.party_id,
        "id": prices["id"],
        "currency": file.raw["site"]["currency"],
        "elements": [{"price_components": components}],
        "last_updated": LAST_UPDATED,
    }


def render(
    file: SiteFile, site: SimulatedSite, readers: Mapping[str, ReaderChoice], backends: Backends, directory: Path
) -> Iterator[str]:
    """Write the gateway's configuration line by line."""
    yield "# Written by hwsim from site.toml; a fresh one at every start."
    yield from pairs(
        tokens_file="tokens.json",
        tariffs_file="tariffs.json",
        state_dir=str(directory / "state"),
        socket=str(directory / "gateway.sock"),
    )
    location = file.raw["site"]["location"]
    yield from table("site", {key: value for key, value in file.raw["site"].items() if key != "location"})
    yield from table("site.location", location)
    for name, bus in file.raw["buses"].items():
        yield from table(f"buses.{name}", bus_keys(name, bus, site))
    for evse in file.raw["evses"]:
        yield from evse_lines(evse, file.raw["tariff"]["id"])
    for number, meter in enumerate(file.raw.get("meters", []), 1):
        yield from table(f"meters.extra-{number}", meter_keys(meter))
    for name, reader in readers.items():
        yield from table(f"readers.{name}", {"kind": reader.kind, **reader.keys})
    yield from backend_lines(file, backends)
    yield from table("rules", file.raw.get("rules", {}))


def bus_keys(name: str, bus: Mapping[str, Any], site: SimulatedSite) -> dict[str, Any]:
    """Tell the gateway where a bus is."""
    kind = BusKind(bus["kind"])
    keys: dict[str, Any] = {"kind": BUS_KINDS[kind]}
    if kind is BusKind.PTY:
        keys |= {"device": site.pty(name).path, "baud": bus["baud"]}
    else:
        keys |= {"host": site.tcp(name).host, "port": site.tcp(name).port}
    if "poll_interval_s" in bus:
        keys["poll_interval_s"] = float(bus["poll_interval_s"])
    return keys


def meter_keys(meter: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the gateway where a meter is, and where its counter begins at 0 again."""
    return {key: meter[key] for key in ("bus", "unit", "model", "rollover_wh") if key in meter}


def evse_lines(evse: Mapping[str, Any], tariff_id: str) -> Iterator[str]:
    """Describe one EVSE with its meter and controller."""
    uid, meter, controller = evse["uid"], evse["meter"], evse["controller"]
    yield from table(f"meters.meter-{uid}", meter_keys(meter))
    yield from table(f"controllers.controller-{uid}", controller)
    yield from table(
        "[evses]",
        {
            "uid": uid,
            "evse_id": evse["evse_id"],
            "meter": f"meter-{uid}",
            "controller": f"controller-{uid}",
            "readers": [evse["reader"]],
            "max_power_w": evse["max_power_w"],
            "max_current_a": evse["max_current_a"],
            "tariff": tariff_id,
        },
    )
    yield from table(
        "[evses.connectors]",
        {
            "id": "1",
            "standard": "IEC_62196_T2",
            "format": "SOCKET",
            "power_type": "AC_3_PHASE",
            "max_voltage_v": 230,
            "max_amperage_a": evse["max_current_a"],
        },
    )


def backend_lines(file: SiteFile, backends: Backends) -> Iterator[str]:
    """Describe the backends that there are."""
    if backends.ocpi_url is not None:
        yield from table(
            "backends.emsp",
            {
                "kind": "ocpi",
                "versions_url": backends.ocpi_url,
                "token_file": str(backends.ocpi_token_file),
                "country_code": file.emsp.country_code,
                "party_id": file.emsp.party_id,
                "drivers": "own",
                "timeout_s": 3.0,
            },
        )
        yield from table("backends.emsp.tls", {"ca_file": str(backends.ocpi_ca_file)})
    if backends.mqtt_port is not None:
        login = {"username": backends.mqtt_username, "password_file": str(backends.mqtt_password_file)}
        keys = {"prefix": backends.mqtt_prefix, "client_id": "hwsim-gateway", "timeout_s": 3.0, "accepts": ["commands"]}
        address = {"kind": "mqtt", "host": "localhost", "port": backends.mqtt_port}
        yield from table("backends.broker", address | keys | (login if backends.mqtt_username else {}))
        if backends.mqtt_ca_file is not None:
            yield from table("backends.broker.tls", {"ca_file": str(backends.mqtt_ca_file)})


def table(name: str, keys: Mapping[str, Any]) -> Iterator[str]:
    """Write a TOML table; a name in brackets makes it one of a list."""
    yield ""
    yield f"[{name}]"
    yield from pairs(**keys)


def pairs(**keys: Any) -> Iterator[str]:
    """Write keys; TOML writes strings, numbers, booleans and lists of them as JSON does."""
    for key, value in keys.items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
