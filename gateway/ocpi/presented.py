"""Tokens as they are presented to us: read from the Authorization header, and compared by digest only."""

import base64
import hashlib
import re

from gateway.ocpi.peer import TokenForm

_SCHEME = re.compile(r"token +(\S+)", re.IGNORECASE)
_LONGEST = 512  # a token has at most 64 characters, in base64 88; what is longer is noise
_ALLOWED = re.compile(r"[!-~]{1,64}")


def presented_tokens(header: str | None) -> tuple[tuple[TokenForm, str], ...]:
    """Return what an Authorization header may mean: its base64 decoded, then the text as it stands.

    A decoded token may end in a newline (the specification's printed samples do): it does not count.
    """
    match = _SCHEME.fullmatch((header or "").strip())
    if match is None or len(match[1]) > _LONGEST:
        return ()
    written = match[1]
    meanings = [] if (decoded := _decoded(written)) is None else [(TokenForm.BASE64, decoded)]
    if _ALLOWED.fullmatch(written):
        meanings.append((TokenForm.RAW, written))
    return tuple(meanings)


def digest(token: str) -> bytes:
    """Return what is kept of a token that a peer sends us. Ours have 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()


def _decoded(written: str) -> str | None:
    try:
        text = base64.b64decode(written, validate=True).decode("ascii").rstrip("\r\n")
    except ValueError:
        return None
    return text if _ALLOWED.fullmatch(text) else None
