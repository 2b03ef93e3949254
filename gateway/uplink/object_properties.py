"""The properties of our PUBLISH packets as MQTT 5 has them (2.2.2, 3.3.2.3), packed at once.

paho packs the same bytes; it takes as long for it as for all the rest of a message, and a backlog feels that.
"""

from functools import lru_cache
from typing import Final, Protocol

_FORMAT_IS_UTF8: Final = b"\x01\x01"
_CONTENT_TYPE: Final = 0x03
_USER_PROPERTY: Final = b"\x26"
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80


Pairs = tuple[tuple[str, str], ...]


class Packable(Protocol):
    """What paho needs of properties when it sends them."""

    def pack(self) -> bytes:
        """Return what stands in the packet, its length first."""
        ...


class ObjectProperties:
    """Says that a payload is JSON in UTF-8, and what the user properties say; paho asks it for nothing but `pack`.

    `fixed` are those that many messages share, `own` those of one.
    """

    def __init__(self, fixed: Pairs, own: Pairs) -> None:
        body = _fixed(fixed) + b"".join([_name(name) + _text(value) for name, value in own])
        self._packed = _length(len(body)) + body

    def pack(self) -> bytes:
        """Return what stands in the packet, its length first."""
        return self._packed


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


@lru_cache(maxsize=64)
def _name(name: str) -> bytes:
    return _USER_PROPERTY + _text(name)


@lru_cache(maxsize=64)
def _fixed(pairs: Pairs) -> bytes:
    return _HEAD + b"".join(_name(name) + _text(value) for name, value in pairs)


_HEAD: Final = _FORMAT_IS_UTF8 + bytes((_CONTENT_TYPE,)) + _text("application/json")


def _length(length: int) -> bytes:
    """Return a variable byte integer."""
    encoded = bytearray()
    while True:
        digit, length = length & _SEVEN_BITS, length >> 7
        encoded.append(digit | _MORE if length else digit)
        if not length:
            return bytes(encoded)
