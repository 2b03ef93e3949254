"""The packets that a backlog is made of, as MQTT 5 (2.2.2, 3.3) and 3.1.1 have them: pure.

paho makes the same bytes, but takes as long for it as for all the rest of a message, and a backlog feels that.
"""

from functools import lru_cache
from typing import Final

PUBLISH: Final = 0x30
PUBACK: Final = 0x40
_QOS_1: Final = 0x02
_RETAIN: Final = 0x01

_FORMAT_IS_UTF8: Final = b"\x01\x01"
_CONTENT_TYPE: Final = 0x03
_USER_PROPERTY: Final = b"\x26"
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80

Pairs = tuple[tuple[str, str], ...]


def publish(topic: str, payload: bytes, packet_id: int, properties: bytes, *, retain: bool = False) -> bytes:
    """Return a PUBLISH with QoS 1; `properties` with their length first, nothing for MQTT 3.1.1."""
    head = _text(topic) + packet_id.to_bytes(2, "big") + properties
    first = PUBLISH | _QOS_1 | _RETAIN if retain else PUBLISH | _QOS_1
    return b"%c%b%b%b" % (first, _length(len(head) + len(payload)), head, payload)


def object_properties(shared: Pairs, own: Pairs) -> bytes:
    """Say that a payload is JSON in UTF-8, and what the user properties say; length first.

    `shared` are those that many messages have, `own` those of one.
    """
    body = _shared(shared) + b"".join([_name(name) + _text(value) for name, value in own])
    return _length(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


@lru_cache(maxsize=64)
def _name(name: str) -> bytes:
    return _USER_PROPERTY + _text(name)


@lru_cache(maxsize=64)
def _shared(pairs: Pairs) -> bytes:
    return _HEAD + b"".join(_name(name) + _text(value) for name, value in pairs)


_HEAD: Final = _FORMAT_IS_UTF8 + bytes((_CONTENT_TYPE,)) + _text("application/json")


@lru_cache(maxsize=4096)
def _length(length: int) -> bytes:
    """Return a variable byte integer."""
    encoded = bytearray()
    while True:
        digit, length = length & _SEVEN_BITS, length >> 7
        encoded.append(digit | _MORE if length else digit)
        if not length:
            return bytes(encoded)
