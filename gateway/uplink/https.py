"""The uplink to an OCPI peer: Sessions by PUT, CDRs by POST, both judged before they count as delivered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus

import aiohttp
import msgspec
from yarl import URL

from gateway.core.delivery import Accepted, Deferred, Delivery, ObjectKind, Receipt, Rejected
from gateway.core.identifiers import Party
from gateway.ocpi.envelope import Answer, data_of, judge, says_duplicate
from gateway.ocpi.headers import chain_headers, correlation_id, identity_headers, routing_headers
from gateway.ocpi.sameness import holds_same
from gateway.ocpi.versions import (
    SPOKEN,
    Endpoints,
    conventional_cdr_url,
    details_url,
    endpoints,
    resolve_location,
    same_origin,
    target,
)
from gateway.settings import OcpiBackendSettings, PeerBackendSettings
from gateway.uplink.access import Access, GetAccess
from gateway.uplink.exchange import FAULTS, READ_AT_ONCE, follow, host_of
from gateway.uplink.ports import LinkDown
from gateway.uplink.request_ids import new_request_id
from gateway.uplink.tls import client_context, explain

_LONGEST_BODY = 1 << 20  # a CDR with its tariff is some kilobytes; nothing we ask for is longer than this
_NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_NOTHING_SHOWN = (b"null", b"[]", b"{}")
_MOVED = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


# Told the version that will be spoken and the modules that the peer takes beside sessions and cdrs, each time that
# its endpoints were found; returns once what is owed is in that version.
Agree = Callable[[str, tuple[str, ...]], Awaitable[None]]


async def leave_it(_version: str, _takes: tuple[str, ...]) -> None:
    """Agree with whatever was found."""


class OcpiUplink:
    """A peer behind its versions URL; TLS files and token are read anew for every session."""

    def __init__(
        self, settings: OcpiBackendSettings | PeerBackendSettings, get_access: GetAccess, agree: Agree = leave_it
    ) -> None:
        self._settings = settings
        self._get_access = get_access
        self._agree = agree

    @asynccontextmanager
    async def session(self) -> AsyncIterator["OcpiLink"]:
        """Find the peer's endpoints: a wrong URL, token or certificate shows before there is anything to send."""
        settings = self._settings
        try:
            context = client_context(settings.tls)
        except ValueError as problem:
            raise LinkDown(str(problem)) from None
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # _exchange has the one deadline
            middlewares=(_fresh_request_id,),
        ) as http:
            link = OcpiLink(settings, self._get_access, http, self._agree)
            await link.discover()
            yield link


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    body: bytes | None
    correlation: str
    headers: Mapping[str, str] = field(default_factory=dict)


