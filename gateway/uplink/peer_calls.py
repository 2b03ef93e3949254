"""Calls to peers outside of deliveries: the handshake and the pulling of lists."""

import asyncio
from http import HTTPStatus

import aiohttp
from yarl import URL

from gateway.ocpi.envelope import Answer
from gateway.ocpi.headers import authorization
from gateway.ocpi.peer import TokenForm
from gateway.ocpi.peer_call import PeerAnswer, PeerCall, PeerSilent, PeerSlow
from gateway.ocpi.quoting import quote
from gateway.ocpi.versions import resolve_location, same_origin
from gateway.settings import TlsSettings
from gateway.uplink.public_resolver import PublicResolver
from gateway.uplink.request_ids import new_request_id
from gateway.uplink.tls import client_context, explain

_LONGEST_BODY = (
    8 << 20
)  # a page of tokens: 500 of them are some 200 kB; a peer that gives thousands at once is read too
_MOST_REDIRECTS = 3
_REDIRECTS = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
_FAULTS = (aiohttp.ClientError, OSError)  # TimeoutError and ssl.SSLError are kinds of OSError


class PeerCalls:
    """Calls peers over TLS; one connection per call, for there are few.

    `only_public` keeps to addresses of the public Internet, whatever the name in a URL leads to.
    """

    def __init__(self, tls: TlsSettings, timeout_s: float, *, only_public: bool = False) -> None:
        self._tls = tls
        self._timeout_s = timeout_s
        self._only_public = only_public

    async def send(self, call: PeerCall) -> PeerAnswer:
        """Send one request, redirects of the same origin included, within one deadline; PeerSilent.

        A peer that answers 401 may want the token in the other form: it is asked once more.
        """
        try:
            context = client_context(self._tls)
        except ValueError as problem:
            raise PeerSilent(str(problem)) from None
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=context, resolver=self._resolver()),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as http,
            ):
                correlation = new_request_id()
                answer = await _follow(http, call, call.form, correlation)
                if answer.answer.status != HTTPStatus.UNAUTHORIZED:
                    return answer
                other = await _follow(http, call, call.form.other, correlation)
                return answer if other.answer.status == HTTPStatus.UNAUTHORIZED else other
        except TimeoutError as fault:
            raise PeerSlow(explain(fault, _host(call.url))) from None
        except _FAULTS as fault:
            raise PeerSilent(explain(fault, _host(call.url))) from None
        except ValueError:  # a URL that yarl takes for none
            raise PeerSilent(f"{call.url[:80]!r} is no address: correct it") from None

    def _resolver(self) -> PublicResolver | None:
        return PublicResolver() if self._only_public else None


async def _follow(http: aiohttp.ClientSession, call: PeerCall, form: TokenForm, correlation: str) -> PeerAnswer:
    url = call.url
    for _ in range(_MOST_REDIRECTS):
        got = await _send(http, call, url, form, correlation)
        onward = resolve_location(got.answer.location, url)
        if got.answer.status not in _REDIRECTS or onward is None or not same_origin(onward, call.url):
            return got
        url = onward
    return await _send(http, call, url, form, correlation)


async def _send(http: aiohttp.ClientSession, call: PeerCall, url: str, form: TokenForm, correlation: str) -> PeerAnswer:
    headers = {
        "Authorization": authorization(call.token, form),
        "X-Request-ID": new_request_id(),
        "X-Correlation-ID": correlation,
        **({} if call.body is None else {"Content-Type": "application/json"}),
        **call.headers,
    }
    async with http.request(
        call.method, URL(url, encoded=True), data=call.body, headers=headers, allow_redirects=False
    ) as response:
        body = bytearray()
        async for chunk in response.content.iter_chunked(1 << 16):
            body += chunk
            if len(body) > _LONGEST_BODY:
                raise PeerSilent(f"{_host(url)} answers with more than 8 MB: ask its operator for smaller pages")
        answer = Answer(
            status=response.status,
            body=bytes(body),
            content_type=response.headers.get("Content-Type", ""),
            location=response.headers.get("Location"),
        )
        return PeerAnswer(answer, form, response.headers.get("Link"))


def _host(url: str) -> str:
    return quote(URL(url).authority)
