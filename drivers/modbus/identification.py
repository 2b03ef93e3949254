"""What a device says of itself: the reply to Read Device Identification (function 43, MEI type 14). Pure.

Modbus Application Protocol V1.1b3, 6.21: MEI type, read code, conformity, whether more follows, next object, count;
then of each object its id, its length and its text.
"""

from collections.abc import Iterator, Mapping

VENDOR, PRODUCT, REVISION = 0, 1, 2
"""Objects that every device with this function has: maker, product code, major and minor revision."""

MOST_BYTES = 252
"""What may follow the function code: a PDU has 253 bytes."""
_COUNT_AT = 5
_OBJECT_HEAD = 2


def length_of(data: bytes) -> int | None:
    """Tell how many bytes of what follows the function code belong to the reply; None while too few have come."""
    end = _COUNT_AT + 1
    if len(data) < end:
        return None
    for _ in range(data[_COUNT_AT]):
        if len(data) < end + _OBJECT_HEAD:
            return None
        end += _OBJECT_HEAD + data[end + 1]
    return end


def objects_in(data: bytes) -> Mapping[int, str]:
    """Return the texts of a whole reply by object id, without padding; what is not printable ASCII is shown as '?'.

    They are shown on a technician's terminal, which must not take orders from a device.
    """
    return {number: printable(text.strip(b" \0")) for number, text in _texts(data)}


def _texts(data: bytes) -> Iterator[tuple[int, bytes]]:
    start = _COUNT_AT + 1
    while start + _OBJECT_HEAD <= len(data):
        number, length = data[start], data[start + 1]
        start += _OBJECT_HEAD + length
        yield number, data[start - length : start]


def printable(text: bytes) -> str:
    """Return a device's text as it may be shown."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in text)  # noqa: PLR2004 - the bounds of ASCII
