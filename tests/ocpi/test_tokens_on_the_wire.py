"""Token lists: what is taken, what is refused, and that every finding names its JSON path and no card."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from ocpi.examples import token

from gateway.core.identifiers import TokenUid
from gateway.core.token import Token, TokenType, WhitelistType
from gateway.ocpi.v2_2_1.token import TokensInvalid, parse_tokens, to_wire

GOOD = {
    "country_code": "DE",
    "party_id": "MSP",
    "uid": "04A1B2C3D4E5F6",
    "type": "RFID",
    "contract_id": "DE-MSP-C12345678-X",
    "issuer": "Example Mobility",
    "valid": True,
    "whitelist": "ALWAYS",
    "last_updated": "2026-03-01T00:00:00Z",
}


def parse(*items: dict[str, object]) -> tuple[Token, ...]:
    return parse_tokens(json.dumps(items).encode())


def findings(*items: object) -> tuple[str, ...]:
    with pytest.raises(TokensInvalid) as refused:
        parse_tokens(json.dumps(items).encode())
    return refused.value.findings


def test_a_token_is_read() -> None:
    assert parse(GOOD) == (token(),)


def test_all_fields_are_read_and_unknown_ones_let_pass() -> None:
    [read] = parse(
        GOOD
        | {
            "visual_number": "DF000-2001-8999",
            "group_id": "FLEET1",
            "language": "de",
            "valid_until": "2026-12-31T23:00:00Z",
            "default_profile_type": "GREEN",
            "energy_contract": {"supplier_name": "Green"},
            "whitelist": "NEVER",
            "type": "APP_USER",
            "valid": False,
        }
    )

    assert read == token(
        visual_number="DF000-2001-8999",
        group_id="FLEET1",
        language="de",
        valid_until=datetime(2026, 12, 31, 23, tzinfo=UTC),
        whitelist=WhitelistType.NEVER,
        type=TokenType.APP_USER,
        valid=False,
    )


@pytest.mark.parametrize("optional", ["visual_number", "group_id", "language", "valid_until"])
def test_null_is_as_good_as_absent(optional: str) -> None:
    assert parse(GOOD | {optional: None}) == parse(GOOD)


def test_r20_a_time_without_z_is_utc_and_fractions_count() -> None:
    [plain, fine] = parse(
        GOOD | {"last_updated": "2026-03-01T00:00:00"}, GOOD | {"uid": "X", "last_updated": "2026-03-01T00:00:00.25Z"}
    )

    assert plain.last_updated == datetime(2026, 3, 1, tzinfo=UTC)
    assert fine.last_updated == datetime(2026, 3, 1, 0, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("time", ["2026-03-01T00:00:00+00:00", "2026-03-01", "2026-02-30T00:00:00Z", "yesterday"])
def test_r20_another_form_of_time_is_refused_with_the_right_one(time: str) -> None:
    [finding] = findings(GOOD | {"last_updated": time})

    assert finding.startswith("$[0].last_updated: ")
    assert finding.endswith("write it in UTC like 2026-01-31T12:00:00Z")


def test_every_finding_of_every_token_is_told_at_once() -> None:
    without_issuer = {key: value for key, value in GOOD.items() if key != "issuer"}

    assert findings(
        GOOD,
        without_issuer,
        GOOD | {"uid": "x" * 37, "party_id": "TOOLONG"},
        GOOD | {"valid": "yes"},
        GOOD | {"whitelist": "SOMETIMES"},
    ) == (
        "$[1].issuer: is missing",
        "$[2].party_id: has 7 characters, OCPI allows at most 3, shorten it",
        "$[2].uid: has 37 characters, OCPI allows at most 36, shorten it",
        "$[3].valid: expected `bool`, got `str`",
        "$[4].whitelist: invalid enum value 'SOMETIMES'",
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_optional_text_that_is_empty_or_null_is_absent(nothing: str | None) -> None:
    """Two drivers with an empty group are in no group together."""
    [token] = parse(GOOD | dict.fromkeys(("visual_number", "group_id", "language"), nothing))
    assert (token.visual_number, token.group_id, token.language) == (None, None, None)


def test_r53_the_same_card_of_the_same_owner_twice_is_a_finding_whatever_its_case() -> None:
    assert findings(GOOD, GOOD | {"uid": "04a1b2c3d4e5f6"}) == (
        "$[1].uid: the same uid and type of the same owner stands in the list already",
    )


def test_the_same_uid_of_two_owners_or_types_is_two_tokens() -> None:
    assert len(parse(GOOD, GOOD | {"party_id": "OTH"}, GOOD | {"type": "OTHER"})) == 3


@pytest.mark.parametrize("data", [b"", b"{}", b"nonsense", b'{"data":[]}', b"\xff"])
def test_what_is_no_list_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(TokensInvalid, match=r"^\$: .*expected a JSON list of OCPI Tokens"):
        parse_tokens(data)


def test_an_item_that_is_no_object_is_named() -> None:
    assert findings(7) == ("$[0]: expected `object`, got `int`",)


def test_no_uid_is_in_any_finding() -> None:
    bad = GOOD | {"uid": "SECRETCARD\n", "type": "NFC"}

    assert "SECRETCARD" not in str(findings(bad, GOOD | {"uid": "SECRETCARD\n"}))


def test_a_token_survives_the_way_to_the_wire_and_back() -> None:
    full = token(
        visual_number="1",
        group_id="G",
        language="nl",
        valid_until=datetime(2026, 12, 31, tzinfo=UTC),
        uid=TokenUid("aB"),
    )

    assert parse_tokens(msgspec.json.encode([to_wire(full), to_wire(token())])) == (full, token())
