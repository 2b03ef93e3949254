"""The credentials module: the handshake, with us as the side that is called; registration_desk is the other half."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from gateway.ocpi.envelope import data_of
from gateway.ocpi.handshake import (
    Demands,
    HandshakeRefused,
    Offer,
    admitted,
    check_url,
    choose_version,
    may_call,
    read_offer,
)
from gateway.ocpi.peer import PeerRecord, Role, TokenForm
from gateway.ocpi.peer_call import PeerCall, PeerCaller, PeerSilent
from gateway.ocpi.reply import Code, Reply, refuse
from gateway.ocpi.v2_2_1.credentials import Credentials, encode_credentials, parse_credentials
from gateway.web.ocpi_access import Directory
from gateway.web.ocpi_module import Asked, not_allowed, not_found

_TOKEN_BYTES = 32  # 43 characters in base64, of the 64 that OCPI allows


class PeerDirectory(Directory, Protocol):
    """The peers, and where they are written down."""

    def record(self, name: str) -> PeerRecord | None:
        """Return one peer."""
        ...

    async def keep(self, record: PeerRecord) -> None:
        """Replace everything known of a peer; on disk when it returns."""
        ...

    async def forget(self, name: str) -> None:
        """Remove a peer; its tokens open nothing when this returns."""
        ...


def make_token() -> str:
    """Return a new credentials token of 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class Explorer:
    """Looks behind a peer's versions URL."""

    def __init__(self, calls: PeerCaller, demands: Demands) -> None:
        self._calls = calls
        self.demands = demands

    async def explore(
        self, versions_url: str, token: str, form: TokenForm, version: str | None = None
    ) -> tuple[Offer, TokenForm]:
        """Return what the peer offers, and the form in which it understood the token; HandshakeRefused.

        Of all versions the highest common one, unless told which.
        """
        check_url(versions_url, self.demands)
        versions, form = await self._data(versions_url, token, form)
        demands = self.demands if version is None else replace(self.demands, versions=(version,))
        chosen, details_url = choose_version(versions, versions_url, demands)
        details, form = await self._data(details_url, token, form)
        return read_offer(details, chosen, details_url, self.demands), form

    async def _data(self, url: str, token: str, form: TokenForm) -> tuple[bytes, TokenForm]:
        try:
            got = await self._calls.send(PeerCall("GET", url, token, form))
            return data_of(got.answer), got.form
        except (PeerSilent, ValueError) as problem:
            raise HandshakeRefused(Code.CLIENT_API_UNUSABLE, str(problem)) from None


class CredentialsReceiver:
    """GET, POST, PUT and DELETE of /credentials."""

    role = "SENDER"  # OCPI: the role of credentials means nothing; the advice is to say SENDER
    methods = frozenset({"GET", "POST", "PUT", "DELETE"})

    def __init__(
        self,
        directory: PeerDirectory,
        explorer: Explorer,
        us: tuple[Role, ...],
        versions_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._explorer = explorer
        self._us = us
        self.versions_url = versions_url
        self._now = now
        self._busy: set[str] = set()

    async def answer(self, asked: Asked) -> Reply:
        """Answer. What a reply promises is on disk before it is sent."""
        caller = asked.caller
        if asked.path:
            return not_found("no such resource: there is only credentials itself")
        if not may_call(asked.method, caller.purpose):
            allowed = frozenset(method for method in self.methods if may_call(method, caller.purpose))
            said = "already registered: use PUT" if asked.method == "POST" else "not registered yet: use POST"
            return not_allowed(said, allowed)
        match asked.method:
            case "GET":
                return Reply(self.own(caller.token))
            case "DELETE":
                await self._directory.forget(caller.peer.name)
                return Reply()
            case _:
                return await self._exchange_alone(asked)

    def own(self, token: str) -> bytes:
        """Return our own Credentials with the token that opens our endpoints."""
        return encode_credentials(Credentials(token, self.versions_url, self._us))

    async def _exchange_alone(self, asked: Asked) -> Reply:
        """Exchange, unless the same peer is at it already: one invitation lets one registration in."""
        name = asked.caller.peer.name
        if name in self._busy:
            return not_allowed("a registration of yours is under way: wait for its answer", frozenset({"GET"}))
        self._busy.add(name)
        try:
            return await self._exchange(asked)
        except HandshakeRefused as refusal:
            return refuse(refusal.code, str(refusal))
        finally:
            self._busy.remove(name)

    async def _exchange(self, asked: Asked) -> Reply:
        caller = asked.caller
        try:
            theirs = parse_credentials(asked.body)
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        offer, form = await self._explorer.explore(theirs.url, theirs.token, caller.form, asked.version)
        record = self._directory.record(caller.peer.name)
        if record is None:  # forgotten by our operator meanwhile
            return not_allowed("no longer invited: ask for a new token", frozenset({"GET"}))
        token_c = make_token()
        await self._directory.keep(admitted(record.peer, theirs, offer, token_c=token_c, form=form, now=self._now()))
        return Reply(self.own(token_c))
