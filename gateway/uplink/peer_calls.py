"""Calls to peers outside of deliveries: the handshake and the pulling of lists."""

import asyncio
from functools import partial
from http import HTTPStatus

import aiohttp
from yarl import URL

from gateway.ocpi.envelope import Answer
from gateway.ocpi.headers import authorization
from gateway.ocpi.peer import TokenForm
from gateway.ocpi.peer_call import PeerAnswer, PeerCall, PeerSilent, PeerSlow
from gateway.settings import TlsSettings
from gateway.uplink.exchange import FAULTS, READ_AT_ONCE, follow, host_of
from gateway.uplink.public_resolver import PublicResolver
from gateway.uplink.request_ids import new_request_id
from gateway.uplink.tls import client_context, explain

# A page of tokens: 500 of them are some 200 kB; a peer that gives thousands at once is read too.
_LONGEST_BODY = 8 << 20


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
                answer = await follow(call.url, partial(_send, http, call, call.form, correlation))
                if answer.status != HTTPStatus.UNAUTHORIZED:
                    return PeerAnswer(answer, call.form)
                other = await follow(call.url, partial(_send, http, call, call.form.other, correlation))
                is_understood = other.status != HTTPStatus.UNAUTHORIZED
                return PeerAnswer(other, call.form.other) if is_understood else PeerAnswer(answer, call.form)
        except TimeoutError as fault:
            raise PeerSlow(explain(fault, host_of(call.url))) from None
        except FAULTS as fault:
            raise PeerSilent(explain(fault, host_of(call.url))) from None
        except ValueError:  # a URL that yarl takes for none
            raise PeerSilent(f"{call.url[:80]!r} is no address: correct it") from None

    def _resolver(self) -> PublicResolver | None:
        return PublicResolver() if self._only_public else None


async def _send(http: aiohttp.ClientSession, call: PeerCall, form: TokenForm, correlation: str, url: str) -> Answer:
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
        async for chunk in response.content.iter_chunked(READ_AT_ONCE):
            body += chunk
            if len(body) > _LONGEST_BODY:
                raise PeerSilent(f"{host_of(url)} answers with more than 8 MB: ask its operator for smaller pages")
        return Answer(
            status=response.status,
            body=bytes(body),
            content_type=response.headers.get("Content-Type", ""),
            location=response.headers.get("Location"),
            link=response.headers.get("Link"),
        )
