"""OCPI 2.2.1 Credentials and versions: our own on the wire, and a peer's read from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from gateway.core.identifiers import Party
from gateway.ocpi.headers import check_credentials_token
from gateway.ocpi.peer import Endpoint, Role
from gateway.ocpi.v2_2_1.rules import text_problem
from gateway.ocpi.v2_2_1.shapes import encode

_LONGEST_URL = 255
_LONGEST_NAME = 100
_LONGEST_ROLE = 36


class BusinessDetailsWire(msgspec.Struct, omit_defaults=True, frozen=True):
    """OCPI BusinessDetails, as far as we use it."""

    name: str
    website: str | None = None


class RoleWire(msgspec.Struct, frozen=True):
    """OCPI CredentialsRole."""

    role: str
    business_details: BusinessDetailsWire
    party_id: str
    country_code: str


class CredentialsWire(msgspec.Struct, frozen=True):
    """OCPI Credentials."""

    token: str
    url: str
    roles: tuple[RoleWire, ...]


class VersionWire(msgspec.Struct, frozen=True):
    """One line of a versions list."""

    version: str
    url: str


class EndpointWire(msgspec.Struct, frozen=True):
    """One endpoint of version details."""

    identifier: str
    role: str
    url: str


class DetailsWire(msgspec.Struct, frozen=True):
    """OCPI version details."""

    version: str
    endpoints: tuple[EndpointWire, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a side tells the other about itself; `token` opens its own endpoints to the other."""

    token: str = field(repr=False)
    url: str
    roles: tuple[Role, ...]


def encode_credentials(credentials: Credentials) -> bytes:
    """Return the Credentials object as JSON."""
    roles = tuple(
        RoleWire(
            role.role,
            BusinessDetailsWire(role.name, role.website),
            role.party.party_id,
            role.party.country_code,
        )
        for role in credentials.roles
    )
    return encode(CredentialsWire(credentials.token, credentials.url, roles))


def parse_credentials(body: bytes) -> Credentials:
    """Return a peer's Credentials; ValueError names what is wrong, and never the token."""
    try:
        wire = msgspec.json.decode(body, type=CredentialsWire)
    except msgspec.ValidationError as error:
        raise ValueError(f"credentials: {error}") from None
    try:
        token = check_credentials_token(wire.token)
    except ValueError:
        raise ValueError("token: must be 1 to 64 printable ASCII characters without spaces") from None
    if not 0 < len(wire.url) <= _LONGEST_URL:
        raise ValueError(f"url: must have 1 to {_LONGEST_URL} characters")
    if not wire.roles:
        raise ValueError("roles: must name at least one role")
    return Credentials(token, wire.url, tuple(_role(index, role) for index, role in enumerate(wire.roles)))


def encode_versions(versions: Sequence[tuple[str, str]]) -> bytes:
    """Return the data of a versions answer from pairs of version and URL."""
    return msgspec.json.encode([VersionWire(*each) for each in versions])


def encode_details(version: str, endpoints: Sequence[Endpoint]) -> bytes:
    """Return the data of a version details answer."""
    return encode(DetailsWire(version, tuple(EndpointWire(e.identifier, e.role, e.url) for e in endpoints)))


def _role(index: int, wire: RoleWire) -> Role:
    for name, value in (("country_code", wire.country_code), ("party_id", wire.party_id)):
        problem = text_problem(name, value)
        if problem is not None:
            raise ValueError(f"roles[{index}].{name}: {problem}")
    if not 0 < len(wire.role) <= _LONGEST_ROLE or not wire.role.isprintable():
        raise ValueError(f"roles[{index}].role: must be a Role of OCPI, like EMSP")
    name = wire.business_details.name
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ValueError(f"roles[{index}].business_details.name: must have 1 to {_LONGEST_NAME} printable characters")
    return Role(wire.role, Party(wire.country_code, wire.party_id), name, wire.business_details.website)
