"""Tokens as a backend sends them in one message: those that are taken, why others are not, and what is held of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from gateway.core.backend_terms import folded
from gateway.core.identifiers import Party
from gateway.ocpi.reading import Malformed, read
from gateway.ocpi.v2_2_1.rules import moment
from gateway.ocpi.v2_2_1.token_object import TokenObject, read_token

MOST_TOKENS = 500  # in one message: what is written down at once


class _Refused(msgspec.Struct, frozen=True):
    index: int
    reason: str


class _Taken(msgspec.Struct, frozen=True):
    accepted: int
    refused: list[_Refused]


class _Held(msgspec.Struct, frozen=True):
    count: int
    newest: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """The tokens that can be kept, and of the others place and reason; a reason never names a card."""

    tokens: tuple[TokenObject, ...]
    refused: tuple[tuple[int, str], ...]


def read_batch(body: bytes, parties: Iterable[Party]) -> Batch:
    """Return what can be kept of a JSON list of Tokens, or of one Token; ValueError where it is neither."""
    try:
        decoded = read(body, list[msgspec.Raw] | dict[str, msgspec.Raw])
    except Malformed:
        raise ValueError("send a Token, or a list of Tokens, as JSON") from None
    items = [bytes(item) for item in decoded] if isinstance(decoded, list) else [body]
    if len(items) > MOST_TOKENS:
        raise ValueError(f"too many at once: send at most {MOST_TOKENS} tokens, then the rest")
    spoken_for = {folded(party) for party in parties}
    tokens, refused = list[TokenObject](), list[tuple[int, str]]()
    for index, item in enumerate(items):
        try:
            token = read_token(item)
        except ValueError as problem:
            refused.append((index, str(problem)))
            continue
        if folded(token.token.owner) in spoken_for:
            tokens.append(token)
        else:
            refused.append((index, f"this backend does not speak for {token.token.owner}: add it to its `parties`"))
    return Batch(tuple(tokens), tuple(refused))


def encode_taken(batch: Batch) -> bytes:
    """Return the answer to a batch that is on disk."""
    return msgspec.json.encode(_Taken(len(batch.tokens), [_Refused(*each) for each in batch.refused]))


def encode_held(count: int, newest: datetime | None) -> bytes:
    """Return how many tokens are held of a backend's parties, and the newest last_updated among them."""
    return msgspec.json.encode(_Held(count, None if newest is None else moment("newest", newest)))


def parties_of(names: Sequence[str]) -> tuple[Party, ...]:
    """Return the parties that a configuration writes as SE*ABC."""
    return tuple(Party(*name.split("*", 1)) for name in names)
