"""The credentials handshake as functions over values: what each step leaves behind, and what it refuses.

TOKEN_A invites, TOKEN_B is the starting side's, TOKEN_C the other's. Whoever answers persists first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from gateway.ocpi.peer import Endpoint, InboundToken, Peer, PeerRecord, Purpose, Standing, TokenForm
from gateway.ocpi.presented import digest
from gateway.ocpi.reading import Malformed, read
from gateway.ocpi.reply import Code
from gateway.ocpi.v2_2_1.credentials import Credentials
from gateway.ocpi.versions import VersionDetails, VersionLine, is_usable, join

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CREDENTIALS = "credentials"


class HandshakeRefused(Exception):
    """A handshake that cannot go on: OCPI's code for it, and a sentence for the other side."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Demands:
    """What we ask of a peer: versions we speak, highest first; RECEIVER modules it must have; plain http or not."""

    versions: tuple[str, ...]
    receivers: tuple[str, ...] = ()
    allows_http: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What was found behind a peer's versions URL."""

    version: str
    endpoints: tuple[Endpoint, ...]


def may_call(method: str, purpose: Purpose) -> bool:
    """Whether a method is allowed on our credentials endpoint: POST once, PUT and DELETE only after it (else 405)."""
    match method:
        case "GET":
            return True
        case "POST":
            return purpose is Purpose.INVITATION
        case _:
            return purpose is Purpose.CURRENT


def check_url(url: str, demands: Demands) -> str:
    """Return a URL that we may call with a token; HandshakeRefused where it is none, or goes without TLS."""
    if not is_usable(url):
        raise HandshakeRefused(Code.INVALID_PARAMETERS, "url: is no http or https URL")
    parts = urlsplit(url)
    if parts.scheme == "http" and not demands.allows_http and parts.hostname not in _LOOPBACK:
        raise HandshakeRefused(Code.INVALID_PARAMETERS, "url: goes without TLS, give an https URL")
    return url


def choose_version(data: bytes, versions_url: str, demands: Demands) -> tuple[str, str]:
    """Return the highest common version and its details URL from a versions answer's data."""
    try:
        offered = read(data, list[VersionLine])
    except Malformed:
        raise HandshakeRefused(Code.CLIENT_API_UNUSABLE, "the versions answer is malformed") from None
    for version in demands.versions:
        for line in offered:
            if line.version == version:
                return version, check_url(join(versions_url, line.url), demands)
    raise HandshakeRefused(
        Code.UNSUPPORTED_VERSION, f"no common version: this side speaks {', '.join(demands.versions)}"
    )


def read_offer(data: bytes, version: str, details_url: str, demands: Demands) -> Offer:
    """Return what version details offer; HandshakeRefused where a module that we need is not among it."""
    try:
        details = read(data, VersionDetails)
    except Malformed:
        raise HandshakeRefused(Code.CLIENT_API_UNUSABLE, "the version details are malformed") from None
    endpoints = tuple(
        Endpoint(line.identifier, line.role, check_url(join(details_url, line.url), demands))
        for line in details.endpoints
    )
    missing = _missing(endpoints, demands.receivers)
    if missing:
        raise HandshakeRefused(Code.ENDPOINTS_MISSING, f"the version details lack {', '.join(missing)}")
    return Offer(version, endpoints)


def _missing(endpoints: Sequence[Endpoint], receivers: Sequence[str]) -> list[str]:
    identifiers = {each.identifier for each in endpoints}
    served = {each.identifier for each in endpoints if each.role == "RECEIVER"}
    missing = [f"{identifier} (RECEIVER)" for identifier in receivers if identifier not in served]
    return missing if _CREDENTIALS in identifiers else [_CREDENTIALS, *missing]


# What each step leaves behind.


def invited(name: str, token_a: str, now: datetime) -> PeerRecord:
    """Return the record of a peer that we hand a TOKEN_A to."""
    return PeerRecord(Peer(name, Standing.INVITED, now), (InboundToken(digest(token_a), Purpose.INVITATION),))


def admitted(  # noqa: PLR0913 - everything that the two sides said
    peer: Peer, theirs: Credentials, offer: Offer, *, token_c: str, form: TokenForm, now: datetime
) -> PeerRecord:
    """Return the record after a peer's POST or PUT: their token is ours to send, ours is the only one that opens."""
    return PeerRecord(
        replace(
            peer,
            standing=Standing.REGISTERED,
            since=now,
            versions_url=theirs.url,
            version=offer.version,
            token=theirs.token,
            form=form,
            roles=theirs.roles,
            endpoints=offer.endpoints,
        ),
        (InboundToken(digest(token_c), Purpose.CURRENT),),
    )


def started(name: str, versions_url: str, offer: Offer, token_b: str, now: datetime) -> PeerRecord:
    """Return the record before our own POST: TOKEN_B opens our versions already, and nothing else yet."""
    peer = Peer(
        name,
        Standing.REGISTERING,
        now,
        versions_url=versions_url,
        version=offer.version,
        endpoints=offer.endpoints,
    )
    return PeerRecord(peer, (InboundToken(digest(token_b), Purpose.PENDING),))


def rotating(record: PeerRecord, token_b: str) -> PeerRecord:
    """Return the record before our own PUT: the old token and the new one are both let in until the answer is here."""
    current = tuple(each for each in record.inbound if each.purpose is Purpose.CURRENT)
    return PeerRecord(record.peer, (*current, InboundToken(digest(token_b), Purpose.PENDING)))
