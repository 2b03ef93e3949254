"""A fact's body as JSON and back. Old lines stay readable: a field may be added with a default, never renamed."""

import re
from typing import Any, Final, get_args

import msgspec

from gateway.core.facts import FactBody
from gateway.journal.errors import JournalTooNew

_WORD_START: Final = re.compile(r"(?<!^)(?=[A-Z])")


def kind_of(body_type: type[FactBody]) -> str:
    """Name a fact type as the journal does: its class name in snake_case."""
    return _WORD_START.sub("_", body_type.__name__).lower()


BODY_TYPES: Final[dict[str, type[FactBody]]] = {kind_of(body_type): body_type for body_type in get_args(FactBody)}
_KINDS: Final = {body_type: kind for kind, body_type in BODY_TYPES.items()}
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(body_type) for kind, body_type in BODY_TYPES.items()
}
# Decimals become strings, so that nothing between here and the disk can make floats of them.
_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")


def encode(body: FactBody) -> tuple[str, str]:
    """Return the kind and the JSON text; the same value always gives the same text."""
    return _KINDS[type(body)], _ENCODER.encode(body).decode("utf-8")


def decode(kind: str, text: str) -> FactBody:
    """Read a body back; fields this version does not know are passed over, other differences are JournalTooNew."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise JournalTooNew(f"the journal holds a fact of kind {kind!r}; install the version that wrote it, or a newer")
    try:
        body: FactBody = decoder.decode(text)
    except msgspec.DecodeError as error:
        raise JournalTooNew(
            f"the journal holds a fact of kind {kind!r} as another version writes it ({error}); install that version"
        ) from error
    return body
