"""What is sent, read back with exact numbers."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ocpi.examples import SITE, cdr, session

from gateway.ocpi.v2_2_1.cdr import encode_cdr
from gateway.ocpi.v2_2_1.session import encode_session


def session_json(**changes: object) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(encode_session(session(**changes), SITE), parse_float=Decimal)
    return decoded


def cdr_json(**changes: object) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(encode_cdr(cdr(**changes)), parse_float=Decimal)
    return decoded


def every_value(node: object, path: str = "") -> Iterator[tuple[str, object]]:
    match node:
        case dict():
            for key, value in node.items():
                yield from every_value(value, f"{path}.{key}")
        case list():
            for value in node:
                yield from every_value(value, f"{path}[]")
        case _:
            yield path, node
