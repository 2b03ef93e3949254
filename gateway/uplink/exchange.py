"""What requests to peers share: the faults of a line, redirects within one origin, and whom a log line names."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import aiohttp
from yarl import URL

from gateway.ocpi.envelope import Answer
from gateway.ocpi.quoting import quote
from gateway.ocpi.versions import resolve_location, same_origin

FAULTS: Final = (aiohttp.ClientError, OSError)  # TimeoutError and ssl.SSLError are kinds of OSError
READ_AT_ONCE: Final = 1 << 16
_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)


async def follow(url: str, send: Callable[[str], Awaitable[Answer]]) -> Answer:
    """Send to a URL, and on to where a 307 or 308 points: the same request, and never to another origin."""
    at = url
    for _ in range(_MOST_REDIRECTS):
        answer = await send(at)
        onward = resolve_location(answer.location, at)
        if answer.status not in _REDIRECTS or onward is None or not same_origin(onward, url):
            return answer
        at = onward
    return await send(at)


def host_of(url: str) -> str:
    """Return host and port of a URL, fit for a log line; ValueError where it is none."""
    return quote(URL(url).authority)
