"""What must hold between the parts of a configuration: one small function per rule."""

import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.config.backend_checks import backends_are_consistent, owner_is_meant, peers_can_come_in
from gateway.config.convert import Entry
from gateway.config.draft import Draft
from gateway.config.files import read_file
from gateway.config.findings import Finding, error, suggestion, under, warning
from gateway.config.tariff_checks import check_tariffs
from gateway.config.vocabulary import CONNECTOR_TYPES
from gateway.settings import BusKind, ControllerKind, ReaderKind

_UNSTABLE_SERIAL = ("/dev/ttyUSB", "/dev/ttyACM")
_SERIAL_BY_ID = Path("/dev/serial/by-id")


def check(draft: Draft) -> Iterator[Finding]:
    """Yield what every rule has to say about the draft."""
    for rule in _RULES:
        yield from rule(draft)


def _named_things_exist(draft: Draft) -> Iterator[Finding]:
    for entries, key, kind in (
        (draft.meters, "bus", "buses"),
        (draft.controllers, "bus", "buses"),
        (draft.evses, "meter", "meters"),
        (draft.evses, "controller", "controllers"),
        (draft.evses, "readers", "readers"),
    ):
        known = draft.names[kind]
        for entry in entries:
            value = entry.get(key) or ()
            for name in (value,) if isinstance(value, str) else value:
                if name not in known:
                    problem = f"no such table [{kind}.…]; {suggestion(name, known, kind)}"
                    yield error(under(entry.path, key), problem, name)


def _meter_models_exist(draft: Draft) -> Iterator[Finding]:
    if draft.meter_models is None:
        return
    for meter in draft.meters:
        model = meter.get("model")
        if model is not None and model not in draft.meter_models:
            hint = suggestion(model, draft.meter_models, "models")
            yield error(under(meter.path, "model"), f"unknown meter model; {hint}", model)
        elif model is not None and (problem := draft.model_problem(model)) is not None:
            yield error(under(meter.path, "model"), problem, model)
        elif model is not None and (file := draft.model_stand_in(model)) is not None:
            problem = f"{file} is read instead of the model that ships under this name; rename it unless that is meant"
            yield warning(under(meter.path, "model"), problem, model)


def _each_bus_says_where_it_is(draft: Draft) -> Iterator[Finding]:
    for bus in draft.buses:
        kind = bus.get("kind")
        if kind is None:
            continue
        needed, useless = ({"device"}, {"host", "port"}) if kind is BusKind.RTU else ({"host", "port"}, {"device"})
        samples = {"device": '"/dev/serial/by-id/…"', "host": '"192.168.1.20"', "port": "502"}
        for key in sorted(needed - bus.written):
            yield error(under(bus.path, key), f'missing; kind "{kind}" needs {key} = {samples[key]}')
        for key in sorted(useless & bus.written):
            yield warning(under(bus.path, key), f'has no effect on kind "{kind}"; remove it', bus.get(key))


def _no_two_buses_share_a_port(draft: Draft) -> Iterator[Finding]:
    seen: dict[object, str] = {}
    for bus in draft.buses:
        device, host, port = bus.get("device"), bus.get("host"), bus.get("port")
        place = device if bus.get("kind") is BusKind.RTU else (host, port) if host and port else None
        key = "device" if bus.get("kind") is BusKind.RTU else "host"
        if place is None:
            continue
        if place in seen:
            problem = f"{seen[place]} has the same one; put all devices on one bus"
            yield error(under(bus.path, key), problem, bus.get(key))
        seen.setdefault(place, bus.path)


def _serial_names_are_stable(draft: Draft) -> Iterator[Finding]:
    for bus in draft.buses:
        device = bus.get("device")
        if bus.get("kind") is BusKind.RTU and device is not None and device.startswith(_UNSTABLE_SERIAL):
            better = _stable_name(Path(device)) or f"a name below {_SERIAL_BY_ID}"
            yield warning(under(bus.path, "device"), f"may be another adapter after a restart; use {better}", device)


def _stable_name(device: Path) -> str | None:
    try:
        return next((str(link) for link in sorted(_SERIAL_BY_ID.iterdir()) if link.resolve() == device), None)
    except OSError:
        return None


def _one_device_per_unit(draft: Draft) -> Iterator[Finding]:
    # A relay board may appear once per coil; everything else owns its unit id on the bus.
    seen: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for device in draft.meters + draft.controllers:
        bus, unit = device.get("bus"), device.get("unit")
        if bus is None or unit is None:
            continue
        for other in seen[bus, unit]:
            if not (_is_relay(device) and _is_relay(other)):
                problem = f"{other.path} has the same unit on bus {bus}; give each device its own"
                yield error(under(device.path, "unit"), problem, unit)
                break
            if (device.get("coil") or 0) == (other.get("coil") or 0):
                problem = f"{other.path} has the same coil of this relay board; give each its own"
                yield error(under(device.path, "coil"), problem, device.get("coil") or 0)
                break
        seen[bus, unit].append(device)


