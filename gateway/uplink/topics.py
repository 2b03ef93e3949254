"""The MQTT contract: topics, user properties and the status message; README.md in this room is its prose."""

from functools import lru_cache
from urllib.parse import quote

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import Party
from gateway.ocpi.headers import chain_headers, correlation_id
from gateway.uplink.packets import Pairs

ONLINE = b'{"status":"online"}'
OFFLINE = b'{"status":"offline"}'
_MODULE = {
    ObjectKind.SESSION: "sessions",
    ObjectKind.CDR: "cdrs",
    ObjectKind.LOCATION: "locations",
    ObjectKind.EVSE: "locations",
    ObjectKind.TARIFF: "tariffs",
}
_METHOD = {
    ObjectKind.SESSION: "PUT",
    ObjectKind.CDR: "POST",
    ObjectKind.LOCATION: "PUT",
    ObjectKind.EVSE: "PATCH",
    ObjectKind.TARIFF: "PUT",
}
# Of nobody in particular, and of use to whoever comes later.
_RETAINED = frozenset({ObjectKind.LOCATION, ObjectKind.EVSE, ObjectKind.TARIFF})


def check_prefix(prefix: str) -> str:
    """Return the prefix without slashes around it; ValueError if no topic can begin with it."""
    bare = prefix.strip("/")
    if not bare or not bare.isprintable() or set("+#") & set(bare) or bare.startswith("$"):
        raise ValueError(f"no topic can begin with prefix {prefix!r}: use levels of letters and digits, like ocpi/v1")
    return bare


def object_topic(prefix: str, delivery: Delivery) -> str:
    """Return the topic of an object; characters with a meaning in topics are percent-encoded in ids."""
    return f"{owner_topic(prefix, delivery.owner)}/{_MODULE[delivery.kind]}/{_name(delivery)}"


@lru_cache(maxsize=64)
def owner_topic(prefix: str, owner: Party) -> str:
    """Return the topic that everything of a party stands below."""
    return "/".join((check_prefix(prefix), _level(owner.country_code), _level(owner.party_id)))


def status_topic(prefix: str, owner: Party) -> str:
    """Return the topic of the retained online/offline status."""
    return f"{owner_topic(prefix, owner)}/status"


@lru_cache(maxsize=64)
def shared_properties(kind: ObjectKind, owner: Party, version: str) -> Pairs:
    """Return what an HTTP request would say outside its body, as far as it is the same for many objects."""
    return (
        ("object", kind.value),
        ("OCPI-from-country-code", owner.country_code),
        ("OCPI-from-party-id", owner.party_id),
        ("version", version),
    )


def own_properties(delivery: Delivery, request_id: str) -> Pairs:
    """Return what it would say of this object alone; `request_id` is new for every message."""
    owner, module = delivery.owner, _MODULE[delivery.kind]
    path = f"{module}/{_level(owner.country_code)}/{_level(owner.party_id)}/{_name(delivery)}"
    return (
        ("method", _METHOD[delivery.kind] if delivery.body else "DELETE"),
        ("path", module if delivery.kind is ObjectKind.CDR else path),
        ("X-Request-ID", request_id),
        ("X-Correlation-ID", correlation_id(delivery)),
        *chain_headers(delivery).items(),
    )


def is_retained(delivery: Delivery) -> bool:
    """Tell whether the broker is to keep the newest one for those who subscribe later."""
    return delivery.kind in _RETAINED


def _name(delivery: Delivery) -> str:
    """Return an object's own levels; an EVSE's name is a path already."""
    return delivery.object_id if delivery.kind is ObjectKind.EVSE else _level(delivery.object_id)


@lru_cache(maxsize=64)
def _level(name: str) -> str:
    return quote(name, safe=" ")
