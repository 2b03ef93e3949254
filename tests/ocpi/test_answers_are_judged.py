"""What an answer means: HTTP status and OCPI status, both, and in words an operator can act on."""

import json

import pytest

from gateway.core.delivery import Accepted, Deferred, Rejected
from gateway.ocpi.envelope import Answer, data_of, judge, parse_envelope, retry_after_s, says_duplicate
from gateway.ocpi.quoting import quote
from gateway.ocpi.sameness import holds_same


def answer(status: int, code: object = None, message: str | None = None, **rest: str) -> Answer:
    body = b"" if code is None else json.dumps({"status_code": code, "status_message": message}).encode()
    return Answer(status, body, **rest)


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (200, 1000, Accepted),
        (201, 1000, Accepted),
        (200, 1999, Accepted),
        (200, "1000", Accepted),
        (200, 2000, Rejected),
        (200, 2001, Rejected),
        (200, 2999, Rejected),
        (200, 3000, Deferred),
        (200, 3999, Deferred),
        (200, 4001, Deferred),
        (200, 0, Deferred),
        (200, 5000, Deferred),
        (200, "ok", Deferred),
        (200, "9" * 5000, Deferred),
        (200, 10**300, Deferred),
        (200, None, Deferred),
        (204, None, Deferred),
        (301, None, Deferred),
        (302, 1000, Deferred),
        (307, None, Deferred),
        (400, 2001, Rejected),
        (400, 1000, Rejected),
        (400, 3000, Deferred),
        (400, None, Rejected),
        (401, 2001, Deferred),
        (403, None, Deferred),
        (404, 2003, Rejected),
        (405, None, Rejected),
        (407, None, Deferred),
        (408, None, Deferred),
        (409, 2000, Rejected),
        (422, None, Rejected),
        (425, None, Deferred),
        (429, None, Deferred),
        (500, 1000, Deferred),
        (500, 2001, Deferred),
        (503, None, Deferred),
        (599, 3000, Deferred),
        (100, None, Deferred),
    ],
)
def test_r08_r47_both_statuses_have_a_say(status: int, code: object, verdict: type) -> None:
    assert type(judge(answer(status, code))) is verdict


@pytest.mark.parametrize("data", ["absent", None, {}, [], [{"id": "1"}], "text", 7])
def test_r09_any_data_or_none_is_fine_in_a_reply(data: object) -> None:
    body = {"status_code": 1000, "timestamp": "2026-03-01T10:00:00Z", "surprise": True}
    if data != "absent":
        body["data"] = data

    assert judge(Answer(200, json.dumps(body).encode())) == Accepted("HTTP 200, OCPI 1000")


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"<html>hello</html>", b"[]", b"{}", b'{"data":1}', b"\xff\xfe", b'{"status_code":1000']
)
def test_a_body_that_is_no_envelope_acknowledges_nothing(body: bytes) -> None:
    receipt = judge(Answer(200, body))

    assert isinstance(receipt, Deferred)
    assert "nothing is acknowledged: check versions_url" in receipt.reason


def test_an_html_404_is_a_web_server_in_the_way_not_the_peer() -> None:
    receipt = judge(Answer(404, b"<html>nginx</html>", content_type="text/html"))

    assert receipt == Deferred(
        "HTTP 404 with a web page: a web server answered, not an OCPI peer: check versions_url and any proxy"
    )


def test_a_status_code_of_hundreds_of_digits_is_none_and_not_quoted() -> None:
    assert "OCPI 0:" in str(judge(answer(200, 10**300)))


def test_the_peers_message_is_kept_in_one_line() -> None:
    assert judge(answer(200, 2001, "kwh:\n  negative\x1b[31m")) == Rejected("HTTP 200, OCPI 2001 (kwh: negative [31m)")


