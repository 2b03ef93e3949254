"""What somebody else said, made fit for a log line: one line, short, and without the secrets it may echo."""

import re
from collections.abc import Iterable

_LONGEST = 160  # enough for a sentence of a peer; a stack trace of its framework is of no use in our log
_SHORTEST_SECRET = 4  # shorter texts would blank out half of any sentence


def quote(said: str, secrets: Iterable[str] = ()) -> str:
    """Return the text in one printable line of at most 160 characters, every secret in it replaced by `…`."""
    if not said:
        return said
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            said = re.sub(re.escape(secret), "…", said, flags=re.IGNORECASE)
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
