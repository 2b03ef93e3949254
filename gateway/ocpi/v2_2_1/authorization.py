"""OCPI's real-time authorisation on the wire: the question to a token's owner, and what its answer means."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from gateway.core.facts_roaming import Outcome
from gateway.core.identifiers import EvseUid, TokenUid
from gateway.core.place import Site
from gateway.core.token import Token, TokenType
from gateway.ocpi.envelope import Answer, parse_envelope
from gateway.ocpi.quoting import quote as shown
from gateway.ocpi.reading import Malformed, read
from gateway.ocpi.reply import Code
from gateway.ocpi.v2_2_1.rules import text
from gateway.ocpi.v2_2_1.token_object import read_token

# What says nothing of the card: our token is not known there, or it wants fewer questions.
_ABOUT_US = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_SUCCESS = range(1000, 2000)
_CLIENT_ERROR = range(2000, 3000)


class _Where(msgspec.Struct, frozen=True):
    location_id: str
    evse_uids: tuple[str, ...] | None = None


class _Text(msgspec.Struct, frozen=True):
    text: str


class _Info(msgspec.Struct, frozen=True):
    allowed: str
    token: msgspec.Raw = msgspec.Raw(b"null")
    location: _Where | None = None
    authorization_reference: str | None = None
    info: _Text | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What an owner answered; None of an outcome where it answered nothing that counts."""

    outcome: Outcome | None
    token: Token | None = None
    reference: str | None = None
    info: str | None = None


def question_url(endpoint: str, uid: TokenUid, kind: TokenType) -> str:
    """Return where an owner is asked about a token."""
    return f"{endpoint.rstrip('/')}/{quote(uid.value, safe='')}/authorize?type={kind.value}"


def question_body(site: Site, evse_uid: EvseUid) -> bytes:
    """Return the LocationReferences of the EVSE that the driver stands at."""
    return msgspec.json.encode({"location_id": site.location_id, "evse_uids": [evse_uid]})


def read_said(  # noqa: PLR0911 - one way out for each kind of answer
    answer: Answer, site: Site, evse_uid: EvseUid, uid: TokenUid
) -> Said:
    """Return what an answer to the question means; what is malformed allows nothing."""
    envelope = parse_envelope(answer.body)
    code = 0 if envelope is None else envelope.code
    if answer.status == HTTPStatus.NOT_FOUND or code == Code.UNKNOWN_TOKEN:
        return Said(Outcome.UNKNOWN)
    if not answer.is_2xx or code not in _SUCCESS or envelope is None:
        about_us = answer.status in _ABOUT_US or not (answer.is_2xx or answer.is_4xx)
        refuses = code in _CLIENT_ERROR and not about_us
        return Said(Outcome.NOT_ALLOWED if refuses else None)
    info = _read_info(bytes(envelope.data))
    if info is None:
        return Said(None)
    words = None if info.info is None else shown(info.info.text, (uid.value,))
    try:
        outcome = Outcome(info.allowed)
    except ValueError:
        return Said(Outcome.NOT_ALLOWED, info=words)
    if outcome is not Outcome.ALLOWED:
        return Said(outcome if outcome in _ALLOWED_TYPES else Outcome.NOT_ALLOWED, info=words)
    if info.location is not None and not _is_there(info.location, site, evse_uid):
        return Said(Outcome.NOT_ALLOWED_HERE, info=words)
    return Said(Outcome.ALLOWED, _read_token(info.token, uid), _reference(info.authorization_reference), words)


_ALLOWED_TYPES = frozenset({Outcome.BLOCKED, Outcome.EXPIRED, Outcome.NO_CREDIT, Outcome.NOT_ALLOWED})


def _read_info(data: bytes) -> _Info | None:
    """Return the AuthorizationInfo; some peers wrap it in a list."""
    try:
        info = read(data, _Info | tuple[_Info])
    except Malformed:
        return None
    return info if isinstance(info, _Info) else info[0]


def _is_there(where: _Where, site: Site, evse_uid: EvseUid) -> bool:
    if where.location_id.casefold() != site.location_id.casefold():
        return False
    return not where.evse_uids or evse_uid.casefold() in {uid.casefold() for uid in where.evse_uids}


def _read_token(raw: msgspec.Raw, uid: TokenUid) -> Token | None:
    """Return the token if it is the one that was asked about."""
    try:
        token = read_token(bytes(raw)).token
    except ValueError:
        return None
    return token if token.uid == uid else None


def _reference(value: str | None) -> str | None:
    if not value:
        return None
    try:
        return text("authorization_reference", value)
    except ValueError:
        return None
