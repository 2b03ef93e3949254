"""Request headers, and the way from a versions URL to the URL of an object."""

import base64
from dataclasses import replace
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.identifiers import BackendName, Party, SessionId
from gateway.ocpi.headers import (
    authorization,
    check_credentials_token,
    correlation_id,
    identity_headers,
    routing_headers,
)
from gateway.ocpi.location_delivery import evse_path
from gateway.ocpi.uuid_text import named_uuid, uuid_text
from gateway.ocpi.versions import (
    Endpoints,
    conventional_cdr_url,
    details_url,
    endpoints,
    resolve_location,
    same_origin,
    target,
)

VERSIONS = "https://peer.example/ocpi/versions"
SESSION = Delivery(BackendName("b"), ObjectKind.SESSION, "S 1/2", Party("NL", "EXA"), SessionId("S 1/2"), 7, b"{}")
CDR = replace(SESSION, kind=ObjectKind.CDR, object_id="C1")
KNOWN = Endpoints("https://peer.example/r/sessions", "https://peer.example/r/cdrs")


def test_r01_authorization_is_token_and_base64_without_newline() -> None:
    assert authorization("example-token") == "Token ZXhhbXBsZS10b2tlbg=="


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64))
def test_r01_any_allowed_token_comes_back_from_its_header(token: str) -> None:
    scheme, _, encoded = authorization(token).partition(" ")

    assert scheme == "Token"
    assert base64.b64decode(encoded, validate=True).decode() == token


def test_a_token_file_ends_with_a_newline_as_files_do() -> None:
    assert check_credentials_token("secret\n") == "secret"


@pytest.mark.parametrize("token", ["", "\n", "two words", "é", "x" * 65])
def test_what_is_no_credentials_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match="holds no credentials token: write") as refused:
        check_credentials_token(token)

    assert "two words" not in str(refused.value)


def test_r03_a_correlation_id_belongs_to_one_state_of_one_object() -> None:
    others = [
        replace(SESSION, up_to_seq=8),
        replace(SESSION, object_id="S2"),
        replace(SESSION, kind=ObjectKind.CDR),
        replace(SESSION, owner=Party("NL", "OTH")),
    ]

    assert correlation_id(SESSION) == correlation_id(replace(SESSION, backend=BackendName("c"), body=b"x"))
    assert len({correlation_id(it) for it in [SESSION, *others]}) == 5
    assert UUID(correlation_id(SESSION))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_r03_a_correlation_id_is_the_same_in_every_version_of_ours(name: str) -> None:
    assert named_uuid(name) == str(uuid5(NAMESPACE_URL, name))


@given(st.binary(min_size=16, max_size=16), st.sampled_from((4, 5)))
def test_any_bits_make_a_uuid(bits: bytes, version: int) -> None:
    assert uuid_text(bits.hex(), version) == str(UUID(bytes=bits, version=version))


def test_r05_routing_names_sender_and_receiver() -> None:
    assert routing_headers(Party("NL", "EXA"), Party("DE", "HUB")) == {
        "OCPI-from-country-code": "NL",
        "OCPI-from-party-id": "EXA",
        "OCPI-to-country-code": "DE",
        "OCPI-to-party-id": "HUB",
    }
    assert not [name for name in identity_headers("t", "1") if name.lower().startswith("ocpi-")]


def the_details(*places: tuple[str, str, str]) -> bytes:
    return msgspec.json.encode(
        {"version": "2.2.1", "endpoints": [{"identifier": i, "role": r, "url": u} for i, r, u in places]}
    )


def test_r11_the_highest_common_version_is_picked_wherever_it_stands() -> None:
    data = b'[{"version":"2.1.1","url":"https://a/"},{"version":"2.2.1","url":"/ocpi/2.2.1"},{"version":"2.3.0","url":"x"}]'

    assert details_url(data, VERSIONS) == ("2.3.0", "https://peer.example/ocpi/x")
    assert details_url(data, VERSIONS, ("2.2.1",)) == ("2.2.1", "https://peer.example/ocpi/2.2.1")


