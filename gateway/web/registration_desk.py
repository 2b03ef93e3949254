"""Where our operator invites, registers, rotates and forgets peers: the handshake with us as the side that calls."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from gateway.core.delivery import Accepted, Deferred, Rejected
from gateway.ocpi.envelope import data_of, judge
from gateway.ocpi.handshake import HandshakeRefused, check_url, invited, rotating, started
from gateway.ocpi.headers import check_credentials_token
from gateway.ocpi.peer import InboundToken, Peer, PeerRecord, Purpose, Standing, TokenForm
from gateway.ocpi.peer_call import PeerCall, PeerCaller, PeerSilent
from gateway.ocpi.presented import digest
from gateway.ocpi.v2_2_1.credentials import parse_credentials
from gateway.web.ocpi_credentials import CredentialsReceiver, Explorer, PeerDirectory, make_token
from gateway.web.unusable import RegistrationFailed

_CREDENTIALS = "credentials"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Invitation:
    """What our operator hands over to the peer's: the token is shown once and kept nowhere."""

    name: str
    versions_url: str
    token: str


class RegistrationDesk:
    """Speaks to peers for our operator. What it begins is on disk before the peer hears of it."""

    def __init__(
        self,
        directory: PeerDirectory,
        explorer: Explorer,
        calls: PeerCaller,
        own: CredentialsReceiver,
        now: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._explorer = explorer
        self._calls = calls
        self._own = own
        self._now = now

    def peers(self) -> tuple[Peer, ...]:
        """Return every peer."""
        return tuple(record.peer for record in self._directory.records())

    async def invite(self, name: str) -> Invitation:
        """Make a TOKEN_A for a peer that will call us; RegistrationFailed if it is registered already."""
        self._must_be_new(name)
        token = make_token()
        await self._directory.keep(invited(name, token, self._now()))
        return Invitation(name, self._own.versions_url, token)

    async def register(self, url: str, token_a: str, name: str | None, form: TokenForm) -> Peer:
        """Register at a peer that gave us its versions URL and a TOKEN_A; RegistrationFailed."""
        try:
            token_a = check_credentials_token(token_a)
        except ValueError as problem:
            raise RegistrationFailed(f"the token file {problem}") from None
        name = name or _named_after(url)
        self._must_be_new(name)
        try:
            offer, form = await self._explorer.explore(url, token_a, form)
        except HandshakeRefused as refusal:
            raise RegistrationFailed(f"{name}: {refusal}") from None
        token_b = make_token()
        record = started(name, url, offer, token_b, self._now())
        await self._directory.keep(record)
        call = PeerCall("POST", _credentials_url(record), token_a, form, self._own.own(token_b))
        return await self._finish(record, call, token_b, undo=None)

    async def rotate(self, name: str) -> Peer:
        """Exchange both tokens with a registered peer, and look at its endpoints anew; RegistrationFailed."""
        record = self._registered(name)
        peer = record.peer
        try:
            offer, form = await self._explorer.explore(peer.versions_url or "", peer.token or "", peer.form)
        except HandshakeRefused as refusal:
            raise RegistrationFailed(f"{name}: {refusal}") from None
        token_b = make_token()
        record = replace(record, peer=replace(peer, version=offer.version, endpoints=offer.endpoints))
        pending = rotating(record, token_b)
        await self._directory.keep(pending)
        call = PeerCall("PUT", _credentials_url(record), peer.token or "", form, self._own.own(token_b))
        return await self._finish(pending, call, token_b, undo=record)

    async def forget(self, name: str) -> str:
        """Unregister at the peer, and forget it in any case; returns what became of the first."""
        record = self._directory.record(name)
        if record is None:
            raise self._unknown(name)
        said = "it was never registered"
        if record.peer.standing is Standing.REGISTERED:
            try:
                call = PeerCall("DELETE", _credentials_url(record), record.peer.token or "", record.peer.form)
                receipt = judge((await self._calls.send(call)).answer)
                said = "unregistered there too" if isinstance(receipt, Accepted) else f"there: {receipt.reason}"
            except (PeerSilent, HandshakeRefused, RegistrationFailed) as problem:
                said = f"there: {problem}"
        await self._directory.forget(name)
        return said

    async def _finish(self, record: PeerRecord, call: PeerCall, token_b: str, undo: PeerRecord | None) -> Peer:
        """Send our Credentials and keep what comes back. `undo` is what holds again where the peer refuses."""
        name = record.peer.name
        try:
            got = await self._calls.send(call)
        except PeerSilent as silence:
            raise RegistrationFailed(f"{name}: {silence}; nobody knows whether it took our token: {_AGAIN}") from None
        match judge(got.answer, (call.token, token_b)):
            case Rejected(reason=reason) | Deferred(reason=reason):
                await (self._directory.keep(undo) if undo is not None else self._directory.forget(name))
                raise RegistrationFailed(f"{name} refuses our credentials: {reason}")
            case Accepted():
                pass
        try:
            theirs = parse_credentials(data_of(got.answer))
            check_url(theirs.url, self._explorer.demands)
        except (ValueError, HandshakeRefused) as problem:
            raise RegistrationFailed(
                f"{name} accepts, but its credentials are malformed ({problem}): {_AGAIN}"
            ) from None
        peer = record.peer
        done = PeerRecord(
            replace(
                peer,
                standing=Standing.REGISTERED,
                since=self._now(),
                versions_url=theirs.url,
                token=theirs.token,
                form=got.form,
                roles=theirs.roles,
            ),
            (InboundToken(digest(token_b), Purpose.CURRENT),),
        )
        await self._directory.keep(done)
        return done.peer

    def _must_be_new(self, name: str) -> None:
        record = self._directory.record(name)
        if record is not None and record.peer.standing is Standing.REGISTERED:
            raise RegistrationFailed(f"{name} is registered already: rotate it, or forget it first")

    def _registered(self, name: str) -> PeerRecord:
        record = self._directory.record(name)
        if record is None:
            raise self._unknown(name)
        if record.peer.standing is not Standing.REGISTERED:
            raise RegistrationFailed(f"{name} is {record.peer.standing.value}, there is nothing to rotate: register it")
        return record

    def _unknown(self, name: str) -> RegistrationFailed:
        known = ", ".join(peer.name for peer in self.peers()) or "none"
        return RegistrationFailed(f"there is no peer {name}; known peers: {known}")


_AGAIN = "ask its operator for a new token and register again"


def _named_after(url: str) -> str:
    """Return a name that a peer may have, of the host in its URL."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # what explores it says so
        host = ""
    return _NOT_IN_NAMES.sub("-", host)[:_LONGEST_NAME] or "peer"


def _credentials_url(record: PeerRecord) -> str:
    url = record.peer.endpoint(_CREDENTIALS, "")
    if url is None:
        raise RegistrationFailed(f"{record.peer.name} has no credentials endpoint: ask its operator to offer one")
    return url
