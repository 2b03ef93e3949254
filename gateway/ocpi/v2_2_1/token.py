"""OCPI 2.2.1 Token: from a list of token objects to core Tokens, and back."""

import msgspec

from gateway.core.identifiers import Party, TokenUid
from gateway.core.token import Token, TokenType, WhitelistType
from gateway.ocpi.reading import Malformed, read
from gateway.ocpi.v2_2_1.rules import moment, optional_text, parse_moment, text, text_problem


class TokenWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI Token, in the specification's field order; unknown fields are let pass, an empty optional text is absent.

    `valid_until` is no OCPI field: an expiry date that a token file of the site may add.
    """

    country_code: str
    party_id: str
    uid: str
    type: TokenType
    contract_id: str
    visual_number: str | None = None
    issuer: str
    group_id: str | None = None
    valid: bool
    whitelist: WhitelistType
    language: str | None = None
    last_updated: str
    valid_until: str | None = None


class TokensInvalid(ValueError):
    """A token list that cannot be used; `findings` are all of them, each beginning with its JSON path."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


_TEXT_FIELDS = ("country_code", "party_id", "uid", "contract_id", "visual_number", "issuer", "group_id", "language")
_MOMENT_FIELDS = ("last_updated", "valid_until")
_OPTIONAL = frozenset({"visual_number", "group_id", "language", "valid_until"})


def parse_tokens(data: bytes) -> tuple[Token, ...]:
    """Return the tokens of a JSON list of OCPI Tokens; TokensInvalid carries every finding, and no uid.

    Two entries of one owner with the same uid (without regard to case) and type are a finding too.
    """
    try:
        items = read(data, list[msgspec.Raw])
    except Malformed as error:
        raise TokensInvalid((f"{error}, expected a JSON list of OCPI Tokens",)) from None
    findings: list[str] = []
    tokens: dict[tuple[object, ...], Token] = {}
    for index, item in enumerate(items):
        path = f"$[{index}]"
        try:
            wire = read(bytes(item), TokenWire)
        except Malformed as error:
            findings.append(f"{path}{str(error).removeprefix('$')}")
            continue
        problems = _problems(path, wire)
        if problems:
            findings.extend(problems)
            continue
        token = _from_wire(wire)
        key = (wire.country_code.upper(), wire.party_id.upper(), token.uid, token.type)
        if key in tokens:
            findings.append(f"{path}.uid: the same uid and type of the same owner stands in the list already")
        tokens[key] = token
    if findings:
        raise TokensInvalid(tuple(findings))
    return tuple(tokens.values())


def to_wire(token: Token) -> TokenWire:
    """Return the wire shape of a token; ValueError names a field that OCPI would not carry."""
    return TokenWire(
        country_code=text("token.country_code", token.owner.country_code),
        party_id=text("token.party_id", token.owner.party_id),
        uid=text("token.uid", token.uid.value),
        type=token.type,
        contract_id=text("token.contract_id", token.contract_id),
        visual_number=optional_text("token.visual_number", token.visual_number),
        issuer=text("token.issuer", token.issuer),
        group_id=optional_text("token.group_id", token.group_id),
        valid=token.valid,
        whitelist=token.whitelist,
        language=optional_text("token.language", token.language),
        last_updated=moment("token.last_updated", token.last_updated),
        valid_until=None if token.valid_until is None else moment("token.valid_until", token.valid_until),
    )


def _problems(path: str, wire: TokenWire) -> list[str]:
    problems: list[str] = []
    for name, value in _set_fields(wire, _TEXT_FIELDS):
        problem = text_problem(f"token.{name}", value)
        if problem is not None:
            problems.append(f"{path}.{name}: {problem}")
    for name, value in _set_fields(wire, _MOMENT_FIELDS):
        try:
            parse_moment(value)
        except ValueError as problem:
            problems.append(f"{path}.{name}: {problem}")
    return problems


def _set_fields(wire: TokenWire, names: tuple[str, ...]) -> list[tuple[str, str]]:
    values = ((name, getattr(wire, name)) for name in names)
    return [(name, value) for name, value in values if value or (value is not None and name not in _OPTIONAL)]


def _from_wire(wire: TokenWire) -> Token:
    return Token(
        owner=Party(wire.country_code, wire.party_id),
        uid=TokenUid(wire.uid),
        type=wire.type,
        contract_id=wire.contract_id,
        issuer=wire.issuer,
        valid=wire.valid,
        whitelist=wire.whitelist,
        last_updated=parse_moment(wire.last_updated),
        visual_number=wire.visual_number or None,
        group_id=wire.group_id or None,
        language=wire.language or None,
        valid_until=parse_moment(wire.valid_until) if wire.valid_until else None,
    )