def _is_relay(device: Entry) -> bool:
    return device.get("kind") is ControllerKind.RELAY_BOARD


def _each_evse_has_its_own(draft: Draft) -> Iterator[Finding]:
    for key in ("meter", "controller"):
        seen: dict[str, str] = {}
        for evse in draft.evses:
            name = evse.get(key)
            if name is None:
                continue
            if name in seen:
                yield error(under(evse.path, key), f"{seen[name]} has the same {key}; give each EVSE its own", name)
            seen.setdefault(name, evse.path)


def _ids_are_unique(draft: Draft) -> Iterator[Finding]:
    for entries, key in ((draft.evses, "uid"), (draft.evses, "evse_id"), *((c, "id") for c in _connectors(draft))):
        # OCPI's CiStrings are compared without regard to case.
        times = Counter(str(entry.get(key)).casefold() for entry in entries if entry.get(key) is not None)
        for entry in entries:
            value = entry.get(key)
            if value is not None and times[str(value).casefold()] > 1:
                yield error(under(entry.path, key), "is used more than once; make each one unique", value)


def _connectors(draft: Draft) -> Iterator[tuple[Entry, ...]]:
    for evse in draft.evses:
        yield evse.get("connectors") or ()


def _evses_can_be_used(draft: Draft) -> Iterator[Finding]:
    for evse in draft.evses:
        if evse.get("connectors") == ():
            yield error(under(evse.path, "connectors"), "is empty; an EVSE needs at least one connector")
        if evse.get("readers") == ():
            yield warning(under(evse.path, "readers"), "is empty; nobody can start this EVSE with a card", [])


def _connector_standards_are_known(draft: Draft) -> Iterator[Finding]:
    for connectors in _connectors(draft):
        for connector in connectors:
            standard = connector.get("standard")
            if standard is not None and standard not in CONNECTOR_TYPES:
                hint = suggestion(standard, CONNECTOR_TYPES, "types")
                yield warning(under(connector.path, "standard"), f"is no OCPI ConnectorType; {hint}", standard)


def _readers_are_reachable(draft: Draft) -> Iterator[Finding]:
    used = {name for evse in draft.evses for name in evse.get("readers") or ()}
    for reader in draft.readers:
        if reader.get("kind") is ReaderKind.LINE and "device" not in reader.written:
            yield error(under(reader.path, "device"), 'missing; kind "line" needs device = "/dev/…"')
        if reader.get("name") not in used:
            yield warning(reader.path, "no EVSE uses this reader; name it in the readers of an EVSE")


def _files_can_be_read(draft: Draft) -> Iterator[Finding]:
    if draft.ocpi_server is not None:
        for key in ("cert_file", "key_file", "ca_file"):
            path = draft.ocpi_server.get(key)
            if path is not None:
                yield from _file_can_be_read(under(draft.ocpi_server.path, key), path, secret=key == "key_file")
    for backend in draft.backends:
        tls = backend.get("tls")
        owners = [(backend, "token_file"), (backend, "password_file")]
        if isinstance(tls, Entry):
            owners += [(tls, "ca_file"), (tls, "cert_file"), (tls, "key_file")]
        for entry, key in owners:
            path = entry.get(key)
            if path is not None:
                yield from _file_can_be_read(under(entry.path, key), path, secret=key not in {"ca_file", "cert_file"})


def _file_can_be_read(at: str, path: Path, *, secret: bool) -> Iterator[Finding]:
    problem, content = read_file(path)
    if problem is not None:
        yield error(at, problem, path)
    elif not content.strip():
        yield error(at, "this file is empty; write the secret into it" if secret else "this file is empty", path)
    elif secret and path.stat().st_mode & stat.S_IROTH:
        yield warning(at, f"everybody on this machine can read it; run chmod o= {path}", path)


def _tariffs_are_there(draft: Draft) -> Iterator[Finding]:
    others_come = any("tariffs" in (backend.get("accepts") or ()) for backend in draft.backends)
    yield from check_tariffs(draft.evses, draft.tariffs, draft.site.get("currency"), draft.now, others_come=others_come)


_RULES: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    _each_bus_says_where_it_is,
    _no_two_buses_share_a_port,
    _serial_names_are_stable,
    _named_things_exist,
    _meter_models_exist,
    _one_device_per_unit,
    _ids_are_unique,
    _evses_can_be_used,
    _each_evse_has_its_own,
    _connector_standards_are_known,
    _tariffs_are_there,
    _readers_are_reachable,
    backends_are_consistent,
    owner_is_meant,
    peers_can_come_in,
    _files_can_be_read,
)