def test_words_of_an_answer_that_is_json_but_not_ocpi_are_kept() -> None:
    receipt = judge(Answer(422, b'{"detail":[{"loc":["kwh"]}]}'))

    assert receipt == Rejected('HTTP 422 ({"detail":[{"loc":["kwh"]}]})')


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        (None, None, None),
        ("30", None, 30),
        ("0", None, 0),
        ("999999", None, 3600),
        ("9" * 5000, None, 3600),
        ("Sun, 99999999999999999999 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 10:00:00 GMT", None),
        ("-5", None, None),
        ("soon", "Sun, 01 Mar 2026 10:00:00 GMT", None),
        ("Sun, 01 Mar 2026 10:02:00 GMT", "Sun, 01 Mar 2026 10:00:00 GMT", 120),
        ("Sun, 01 Mar 2026 09:00:00 GMT", "Sun, 01 Mar 2026 10:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 10:02:00 GMT", None, None),
        ("Sun, 01 Mar 2026 10:02:00 GMT", "Sun, 01 Mar 2026 10:00:00", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_on_the_peers_clock(
    header: str | None, date: str | None, seconds: int | None
) -> None:
    assert retry_after_s(Answer(503, b"", retry_after=header, date=date)) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_a_deferral_carries_retry_after(status: int) -> None:
    receipt = judge(answer(status, retry_after="17"))

    assert isinstance(receipt, Deferred)
    assert receipt.retry_after_s == 17


@pytest.mark.parametrize(
    ("given", "is_duplicate"),
    [
        (answer(409), True),
        (answer(200, 2000, "CDR already exists"), True),
        (answer(400, 2001, "Duplicate id"), True),
        (answer(200, 2003, "location does not exist"), False),
        (answer(200, 2004, "token doesn't exist"), False),
        (answer(200, 2001, "kwh missing"), False),
        (answer(200, 1000, "exists"), False),
        (answer(500, 2000, "exists"), False),
        (answer(400), False),
    ],
)
def test_which_answers_say_that_a_cdr_is_there_already(given: Answer, is_duplicate: bool) -> None:  # noqa: FBT001 - a column
    assert says_duplicate(given) is is_duplicate


def test_data_of_a_get_or_the_reason_there_is_none() -> None:
    assert data_of(Answer(200, b'{"status_code":1000,"data":[1]}')) == b"[1]"
    with pytest.raises(ValueError, match="HTTP 404, OCPI 2003: check versions_url"):
        data_of(answer(404, 2003))
    with pytest.raises(ValueError, match="check the backend's token_file"):
        data_of(answer(401))


def test_an_envelope_without_data_has_null() -> None:
    envelope = parse_envelope(b'{"status_code":1000}')

    assert envelope is not None
    assert bytes(envelope.data) == b"null"


@pytest.mark.parametrize(
    ("theirs", "is_same"),
    [
        ('{"id":"1","kwh":1.5,"at":"2026-03-01T10:00:00Z","list":[1,2]}', True),
        ('[{"list":[1,2],"kwh":1.500,"at":"2026-03-01T10:00:00","id":"1","extra":null}]', True),
        ('{"id":"1","kwh":1.5,"at":"2026-03-01T10:00:00.000Z","list":[1.0,2]}', True),
        ('{"id":"1","kwh":1.5,"at":"2026-03-01T10:00:01Z","list":[1,2]}', False),
        ('{"id":"1","kwh":1.4999,"at":"2026-03-01T10:00:00Z","list":[1,2]}', False),
        ('{"id":"1","kwh":"1.5","at":"2026-03-01T10:00:00Z","list":[1,2]}', False),
        ('{"id":"1","kwh":1.5,"at":"2026-03-01T10:00:00Z","list":[1]}', False),
        ('{"id":"1","kwh":1.5,"at":"2026-03-01T10:00:00Z"}', False),
        ('{"id":true,"kwh":1.5,"at":"2026-03-01T10:00:00Z","list":[1,2]}', False),
        ("null", False),
        ("[]", False),
        ("nonsense", False),
    ],
)
def test_a_stored_object_is_ours_if_it_says_all_that_ours_says(theirs: str, is_same: bool) -> None:  # noqa: FBT001 - a column
    ours = b'{"id":"1","kwh":1.5,"at":"2026-03-01T10:00:00Z","list":[1,2]}'

    assert holds_same(ours, theirs.encode()) is is_same


def test_quotes_are_short_single_lines_without_secrets() -> None:
    assert quote("a\r\n\tb\x00c") == "a b c"
    assert quote("card 04A1b2c3 unknown", ["04a1B2C3"]) == "card … unknown"
    assert quote("x" * 500) == "x" * 159 + "…"
    assert quote("a.c abc", ["a.c"]) == "a.c abc"  # shorter than any secret
