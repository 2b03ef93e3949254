"""One OCPI Token as its owner writes it: read whole, changed in part, and judged against the URL it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from gateway.core.identifiers import Party, TokenUid
from gateway.core.token import Token, TokenType
from gateway.ocpi.v2_2_1.token import TokensInvalid, parse_tokens

_LONGEST = 8 << 10  # bytes: kept as it came, with whatever its owner adds; OCPI's own fields take less than two
_KEY_FIELDS = ("country_code", "party_id", "uid", "type")


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a token is known by: its owner, uid and type, all compared without regard to case."""

    owner: Party
    uid: TokenUid
    type: TokenType

    @property
    def folded(self) -> tuple[str, str, str, str]:
        """The key as it compares."""
        party = self.owner
        return (party.country_code.upper(), party.party_id.upper(), self.uid.value.casefold(), self.type.value)


@dataclass(frozen=True, slots=True)
class TokenObject:
    """A token as the core needs it, and the JSON that its owner sent, with whatever else stood in it."""

    token: Token
    body: bytes

    @property
    def key(self) -> TokenKey:
        """What it is known by."""
        return TokenKey(self.token.owner, self.token.uid, self.token.type)

    @property
    def last_updated(self) -> datetime:
        """When its owner changed it last."""
        return self.token.last_updated


def read_key(country_code: str, party_id: str, uid: str, token_type: str | None) -> TokenKey:
    """Return the key in a URL; the type is RFID unless told. ValueError where the type is none."""
    try:
        kind = TokenType(token_type or TokenType.RFID)
    except ValueError:
        raise ValueError(f"type: must be a TokenType of OCPI, like {', '.join(TokenType)}") from None
    return TokenKey(Party(country_code, party_id), TokenUid(uid), kind)


def read_token(body: bytes, key: TokenKey | None = None) -> TokenObject:
    """Return the token in a body; ValueError tells what is wrong, also where it is another one than the URL says."""
    if len(body) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} bytes, no Token is")
    try:
        body.decode()  # a field that nobody knows is not looked into, and would be given out again as it came
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    try:
        (token,) = parse_tokens(b"[" + body + b"]")
    except TokensInvalid as problem:
        raise ValueError("; ".join(finding.replace("$[0].", "", 1) for finding in problem.findings)) from None
    except ValueError:  # two objects, or none
        raise ValueError("must be one Token object") from None
    read = TokenObject(token, body)
    if key is not None:
        for name, ours, theirs in zip(_KEY_FIELDS, read.key.folded, key.folded, strict=True):
            if ours != theirs:
                raise ValueError(f"{name}: is not the one in the URL")
    return read


def read_tokens(items: Sequence[bytes]) -> tuple[tuple[TokenObject, ...], int]:
    """Return the tokens of a list that can be used, and how many could not."""
    good = []
    for item in items:
        try:
            good.append(read_token(item))
        except ValueError:
            continue
    return tuple(good), len(items) - len(good)


def patch_token(stored: TokenObject, body: bytes) -> TokenObject:
    """Return the token with the given fields changed and the others as they were; ValueError tells what is wrong."""
    try:
        changes: Mapping[str, msgspec.Raw] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise ValueError("must be an object") from None
    if "last_updated" not in changes:
        raise ValueError("last_updated: is required in every PATCH")
    whole = {**msgspec.json.decode(stored.body, type=dict[str, msgspec.Raw]), **changes}
    return read_token(msgspec.json.encode(whole), stored.key)
