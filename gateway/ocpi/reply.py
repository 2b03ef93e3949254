"""What our endpoints answer: OCPI's envelope around the very bytes of the objects, and the headers that go with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from http import HTTPStatus

import msgspec

from gateway.core.identifiers import Party
from gateway.ocpi.v2_2_1.rules import moment

_IDS = ("X-Request-ID", "X-Correlation-ID")
_LONGEST_ID = 128  # OCPI advises UUIDs of 36 characters; what is much longer is not echoed
_ROUTING = ("OCPI-from-country-code", "OCPI-from-party-id")


class Code(IntEnum):
    """OCPI status codes."""

    SUCCESS = 1000
    CLIENT_ERROR = 2000
    INVALID_PARAMETERS = 2001
    UNKNOWN_LOCATION = 2003
    UNKNOWN_TOKEN = 2004
    SERVER_ERROR = 3000
    CLIENT_API_UNUSABLE = 3001
    UNSUPPORTED_VERSION = 3002
    ENDPOINTS_MISSING = 3003


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is written: `data` is JSON, None where there is none; `message` reaches the peer.

    `written` is called once all of it was given to the connection, or where that broke over it.
    """

    data: bytes | None = None
    status: HTTPStatus = HTTPStatus.OK
    code: Code = Code.SUCCESS
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    written: Callable[[], None] | None = field(default=None, compare=False)


def refuse(code: Code, message: str, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """Return a refusal; OCPI wants HTTP 200 where the request was understood and the resource exists."""
    return Reply(status=status, code=code, message=message)


def list_of(bodies: Iterable[bytes]) -> bytes:
    """Return the JSON list of objects that are JSON already: not a byte of them is touched."""
    return b"[" + b",".join(bodies) + b"]"


def encode_reply(reply: Reply, now: datetime) -> tuple[bytes, ...]:
    """Return the envelope in parts; `data` is one of them as it is: a page of CDRs is large and need not be copied."""
    said = b"" if reply.message is None else b',"status_message":' + msgspec.json.encode(reply.message)
    rest = b'"status_code":%d%s,"timestamp":"%s"}' % (reply.code, said, moment("timestamp", now).encode("ascii"))
    return (b"{" + rest,) if reply.data is None else (b'{"data":', reply.data, b"," + rest)


def echoed_ids(request: Mapping[str, str]) -> dict[str, str]:
    """Return the request's own ids, for the answer; what could not stand in a header is left out."""
    found = {}
    for name in _IDS:
        value = request.get(name)
        if value and _can_be_echoed(value):
            found[name] = value
    return found


def _can_be_echoed(value: str) -> bool:
    return len(value) <= _LONGEST_ID and value.isascii() and value.isprintable() and " " not in value


def routing_back(request: Mapping[str, str], us: Party) -> dict[str, str]:
    """Return the routing headers of an answer, swapped: from us to whoever asked. None where none were sent."""
    country, party = request.get(_ROUTING[0]), request.get(_ROUTING[1])
    if not country or not party or not _can_be_echoed(country + party):
        return {}
    return {
        "OCPI-from-country-code": us.country_code,
        "OCPI-from-party-id": us.party_id,
        "OCPI-to-country-code": country,
        "OCPI-to-party-id": party,
    }
