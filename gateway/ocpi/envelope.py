"""OCPI's answer envelope, and the verdict on an answer: HTTP status and OCPI status both have a say."""

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from gateway.core.delivery import Accepted, Deferred, Receipt, Rejected
from gateway.ocpi.quoting import quote
from gateway.ocpi.reading import Malformed, read

# HTTP client errors that are about us or the moment, not about the object: the object may be sent again as it is.
_TRANSIENT_4XX = {
    HTTPStatus.UNAUTHORIZED: "the peer does not know our token: check the backend's token_file",
    HTTPStatus.FORBIDDEN: "the peer does not allow this to our token: ask its operator for the rights",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "a proxy wants credentials: let the gateway pass it",
    HTTPStatus.REQUEST_TIMEOUT: "the peer did not get our request in time: check the line if this stays",
    HTTPStatus.TOO_EARLY: "the peer wants the request again: nothing to do unless this stays",
    HTTPStatus.TOO_MANY_REQUESTS: "the peer wants fewer requests: nothing to do unless this stays",
}
_THEIR_TROUBLE = "the peer has trouble of its own: tell its operator if this stays"
_MAX_RETRY_AFTER_S = 3600  # a peer that asks for more is asked again after an hour all the same
_CLIENT_ERROR = range(2000, 3000)
_SUCCESS = range(1000, 2000)
_CODES = range(10_000)  # OCPI's int(4)
_MOST_DIGITS = 9  # of a number; Python refuses to read thousands of them


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came; headers None where absent, `body` possibly cut off by the reader."""

    status: int
    body: bytes
    content_type: str = ""
    location: str | None = None
    retry_after: str | None = None
    date: str | None = None
    link: str | None = None

    @property
    def is_2xx(self) -> bool:
        """Whether HTTP says success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_4xx(self) -> bool:
        """Whether HTTP blames the request."""
        return HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR


class Envelope(msgspec.Struct, frozen=True):
    """OCPI's response format; `data` is absent, null, an object or a list, and some peers write the code as text."""

    status_code: int | str
    status_message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def code(self) -> int:
        """The OCPI status code, 0 if it is none."""
        said = self.status_code if isinstance(self.status_code, int) else _whole_number(self.status_code)
        return said if said is not None and said in _CODES else 0


def parse_envelope(body: bytes) -> Envelope | None:
    """Return the envelope in a body, None if there is none."""
    try:
        return read(body, Envelope)
    except Malformed:
        return None


def data_of(answer: Answer) -> bytes:
    """Return the data of a successful answer to a GET; ValueError says why there is none, and what to do."""
    match judge(answer), parse_envelope(answer.body):
        case Accepted(), Envelope(data=data):
            return bytes(data)
        case Deferred(reason=reason), _:
            raise ValueError(reason)
        case Rejected(reason=reason), _:
            raise ValueError(f"{reason}: check versions_url")
        case _:
            raise ValueError("no OCPI answer: check versions_url")


def says_duplicate(answer: Answer) -> bool:
    """Whether an answer to a CDR says "I have this": HTTP 409, or OCPI 2xxx in words to that effect."""
    if answer.status == HTTPStatus.CONFLICT:
        return True
    envelope = parse_envelope(answer.body)
    if envelope is None or envelope.code not in _CLIENT_ERROR or not (answer.is_2xx or answer.is_4xx):
        return False
    said = (envelope.status_message or "").lower()
    return "duplicate" in said or ("exist" in said and "not exist" not in said and "n't exist" not in said)


def judge(answer: Answer, secrets: Iterable[str] = ()) -> Receipt:
    """Say what an answer to a PUT or POST means. `secrets` are texts that must not be quoted from it.

    Accepted takes HTTP 2xx and OCPI 1xxx together. Rejected is an answer about this object: OCPI 2xxx, or HTTP 4xx from
    something that speaks no HTML. Everything else passes with time or with an operator's help: Deferred.
    """
    envelope = parse_envelope(answer.body)
    seen = _seen(answer, envelope, secrets)
    if answer.is_2xx:
        return _judge_by_ocpi(envelope, seen)
    if answer.is_4xx:
        return _judge_4xx(answer, envelope, seen)
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return Deferred(f"{seen}: the peer points elsewhere: ask its operator for the right versions_url")
    return Deferred(f"{seen}: {_THEIR_TROUBLE}", retry_after_s(answer))


def _judge_4xx(answer: Answer, envelope: Envelope | None, seen: str) -> Receipt:
    if answer.status in _TRANSIENT_4XX:
        return Deferred(f"{seen}: {_TRANSIENT_4XX[HTTPStatus(answer.status)]}", retry_after_s(answer))
    if _is_html(answer):
        return Deferred(f"{seen}: a web server answered, not an OCPI peer: check versions_url and any proxy")
    if envelope is not None and envelope.code >= _CLIENT_ERROR.stop:
        return Deferred(f"{seen}: {_THEIR_TROUBLE}")
    return Rejected(seen)


def _judge_by_ocpi(envelope: Envelope | None, seen: str) -> Receipt:
    if envelope is None:
        return Deferred(f"{seen}: no OCPI answer, so nothing is acknowledged: check versions_url and any proxy")
    if envelope.code in _SUCCESS:
        return Accepted(seen)
    if envelope.code in _CLIENT_ERROR:
        return Rejected(seen)
    return Deferred(f"{seen}: {_THEIR_TROUBLE}")


def retry_after_s(answer: Answer) -> int | None:
    """Return Retry-After in whole seconds, 1 hour at most; a date counts from the peer's own Date header."""
    value = answer.retry_after
    if value is None:
        return None
    if value.strip().isdecimal():
        seconds = _whole_number(value.strip())
        return _MAX_RETRY_AFTER_S if seconds is None else min(seconds, _MAX_RETRY_AFTER_S)
    if answer.date is None:
        return None
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(answer.date)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0, int(wait.total_seconds())), _MAX_RETRY_AFTER_S)


def _whole_number(digits: str) -> int | None:
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def _is_html(answer: Answer) -> bool:
    return "html" in answer.content_type.lower() or answer.body.lstrip()[:1] == b"<"


def _seen(answer: Answer, envelope: Envelope | None, secrets: Iterable[str]) -> str:
    if envelope is not None:
        said = quote(envelope.status_message or "", secrets)
        return f"HTTP {answer.status}, OCPI {envelope.code}" + (f" ({said})" if said else "")
    if _is_html(answer):
        return f"HTTP {answer.status} with a web page"
    if not answer.body.strip():
        return f"HTTP {answer.status} without a body"
    said = quote(answer.body.decode("utf-8", "replace"), secrets)
    return f"HTTP {answer.status} ({said})"
