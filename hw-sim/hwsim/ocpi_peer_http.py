"""OCPI 2.2.1's transport as the simulated peer sees it: authorisation, ids and routing headers, the envelope."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from hwsim.ocpi_peer_shelf import Answer

MAX_HEADER_ID = 36 * 2


@dataclass(frozen=True, slots=True)
class Party:
    """An OCPI party: two letters of a country and three characters of its own."""

    country_code: str
    party_id: str


def token_of(headers: Mapping[str, str]) -> str | None:
    """Read the credentials token out of `Authorization: Token <base64>`, None where there is none to read."""
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme != "Token":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def judge_headers(request: web.BaseRequest, *, functional: bool, sender: Party, receiver: Party) -> Iterator[str]:
    """Tell what is wrong with a request's headers; functional modules carry routing headers, the others must not."""
    headers = request.headers
    for name in ("X-Request-ID", "X-Correlation-ID"):
        value = headers.get(name, "")
        if not value:
            yield f"header {name} is missing"
        elif len(value) > MAX_HEADER_ID:
            yield f"header {name} has {len(value)} characters"
    routing = {
        "OCPI-from-country-code": sender.country_code,
        "OCPI-from-party-id": sender.party_id,
        "OCPI-to-country-code": receiver.country_code,
        "OCPI-to-party-id": receiver.party_id,
    }
    for name, expected in routing.items():
        value = headers.get(name, "")
        if not functional:
            if value:
                yield f"header {name} does not belong on a configuration module"
        elif value.casefold() != expected.casefold():
            yield f"header {name} is {value!r} instead of {expected!r}"
    if request.method in {"POST", "PUT", "PATCH"} and request.content_type != "application/json":
        yield f"Content-Type is {request.content_type} instead of application/json"


def response_headers(request: web.BaseRequest, *, functional: bool, sender: Party, receiver: Party) -> dict[str, str]:
    """Give the ids back, and the routing headers the other way round."""
    headers = {name: request.headers[name] for name in ("X-Request-ID", "X-Correlation-ID") if name in request.headers}
    if functional:
        headers |= {
            "OCPI-from-country-code": receiver.country_code,
            "OCPI-from-party-id": receiver.party_id,
            "OCPI-to-country-code": sender.country_code,
            "OCPI-to-party-id": sender.party_id,
        }
    return headers


def envelope(answer: Answer) -> bytes:
    """Wrap an answer; stored bytes go out as they came in."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    frame = json.dumps({"status_code": answer.ocpi, "status_message": answer.message, "timestamp": now}).encode()
    return frame if answer.data is None else b'{"data":' + answer.data + b"," + frame[1:]
