"""Ids of requests and messages, new for each one on the wire."""

import os
from collections.abc import Iterator
from typing import Final

from gateway.ocpi.uuid_text import uuid_text

_DIGITS: Final = 32
_AT_ONCE: Final = 256  # each question to the system is a moment in which another thread may take over


def new_request_id() -> str:
    """Return a random UUID."""
    return next(_ids)


def _endless() -> Iterator[str]:
    while True:
        digits = os.urandom(_AT_ONCE * _DIGITS // 2).hex()
        for begin in range(0, len(digits), _DIGITS):
            yield uuid_text(digits[begin : begin + _DIGITS], 4)


_ids: Final = _endless()
