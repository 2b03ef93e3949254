"""Who we roam with: a peer as the credentials handshake leaves it, and the tokens by which it is let in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.identifiers import Party, is_same_party


class TokenForm(StrEnum):
    """How a token travels in the Authorization header: as OCPI 2.2.1 says, or as older peers do."""

    BASE64 = "base64"
    RAW = "raw"

    @property
    def other(self) -> "TokenForm":
        """The form to try where this one is not understood."""
        return TokenForm.RAW if self is TokenForm.BASE64 else TokenForm.BASE64


class Standing(StrEnum):
    """INVITED: it holds a TOKEN_A of ours. REGISTERING: our POST has begun and its answer is not known."""

    INVITED = "invited"
    REGISTERING = "registering"
    REGISTERED = "registered"


class Purpose(StrEnum):
    """What a token that we gave out opens: INVITATION (TOKEN_A) and PENDING only versions and credentials."""

    INVITATION = "invitation"
    PENDING = "pending"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Role:
    """An OCPI CredentialsRole; `name` is its BusinessDetails.name."""

    role: str
    party: Party
    name: str
    website: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of a peer's version details."""

    identifier: str
    role: str
    url: str


@dataclass(frozen=True, slots=True)
class Peer:
    """One platform on the other side. `token` is the one we send; None until there is one."""

    name: str
    standing: Standing
    since: datetime
    versions_url: str | None = None
    version: str | None = None
    token: str | None = field(default=None, repr=False)
    form: TokenForm = TokenForm.BASE64
    roles: tuple[Role, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()

    def endpoint(self, identifier: str, role: str) -> str | None:
        """Return where the peer offers a module in a role; the role of `credentials` means nothing."""
        for each in self.endpoints:
            if each.identifier == identifier and (each.role == role or identifier == "credentials"):
                return each.url
        return None

    @property
    def writes_slashes(self) -> bool:
        """Whether its own endpoints end with a slash: such a peer writes what follows right behind ours, too."""
        return bool(self.endpoints) and all(each.url.endswith("/") for each in self.endpoints)

    def owns(self, party: Party) -> bool:
        """Whether a party is one of the peer's, without regard to case."""
        return any(is_same_party(role.party, party) for role in self.roles)


@dataclass(frozen=True, slots=True)
class InboundToken:
    """A token by which a peer may call us: only its SHA-256 is kept."""

    digest: bytes
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class PeerRecord:
    """What is kept of a peer, always replaced as a whole."""

    peer: Peer
    inbound: tuple[InboundToken, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, with which token, in which form."""

    peer: Peer
    purpose: Purpose
    form: TokenForm
    token: str = field(repr=False)
