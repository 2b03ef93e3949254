"""The MQTT contract: topics, user properties and the status message; README.md in this room is its prose."""

from collections.abc import Mapping
from urllib.parse import quote

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import Party
from gateway.ocpi.headers import chain_headers, correlation_id

ONLINE = b'{"status":"online"}'
OFFLINE = b'{"status":"offline"}'
_MODULE = {ObjectKind.SESSION: "sessions", ObjectKind.CDR: "cdrs"}
_METHOD = {ObjectKind.SESSION: "PUT", ObjectKind.CDR: "POST"}


def check_prefix(prefix: str) -> str:
    """Return the prefix without slashes around it; ValueError if no topic can begin with it."""
    bare = prefix.strip("/")
    if not bare or not bare.isprintable() or set("+#") & set(bare) or bare.startswith("$"):
        raise ValueError(f"no topic can begin with prefix {prefix!r}: use levels of letters and digits, like ocpi/v1")
    return bare


def object_topic(prefix: str, delivery: Delivery) -> str:
    """Return the topic of an object; characters with a meaning in topics are percent-encoded in ids."""
    return f"{owner_topic(prefix, delivery.owner)}/{_MODULE[delivery.kind]}/{_level(delivery.object_id)}"


def owner_topic(prefix: str, owner: Party) -> str:
    """Return the topic that everything of a party stands below."""
    return "/".join((check_prefix(prefix), _level(owner.country_code), _level(owner.party_id)))


def status_topic(prefix: str, owner: Party) -> str:
    """Return the topic of the retained online/offline status."""
    return f"{owner_topic(prefix, owner)}/status"


def user_properties(delivery: Delivery, request_id: str) -> Mapping[str, str]:
    """Return what an HTTP request would say outside its body; `request_id` is new for every message."""
    owner = delivery.owner
    module = _MODULE[delivery.kind]
    path = f"{module}/{_level(owner.country_code)}/{_level(owner.party_id)}/{_level(delivery.object_id)}"
    return {
        "method": _METHOD[delivery.kind],
        "object": delivery.kind.value,
        "path": module if delivery.kind is ObjectKind.CDR else path,
        "X-Request-ID": request_id,
        "X-Correlation-ID": correlation_id(delivery),
        "OCPI-from-country-code": owner.country_code,
        "OCPI-from-party-id": owner.party_id,
        "version": delivery.version,
        **chain_headers(delivery),
    }


def _level(name: str) -> str:
    return quote(name, safe=" ")
