"""What of a changed configuration takes effect in a running daemon, and what must wait for a restart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from gateway.core.place import Site
from gateway.settings import Settings

# Everything else of an EVSE is wiring, or what peers were told of its connectors.
_EVSE_FIELDS = frozenset({"max_power_w", "tariff", "max_energy_wh", "max_duration_s"})
_LOCATION_FIELDS = frozenset({"name", "address", "city", "postal_code", "country", "latitude", "longitude"})
_SITE_PATHS = {
    "party": "site.country_code and party_id",
    "location_id": "site.location.id",
    **{name: f"site.location.{name}" for name in _LOCATION_FIELDS},
}
# Ports are open, loops run and files are locked by these.
_WIRING = ("buses", "meters", "controllers", "readers")
_PLACES = ("meters_dir", "state_dir", "socket", "ocpi_server", "storage", "monitoring")
_AT_ONCE = {
    **{name: name for name in ("tokens_file", "rules", "log_level", "on_stop")},
    "opening_times": "site.location.opening_times",
}


@dataclass(frozen=True, slots=True)
class Change:
    """The settings that hold from here on, and the keys that are new in them or wait for a restart."""

    settings: Settings
    applied: tuple[str, ...]
    waiting: tuple[str, ...]


def merge(running: Settings, wanted: Settings) -> Change:
    """Take over what a running daemon can take over."""
    applied = [
        path
        for name, place in _AT_ONCE.items()
        for path in _differences(place, getattr(running, name), getattr(wanted, name))
    ]
    waiting = [path for name in _PLACES for path in _differences(name, getattr(running, name), getattr(wanted, name))]
    for name in _WIRING:
        waiting += _table_differences(name, _named(getattr(running, name)), _named(getattr(wanted, name)))
    applied += _table_differences("backends", _named(running.backends), _named(wanted.backends))
    # Prices in other money would be wrong as long as the site's own money waits.
    prices_wait = running.site.currency != wanted.site.currency
    if running.tariffs != wanted.tariffs:
        (waiting if prices_wait else applied).append("tariffs_file")
    settings, of_evses = _merge_evses(running, wanted, _EVSE_FIELDS - {"tariff"} if prices_wait else _EVSE_FIELDS)
    site, of_site = _merge_site(running.site, wanted.site, settings)
    for path, is_applied in (*of_site, *of_evses):
        (applied if is_applied else waiting).append(path)
    merged = replace(
        settings,
        **{name: getattr(wanted, name) for name in _AT_ONCE},
        backends=wanted.backends,
        tariffs=running.tariffs if prices_wait else wanted.tariffs,
        site=site,
    )
    return Change(merged, tuple(applied), tuple(waiting))


def _merge_evses(
    running: Settings, wanted: Settings, takes_over: frozenset[str]
) -> tuple[Settings, list[tuple[str, bool]]]:
    news = {evse.uid: evse for evse in wanted.evses}
    paths = [(f"evses.{uid}", False) for uid in news.keys() ^ {evse.uid for evse in running.evses}]
    evses = []
    for evse in running.evses:
        new = news.get(evse.uid, evse)
        changed = [each.name for each in fields(evse) if getattr(evse, each.name) != getattr(new, each.name)]
        paths += [(f"evses.{evse.uid}.{name}", name in takes_over) for name in changed]
        evses.append(replace(evse, **{name: getattr(new, name) for name in changed if name in takes_over}))
    return replace(running, evses=tuple(evses)), paths


def _merge_site(running: Site, wanted: Site, settings: Settings) -> tuple[Site, list[tuple[str, bool]]]:
    names = [each.name for each in fields(running) if each.name != "evses"]
    changed = [name for name in names if getattr(running, name) != getattr(wanted, name)]
    paths = [(_SITE_PATHS.get(name, f"site.{name}"), name in _LOCATION_FIELDS) for name in changed]
    news = {evse.uid: evse for evse in wanted.evses}
    for evse in running.evses:
        new = news.get(evse.uid, evse)
        paths += [
            (f"evses.{evse.uid}.{name}", False)
            for name in ("evse_id", "connectors")
            if getattr(evse, name) != getattr(new, name)
        ]
    tariffs = {evse.uid: evse.tariff for evse in settings.evses}
    evses = tuple(replace(evse, tariff_id=tariffs[evse.uid]) for evse in running.evses)
    taken = {name: getattr(wanted, name) for name in changed if name in _LOCATION_FIELDS}
    return replace(running, evses=evses, **taken), paths


def _named(tables: Sequence[Any]) -> Mapping[str, Any]:
    return {table.name: table for table in tables}


def _table_differences(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield the path of each table that came, went or changed its kind, and of each key that changed in the others."""
    for name in {**old, **new}:
        yield from _differences(f"{path}.{name}", old.get(name), new.get(name))


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if type(old) is not type(new) or not hasattr(old, "__dataclass_fields__"):
        yield path
        return
    for each in fields(old):
        yield from _differences(f"{path}.{each.name}", getattr(old, each.name), getattr(new, each.name))