class OcpiLink:
    """Requests to the peer; not a standing connection, so it is never lost."""

    def __init__(
        self,
        settings: OcpiBackendSettings | PeerBackendSettings,
        get_access: GetAccess,
        http: aiohttp.ClientSession,
        agree: Agree,
    ) -> None:
        self._settings = settings
        self._get_access = get_access
        self._http = http
        self._agree = agree
        self._access = Access("", "")
        self._receiver = Party(settings.country_code, settings.party_id)
        self._endpoints: Endpoints | None = None
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def lost(self) -> asyncio.Future[str]:
        """Never done."""
        return self._lost

    async def discover(self) -> Endpoints:
        """Read the token, ask for versions, details and endpoints; LinkDown says in a line what stands in the way."""
        self._endpoints = None
        self._access = self._get_access()
        url = self._access.versions_url
        correlation = new_request_id()
        try:
            wanted = SPOKEN if self._access.version is None else (self._access.version,)
            version, details = details_url(await self._get_data(url, correlation), url, wanted)
            found = endpoints(await self._get_data(details, correlation), details, version)
        except ValueError as problem:
            raise LinkDown(str(problem)) from None
        await self._agree(found.version, found.takes)
        self._endpoints = found
        return found

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Hand one object over.

        Where the peer says 404, 405 or 410 the endpoints are asked for anew, and the object goes to the new URL if
        there is one. A CDR the peer says it has already is decided on by `_settle_duplicate`.
        """
        try:
            known = self._endpoints or await self.discover()
            answer, url = await self._push(delivery, known)
            if answer.status in _MOVED:
                fresh = await self.discover()
                if target(fresh, delivery) == target(known, delivery):
                    return self._judge_missing(delivery, answer)
                known = fresh
                answer, url = await self._push(delivery, known)
            receipt = judge(answer, self._secrets(delivery))
            if delivery.kind is ObjectKind.CDR and not isinstance(receipt, Accepted) and says_duplicate(answer):
                return await self._settle_duplicate(delivery, known, answer, url)
        except LinkDown as fault:
            return Deferred(str(fault), fault.retry_after_s)
        except FAULTS as fault:
            self._endpoints = None
            return Deferred(explain(fault, host_of(self._access.versions_url)))
        if answer.status in _NOT_LET_IN:
            self._endpoints = None  # the next try reads the token anew
        if isinstance(receipt, Accepted) and answer.location is not None:
            return replace(receipt, location=resolve_location(answer.location, url))
        return receipt

    def _judge_missing(self, delivery: Delivery, answer: Answer) -> Receipt:
        """Judge "not found" at a URL the peer still advertises: for a CDR it says nothing about the object."""
        if not delivery.body:
            return Accepted(f"HTTP {answer.status}, the peer has none of this id")
        receipt = judge(answer, self._secrets(delivery))
        if delivery.kind is ObjectKind.CDR and isinstance(receipt, Rejected):
            return Deferred(f"{receipt.reason} at the peer's own cdrs endpoint: ask its operator to mend it")
        return receipt

    async def _settle_duplicate(self, delivery: Delivery, known: Endpoints, answer: Answer, url: str) -> Receipt:
        """Decide on a CDR the peer has already, typically because its first reply was lost.

        The stored CDR is fetched, from the Location it names or from its conventional URL. Equal: accepted. Different:
        rejected, a human must look. Not to be seen: accepted all the same, as the id is ours alone and was only ever
        sent with this body.
        """
        location = resolve_location(answer.location, url)
        stored_at = (
            location if location and same_origin(location, known.cdrs) else conventional_cdr_url(known, delivery)
        )
        seen = await self._exchange(
            _Request("GET", stored_at, None, correlation_id(delivery), self._routing(delivery.owner))
        )
        if seen.status in _BUSY or seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return judge(seen)
        said = f"HTTP {answer.status}, the peer has it already"
        try:
            stored = data_of(seen)
        except ValueError:
            stored = b"null"
        if stored in _NOTHING_SHOWN:
            return Accepted(f"{said}, and does not show it", location)
        if holds_same(delivery.body, stored):
            return Accepted(f"{said}, and it is the same", stored_at)
        return Rejected(f"{said}, but with other contents: compare it with `ocpi-gateway cdrs`")

    async def _push(self, delivery: Delivery, known: Endpoints) -> tuple[Answer, str]:
        if delivery.body and delivery.version != known.version:  # never one version's bytes to another's endpoint
            raise LinkDown(f"written in OCPI {delivery.version}, the peer speaks {known.version} by now: put into that")
        try:
            method, url = target(known, delivery)
        except ValueError as gone:  # by the next try it is owed no more
            self._endpoints = None
            raise LinkDown(str(gone)) from None
        headers = {"Content-Type": "application/json", **self._routing(delivery.owner), **chain_headers(delivery)}
        answer = await self._exchange(_Request(method, url, delivery.body, correlation_id(delivery), headers))
        return answer, url

    async def _get_data(self, url: str, correlation: str) -> bytes:
        request = _Request("GET", url, None, correlation)
        try:
            answer = await self._exchange(request)
            if answer.status == HTTPStatus.UNAUTHORIZED:  # some peers want the token as it stands, others in base64
                self._access = replace(self._access, form=self._access.form.other)
                answer = await self._exchange(request)
        except FAULTS as fault:
            raise LinkDown(explain(fault, host_of(url))) from None
        try:
            return data_of(answer)
        except ValueError as problem:
            raise LinkDown(f"{host_of(url)}: {problem}") from None

    async def _exchange(self, request: _Request) -> Answer:
        """Send one request and read its answer, redirects of the same origin included, all within one deadline."""
        async with asyncio.timeout(self._settings.timeout_s):
            return await follow(request.url, partial(self._send, request))

    async def _send(self, request: _Request, url: str) -> Answer:
        async with self._http.request(
            request.method,
            URL(url, encoded=True),
            data=request.body,
            headers={
                **identity_headers(self._access.token, request.correlation, self._access.form),
                **request.headers,
            },
            allow_redirects=False,
        ) as response:
            return Answer(
                status=response.status,
                body=await _read_some(response.content),
                content_type=response.headers.get("Content-Type", ""),
                location=response.headers.get("Location"),
                retry_after=response.headers.get("Retry-After"),
                date=response.headers.get("Date"),
            )

    def _routing(self, owner: Party) -> Mapping[str, str]:
        return routing_headers(owner, self._receiver)

    def _secrets(self, delivery: Delivery) -> Iterator[str]:
        """Yield what must not be quoted; it is only asked for where there is something to quote."""
        yield self._access.token
        yield from card_texts(delivery.body)


async def _fresh_request_id(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Give each request on the wire its own id; aiohttp repeats a PUT by itself when a kept connection was dead."""
    request.headers["X-Request-ID"] = new_request_id()
    return await send(request)


class _CardTexts(msgspec.Struct):
    uid: str = ""
    contract_id: str = ""


class _WithToken(msgspec.Struct):
    cdr_token: _CardTexts = msgspec.field(default_factory=_CardTexts)


def card_texts(body: bytes) -> tuple[str, str]:
    """Return what of an object's token must not be quoted back out of an answer: uid and contract id."""
    token = msgspec.json.decode(body or b"{}", type=_WithToken).cdr_token
    return token.uid, token.contract_id


async def _read_some(content: aiohttp.StreamReader) -> bytes:
    read = bytearray()
    async for chunk in content.iter_chunked(READ_AT_ONCE):
        read += chunk
        if len(read) > _LONGEST_BODY:
            break
    return bytes(read)