def test_r11_endpoints_are_found_by_identifier_and_role() -> None:
    data = the_details(
        ("cdrs", "SENDER", "https://peer.example/no"),
        ("nltnm-tokens", "RECEIVER", "https://peer.example/custom"),
        ("cdrs", "RECEIVER", "https://peer.example/c"),
        ("sessions", "RECEIVER", "https://other.example/s/"),
    )

    assert endpoints(data, VERSIONS) == Endpoints("https://other.example/s/", "https://peer.example/c")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[]", "offers OCPI none, not 2.2.1 or 2.3.0: ask its operator"),
        (b"{}", "versions list is malformed"),
        (b'[{"version": "9\\u001b[31m", "url": "x"}]', r"offers OCPI 9 \[31m, not 2.2.1"),
        (b'[{"version":"2.2.1","url":"http://peer.example/x"}]', "without TLS"),
        (b'[{"version":"2.2.1","url":"mailto:you"}]', "nobody can use"),
        (b'[{"version":"2.2.1","url":"https://[broken"}]', "nobody can use"),
    ],
)
def test_a_versions_list_that_is_no_use_says_why(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        details_url(data, VERSIONS)


def test_a_role_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="no sessions endpoint of role RECEIVER"):
        endpoints(the_details(("sessions", "SENDER", "https://a/s"), ("cdrs", "RECEIVER", "https://a/c")), VERSIONS)


@pytest.mark.parametrize(
    "url",
    [
        "https://peer.example:99999/cdrs",
        "https://peer.example:port/cdrs",
        "https://peer..example/cdrs",
        f"https://{'long' * 16}.example/cdrs",
        "https://user:word@peer.example/cdrs",
        "https://peer.example/cdrs\r\nX-Other: header",
    ],
)
def test_an_endpoint_that_no_request_can_go_to_is_refused_before_anything_is_sent_there(url: str) -> None:
    with pytest.raises(ValueError, match="nobody can use"):
        endpoints(the_details(("sessions", "RECEIVER", url), ("cdrs", "RECEIVER", url)), VERSIONS)


@pytest.mark.parametrize("slash", ["", "/"])
def test_r11_r25_urls_with_and_without_trailing_slash(slash: str) -> None:
    known = Endpoints(KNOWN.sessions + slash, KNOWN.cdrs + slash)

    assert target(known, SESSION) == ("PUT", "https://peer.example/r/sessions/NL/EXA/S%201%2F2")
    assert target(known, CDR) == ("POST", known.cdrs)
    assert conventional_cdr_url(known, CDR) == "https://peer.example/r/cdrs/C1"


@pytest.mark.parametrize(
    ("location", "resolved"),
    [
        ("https://elsewhere.example/cdrs/1", "https://elsewhere.example/cdrs/1"),
        ("/cdrs/1", "https://peer.example/cdrs/1"),
        ("1", "https://peer.example/r/1"),
        (None, None),
        ("", None),
        ("  ", None),
        ("two words", None),
        ("http://[broken", None),
        ("http://h:port/", None),
        ("http://h:99999/", None),
        ("http://two..dots/", None),
        ("javascript:alert(1)", None),
        ("a\r\nb", None),
    ],
)
def test_r46_a_location_is_made_absolute_or_dropped(location: str | None, resolved: str | None) -> None:
    assert resolve_location(location, KNOWN.cdrs) == resolved


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ("https://peer.example/x", True),
        ("https://peer.example:443/x", True),
        ("https://PEER.example/x", True),
        ("http://peer.example/x", False),
        ("https://peer.example:8443/x", False),
        ("https://sub.peer.example/x", False),
    ],
)
def test_r10_an_origin_is_scheme_host_and_port(other: str, is_same: bool) -> None:  # noqa: FBT001 - a column
    assert same_origin(VERSIONS, other) is is_same


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (ObjectKind.LOCATION, "LOC 1", ("PUT", "https://a/l/NL/EXA/LOC%201")),
        (ObjectKind.EVSE, evse_path("LOC 1", "E/2"), ("PATCH", "https://a/l/NL/EXA/LOC%201/E%2F2")),
        (ObjectKind.TARIFF, "T1", ("PUT", "https://a/t/NL/EXA/T1")),
    ],
)
def test_r59_r73_the_site_itself_goes_below_its_own_endpoints(
    kind: ObjectKind, name: str, expected: tuple[str, str]
) -> None:
    known = Endpoints("https://a/s", "https://a/c", "https://a/l/", "https://a/t")

    assert target(known, replace(SESSION, kind=kind, object_id=name)) == expected
    with pytest.raises(ValueError, match="any more"):
        target(Endpoints("https://a/s", "https://a/c"), replace(SESSION, kind=kind, object_id=name))
