"""UUIDs (RFC 9562) as texts, without the object that the standard library makes on the way: a message needs two."""

import hashlib
from typing import Final
from uuid import NAMESPACE_URL

_NAMESPACE: Final = NAMESPACE_URL.bytes
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid_text(digits: str, version: int) -> str:
    """Return 32 hex digits as a UUID; six of their 128 bits give way to version and variant."""
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def named_uuid(name: str) -> str:
    """Return the UUID of a name, always the same: version 5, in the namespace of URLs."""
    return uuid_text(hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest(), 5)
