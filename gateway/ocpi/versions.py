"""From a versions URL to the endpoints we need: what the peer's answers say, and the URLs that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, assert_never
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.delivery import Delivery, ObjectKind
from gateway.ocpi.quoting import quote as shown
from gateway.ocpi.reading import Malformed, read

# Highest first; DIALECTS has what each of them writes.
SPOKEN = ("2.3.0", "2.2.1")
_RECEIVER = "RECEIVER"
_Shape = TypeVar("_Shape")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class VersionLine(msgspec.Struct):
    """OCPI Version."""

    version: str
    url: str


class EndpointLine(msgspec.Struct):
    """OCPI Endpoint."""

    identifier: str
    url: str
    role: str = ""


class VersionDetails(msgspec.Struct):
    """OCPI VersionDetails."""

    endpoints: list[EndpointLine]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a peer takes what we push."""

    sessions: str
    cdrs: str
    locations: str | None = None
    tariffs: str | None = None
    version: str = FIRST_VERSION

    @property
    def takes(self) -> tuple[str, ...]:
        """The modules that it takes beside sessions and cdrs."""
        optional = (("locations", self.locations), ("tariffs", self.tariffs))
        return tuple(name for name, url in optional if url is not None)


def details_url(data: bytes, versions_url: str, wanted: Sequence[str] = SPOKEN) -> tuple[str, str]:
    """Return the first wanted version that is offered and the URL of its details; ValueError ends with the remedy."""
    versions = _decode(data, list[VersionLine], "versions list")
    for name in wanted:
        for version in versions:
            if version.version == name:
                return name, _advertised(version.url, versions_url)
    offered = shown(", ".join(version.version for version in versions)) or "none"
    names = " or ".join(reversed(wanted))
    raise ValueError(f"the peer offers OCPI {offered[:60]}, not {names}: ask its operator for the {names} URL")


def endpoints(data: bytes, url: str, version: str = FIRST_VERSION) -> Endpoints:
    """Return the RECEIVER endpoints from a version details answer's data; ValueError ends with the remedy."""
    details = _decode(data, VersionDetails, "version details")
    return Endpoints(
        _needed(details, "sessions", url),
        _needed(details, "cdrs", url),
        _receiver(details, "locations", url),
        _receiver(details, "tariffs", url),
        version,
    )


def target(known: Endpoints, delivery: Delivery) -> tuple[str, str]:
    """Return method and URL of a delivery: POST of a CDR to the endpoint as it is, all else to its own URL.

    ValueError where the peer takes no such objects.
    """
    owner = (delivery.owner.country_code, delivery.owner.party_id)
    match delivery.kind:
        case ObjectKind.CDR:
            return "POST", known.cdrs
        case ObjectKind.SESSION:
            return "PUT", _below(known.sessions, *owner, delivery.object_id)
        case ObjectKind.LOCATION:
            return "PUT", _below(_taken(known.locations, "locations"), *owner, delivery.object_id)
        case ObjectKind.EVSE:  # its name is a path already
            return "PATCH", f"{_below(_taken(known.locations, 'locations'), *owner)}/{delivery.object_id}"
        case ObjectKind.TARIFF:
            method = "PUT" if delivery.body else "DELETE"
            return method, _below(_taken(known.tariffs, "tariffs"), *owner, delivery.object_id)
        case _:
            assert_never(delivery.kind)


def _taken(endpoint: str | None, module: str) -> str:
    if endpoint is None:
        raise ValueError(f"the peer takes no {module} any more")
    return endpoint


def conventional_cdr_url(known: Endpoints, delivery: Delivery) -> str:
    """Return where most peers show a stored CDR, for want of a Location header."""
    return _below(known.cdrs, delivery.object_id)


def resolve_location(location: str | None, request_url: str) -> str | None:
    """Return the absolute URL of a Location header, None where it is absent or nonsense."""
    said = (location or "").strip()
    if not said:
        return None
    url = join(request_url, said)
    return url if is_usable(url) else None


def join(base: str, url: str) -> str:
    """Return a URL as it is meant on the page of another; empty where it cannot be read."""
    try:
        return urljoin(base, url) if url.isprintable() else ""
    except ValueError:
        return ""


def is_usable(url: str) -> bool:
    """Whether a request can go there: http or https, a host that can be looked up, a port that exists, no user name."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")  # as the resolver will
    except ValueError:
        return False
    is_clean = all("!" <= character <= "~" for character in url)
    return is_clean and parts.scheme in _DEFAULT_PORTS and bool(host) and parts.username is None


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs share scheme, host and port: only then may the token go along."""
    return is_usable(one) and is_usable(other) and _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _below(endpoint: str, *names: str) -> str:
    return "/".join([endpoint.rstrip("/"), *map(_level, names)])


@lru_cache(maxsize=64)
def _level(name: str) -> str:
    return quote(name, safe="")


def _receiver(details: VersionDetails, identifier: str, url: str) -> str | None:
    for endpoint in details.endpoints:
        if endpoint.identifier == identifier and endpoint.role == _RECEIVER:
            return _advertised(endpoint.url, url)
    return None


def _needed(details: VersionDetails, identifier: str, url: str) -> str:
    found = _receiver(details, identifier, url)
    if found is not None:
        return found
    raise ValueError(f"the peer has no {identifier} endpoint of role {_RECEIVER}: ask its operator to offer one")


def _advertised(said: str, source: str) -> str:
    """Refuse what no request can go to, and the way from https to http: the token would travel in the open."""
    url = join(source, said)
    if not is_usable(url):
        raise ValueError(f"the peer advertises a URL nobody can use ({said[:80]!r}): ask its operator to mend it")
    if urlsplit(source).scheme == "https" and urlsplit(url).scheme != "https":
        raise ValueError(f"the peer advertises {said[:80]!r} without TLS: ask its operator for an https URL")
    return url


def _decode(data: bytes, shape: type[_Shape], what: str) -> _Shape:
    try:
        return read(data, shape)
    except Malformed as error:
        raise ValueError(f"the peer's {what} is malformed ({error}): check versions_url") from None
