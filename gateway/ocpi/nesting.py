"""How deep a JSON text is nested, found without building it: what is too deep is refused before it is decoded."""

import re

DEEPEST = 32  # OCPI's objects are less than ten deep
# A text that does not end reaches to the end: looked for once, and not again from each quote inside of it.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_ALL_BYTES = bytes(range(256))
_BRACKETS = b"[]{}"
_NOT_BRACKETS = bytes(set(_ALL_BYTES) - set(_BRACKETS))
_OPENING = b"[{"


def is_too_deep(body: bytes) -> bool:
    """Whether lists and objects stand more than 32 deep in each other; brackets inside texts do not count."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _STRINGS.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in _OPENING else -1
        if depth > DEEPEST:
            return True
    return False
