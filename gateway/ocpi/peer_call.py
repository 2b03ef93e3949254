"""A request of ours to a peer outside of deliveries, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.ocpi.envelope import Answer
from gateway.ocpi.peer import TokenForm


class PeerSilent(Exception):
    """No answer came, or none that an OCPI peer would give; the message is one line that ends with the remedy."""


class PeerSlow(PeerSilent):
    """The request was sent, and its answer did not come in time: the peer may have taken it."""


@dataclass(frozen=True, slots=True)
class PeerCall:
    """`form` is how the token was understood last; on 401 the other form is tried."""

    method: str
    url: str
    token: str = field(repr=False)
    form: TokenForm = TokenForm.BASE64
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """What the peer said, and the form in which it understood the token."""

    answer: Answer
    form: TokenForm


class PeerCaller(Protocol):
    """Whoever can call peers."""

    async def send(self, call: PeerCall) -> PeerAnswer:
        """Send one request, redirects of the same origin included, within one deadline; PeerSilent."""
        ...
