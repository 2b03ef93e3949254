"""OCPI objects for people's eyes: the card's uid is replaced by its redacted form."""

import json
from decimal import Decimal

import msgspec

from gateway.core.identifiers import TokenUid
from gateway.web.shapes import encode


def redacted(body: bytes) -> msgspec.Raw:
    """Return the JSON object of a Session or CDR without the uid of its card; numbers keep their digits."""
    content = json.loads(body, parse_float=Decimal)
    token = content.get("cdr_token")
    if isinstance(token, dict) and isinstance(token.get("uid"), str):
        token["uid"] = str(TokenUid(token["uid"]))
    return msgspec.Raw(encode(content))
