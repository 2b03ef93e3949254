"""The packets that a backlog is made of, as MQTT 5 (2.2.2, 3.3, 3.4) and 3.1.1 have them: pure.

paho makes and reads the same bytes, but takes longer for it than all the rest of a message does: a backlog feels that.
"""

from functools import lru_cache
from typing import Final

PUBLISH: Final = 0x30
_PUBACK: Final = 0x40
_QOS_1: Final = 0x02
_RETAIN: Final = 0x01

_FORMAT_IS_UTF8: Final = b"\x01\x01"
_CONTENT_TYPE: Final = 0x03
_USER_PROPERTY: Final = b"\x26"
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80
_HEADER: Final = 2  # bytes of a packet's type and a length below 128
_ID: Final = 2  # bytes of a packet id

Pairs = tuple[tuple[str, str], ...]


def publish(topic: str, payload: bytes, packet_id: int, properties: bytes, *, retain: bool = False) -> bytes:
    """Return a PUBLISH with QoS 1; `properties` with their length first, nothing for MQTT 3.1.1."""
    head = _text(topic) + packet_id.to_bytes(2, "big") + properties
    first = PUBLISH | _QOS_1 | _RETAIN if retain else PUBLISH | _QOS_1
    return b"%c%b%b%b" % (first, _length(len(head) + len(payload)), head, payload)


def acknowledged(variable: bytes, *, has_codes: bool) -> tuple[int, int] | None:
    """Read a PUBACK's bytes after its length: packet id and reason code, which MQTT 3.1.1 has not; None: it is none."""
    length = len(variable)
    if length == _ID:
        return variable[0] << 8 | variable[1], 0
    return (variable[0] << 8 | variable[1], variable[2]) if has_codes and length > _ID else None


def acknowledgements(received: bytes, *, has_codes: bool) -> tuple[list[tuple[int, int]], int]:
    """Return what the PUBACKs at the front say, and how many bytes they are; longer than 127 bytes none is read."""
    found, at, end = list[tuple[int, int]](), 0, len(received)
    while end - at > _HEADER and received[at] == _PUBACK and received[at + 1] <= _SEVEN_BITS:
        after = at + _HEADER + received[at + 1]
        one = acknowledged(received[at + _HEADER : after], has_codes=has_codes) if after <= end else None
        if one is None:
            break
        found.append(one)
        at = after
    return found, at


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
