"""OCPI 2.2.1 Location: the site, its EVSEs and connectors as objects whose last_updated tells when they changed.

Each part is stamped by itself: a part whose contents differ from those on record gets a newer last_updated, and the
parts above it show the newest of what they hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from gateway.core.identifiers import EvseUid
from gateway.core.place import Connector, Evse, Site
from gateway.ocpi.v2_2_1.cdr import GeoLocationWire
from gateway.ocpi.v2_2_1.hours import HoursWire, read_hours
from gateway.ocpi.v2_2_1.rules import moment, optional_text, text
from gateway.ocpi.v2_2_1.shapes import encode

_REMOVED = "REMOVED"
_RFID = "RFID_READER"
_GROUPS = "TOKEN_GROUP_CAPABLE"
_LIMITS = ("CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE")
_ORDERS = ("REMOTE_START_STOP_CAPABLE", "RESERVABLE")


class ConnectorWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI Connector."""

    id: str
    standard: str
    format: str
    power_type: str
    max_voltage: int
    max_amperage: int
    tariff_ids: tuple[str, ...] = ()
    last_updated: str = ""


class EvseWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI EVSE."""

    uid: str
    evse_id: str | None = None
    status: str
    capabilities: tuple[str, ...] = ()
    connectors: tuple[ConnectorWire, ...] = ()
    last_updated: str = ""


class LocationWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI Location, in the specification's field order."""

    country_code: str
    party_id: str
    id: str
    publish: bool
    name: str | None = None
    address: str
    city: str
    postal_code: str | None = None
    country: str
    coordinates: GeoLocationWire
    evses: tuple[EvseWire, ...] = ()
    time_zone: str
    opening_times: HoursWire | None = None
    last_updated: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a part looked when it last changed: its own contents as JSON, without the parts below it."""

    last_updated: datetime
    body: bytes


# A part's path: () is the Location, (evse,) an EVSE, (evse, connector) a connector.
Path = tuple[str, ...]
Stamps = Mapping[Path, Stamp]


@dataclass(frozen=True, slots=True)
class Look:
    """What a Location is made of now: the site, each EVSE's OCPI Status, and what each EVSE can do.

    `takes_orders`: somebody can send commands here. `can_limit`: those that can follow a charging profile that comes.
    `opening_times` are such as `read_hours` reads, None: nothing is said of them.
    """

    site: Site
    statuses: Mapping[EvseUid, str]
    with_reader: frozenset[EvseUid]
    can_limit: frozenset[EvseUid] = frozenset()
    takes_orders: bool = False
    opening_times: str | None = None


def restamp(known: Stamps, look: Look, now: datetime) -> dict[Path, Stamp]:
    """Return the stamps of the parts that changed; a part that is no longer there becomes or stays REMOVED.

    A new stamp is always later than the one it replaces, whatever the clock says.
    """
    contents = _contents(look)
    for path, stamp in known.items():
        if path not in contents:
            contents[path] = _removed(path, stamp)
    changed = {}
    for path, body in contents.items():
        before = known.get(path)
        if before is None or before.body != body:
            at = now if before is None else max(now, before.last_updated + timedelta(milliseconds=1))
            changed[path] = Stamp(_whole_milliseconds(at), body)
    return changed


def come_back(known: Stamps, changed: Stamps) -> tuple[str, ...]:
    """Return the uids that are used again though their EVSE was REMOVED, which OCPI has for good."""
    again = (path for path in changed if len(path) == 1 and path in known)
    return tuple(path[0] for path in again if _is_removed(known[path]) and not _is_removed(changed[path]))


def _is_removed(stamp: Stamp) -> bool:
    return msgspec.json.decode(stamp.body, type=EvseWire).status == _REMOVED


def compose(stamps: Stamps) -> LocationWire:
    """Return the Location of all stamps, EVSEs and connectors in the order in which they were stamped first."""
    evses = []
    newest = stamps[()].last_updated
    for path in [path for path in stamps if len(path) == 1]:
        below = [each for each in stamps if len(each) > 1 and each[0] == path[0]]
        evse = msgspec.json.decode(stamps[path].body, type=EvseWire)
        at = max(stamps[each].last_updated for each in (path, *below))
        newest = max(newest, at)
        connectors = tuple(
            msgspec.structs.replace(
                msgspec.json.decode(stamps[each].body, type=ConnectorWire),
                last_updated=moment("last_updated", stamps[each].last_updated),
            )
            for each in below
        )
        evses.append(msgspec.structs.replace(evse, connectors=connectors, last_updated=moment("last_updated", at)))
    location = msgspec.json.decode(stamps[()].body, type=LocationWire)
    return msgspec.structs.replace(location, evses=tuple(evses), last_updated=moment("last_updated", newest))


def find_part(location: LocationWire, path: Path) -> LocationWire | EvseWire | ConnectorWire | None:
    """Return the Location, one of its EVSEs or one of its connectors; None where there is no such part."""
    match [name.casefold() for name in path]:
        case []:
            return location
        case [uid]:
            return next((evse for evse in location.evses if evse.uid.casefold() == uid), None)
        case [uid, connector]:
            evse = next((evse for evse in location.evses if evse.uid.casefold() == uid), None)
            connectors = () if evse is None else evse.connectors
            return next((each for each in connectors if each.id.casefold() == connector), None)
        case _:
            return None


def _contents(look: Look) -> dict[Path, bytes]:
    contents: dict[Path, bytes] = {(): encode(_location(look.site, look.opening_times))}
    for evse in look.site.evses:
        contents[evse.uid,] = encode(_evse(evse, look))
        for connector in evse.connectors:
            contents[evse.uid, connector.id] = encode(_connector(connector, evse.tariff_id))
    return contents


def _location(site: Site, opening_times: str | None) -> LocationWire:
    return LocationWire(
        country_code=text("country_code", site.party.country_code),
        party_id=text("party_id", site.party.party_id),
        id=text("location_id", site.location_id),
        publish=True,
        name=optional_text("cdr_location.name", site.name),
        address=text("cdr_location.address", site.address),
        city=text("cdr_location.city", site.city),
        postal_code=optional_text("cdr_location.postal_code", site.postal_code),
        country=text("cdr_location.country", site.country),
        coordinates=GeoLocationWire(
            text("cdr_location.coordinates.latitude", site.latitude),
            text("cdr_location.coordinates.longitude", site.longitude),
        ),
        time_zone=site.time_zone,
        opening_times=None if opening_times is None else read_hours(opening_times),
    )


def _evse(evse: Evse, look: Look) -> EvseWire:
    return EvseWire(
        uid=text("evse_uid", evse.uid),
        evse_id=optional_text("cdr_location.evse_id", evse.evse_id),
        status=look.statuses.get(evse.uid, "UNKNOWN"),
        capabilities=(
            *(_LIMITS if evse.uid in look.can_limit else ()),
            *(_ORDERS if look.takes_orders else ()),
            *((_RFID, _GROUPS) if evse.uid in look.with_reader else ()),
        ),
    )


def _connector(connector: Connector, tariff_id: str | None) -> ConnectorWire:
    return ConnectorWire(
        id=text("connector_id", connector.id),
        standard=connector.standard,
        format=connector.format.value,
        power_type=connector.power_type.value,
        max_voltage=connector.max_voltage_v,
        max_amperage=connector.max_amperage_a,
        tariff_ids=() if tariff_id is None else (text("tariff_id", tariff_id),),
    )


def _removed(path: Path, stamp: Stamp) -> bytes:
    """Return what is shown of a part that is gone: an EVSE is REMOVED and gives its evse_id free, a connector stays."""
    if len(path) != 1:
        return stamp.body
    evse = msgspec.json.decode(stamp.body, type=EvseWire)
    return encode(EvseWire(uid=evse.uid, status=_REMOVED))


def _whole_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
