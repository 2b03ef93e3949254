"""R-60 and R-02 over values: pages cover any list exactly once, and a token is understood in whatever form it comes."""

import base64
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ocpi.nesting import is_too_deep
from gateway.ocpi.paging import page_headers, read_page
from gateway.ocpi.peer import TokenForm
from gateway.ocpi.presented import presented_tokens
from gateway.ocpi.token_list import next_page

URL = "https://garage.example.com/ocpi/2.2.1/cdrs"
tokens = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 20))
def test_r_60_pages_that_follow_each_other_cover_any_list_exactly_once(total: int, limit: int, highest: int) -> None:
    everything, seen, query = list(range(total)), [], {"limit": str(limit), "date_to": "2030-01-01T00:00:00Z"}
    while True:
        page = read_page(query, highest)
        seen += page.cut(everything)
        headers = page_headers(URL, query, page, total, highest)
        assert (headers["X-Total-Count"], headers["X-Limit"]) == (str(total), str(highest))
        onward = next_page(headers.get("Link"), URL)
        if onward is None:
            break
        query = dict(parse_qsl(urlsplit(onward).query))
        assert query["date_to"] == "2030-01-01T00:00:00Z"
    assert seen == everything


@given(tokens)
def test_r_02_a_token_is_understood_in_base64_and_raw(token: str) -> None:
    coded = base64.b64encode(token.encode()).decode()
    assert (TokenForm.BASE64, token) in presented_tokens(f"Token {coded}")
    assert (TokenForm.RAW, token) in presented_tokens(f"Token {token}")


@given(st.text(max_size=100))
def test_no_header_breaks_the_reading_of_tokens(header: str) -> None:
    for form, token in presented_tokens(header):
        assert form in TokenForm
        assert re.fullmatch(r"[!-~]{1,64}", token)


@pytest.mark.parametrize("header", [None, "", "Token", "Bearer abc", "Token a b", "Token ä", f"Token {'a' * 600}"])
def test_what_is_no_token_means_nothing(header: str | None) -> None:
    assert presented_tokens(header) == ()


@pytest.mark.parametrize(
    ("body", "too_deep"),
    [
        (b"[" * 32 + b"]" * 32, False),
        (b"[" * 33 + b"]" * 33, True),
        (b'{"a":' * 33 + b"1" + b"}" * 33, True),
        (b"[" + b"[]," * 1000 + b"[]]", False),
        (b'["' + b"[" * 1000 + b'"]', False),
        (b'["\\"' + b"[" * 1000 + b'"]', False),
        (b"[" * 32 + b'"\\' * 500_000, False),
        (b"[]" * 40 + b'"\\' * 500_000, False),
    ],
)
def test_depth_is_counted_outside_of_texts(body: bytes, too_deep: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert is_too_deep(body) is too_deep
