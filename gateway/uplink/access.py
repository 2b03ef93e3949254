"""How a backend is got at: its versions URL and the token that it takes, from a file or from a peer's registration."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.ocpi.headers import check_credentials_token
from gateway.ocpi.peer import Peer, PeerRecord, Standing, TokenForm
from gateway.settings import OcpiBackendSettings, PeerBackendSettings
from gateway.uplink.ports import LinkDown


@dataclass(frozen=True, slots=True)
class Access:
    """Where to begin, what to show there, and the version to speak: None for the highest that both sides know."""

    versions_url: str
    token: str = field(repr=False)
    form: TokenForm = TokenForm.BASE64
    version: str | None = None


# Asked anew for every session, so that a rotated token is used at once; LinkDown where there is none.
GetAccess = Callable[[], Access]


class Directory(Protocol):
    """The registered peers."""

    def record(self, name: str) -> PeerRecord | None:
        """Return one peer."""
        ...


class NoPeers:
    """The directory of a gateway without endpoints of its own: nobody is registered."""

    def record(self, name: str) -> None:
        """Return that there is no such peer."""
        del name


def read_access(settings: OcpiBackendSettings) -> Access:
    """Return the access that a config and its token file give; LinkDown with the remedy."""
    try:
        token = check_credentials_token(settings.token_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LinkDown(f"{settings.token_file} cannot be read ({error.strerror}): correct token_file") from None
    except UnicodeDecodeError:
        raise LinkDown(f"{settings.token_file} is not text: write the credentials token into it") from None
    except ValueError as problem:
        raise LinkDown(f"{settings.token_file} {problem}") from None
    return Access(settings.versions_url, token, version=settings.version)


def registered_peer(directory: Directory, name: str) -> Peer | None:
    """Return a peer whose handshake is complete, None where there is none of this name."""
    record = directory.record(name)
    return record.peer if record is not None and record.peer.standing is Standing.REGISTERED else None


def registered_access(settings: PeerBackendSettings, directory: Directory) -> Access:
    """Return the access that a registration gave; LinkDown where the peer is not registered (yet)."""
    peer = registered_peer(directory, settings.peer)
    if peer is not None and peer.versions_url is not None and peer.token is not None:
        return Access(peer.versions_url, peer.token, peer.form, settings.version or peer.version)
    raise LinkDown(f"the peer {settings.peer} is not registered: run ocpi-gateway peers register or peers invite")
