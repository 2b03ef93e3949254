"""Peers, brokers and their attackers may send anything: what cannot be read is refused in words, whatever it is."""

from collections.abc import Callable

import msgspec
import pytest

from gateway.core.delivery import Deferred
from gateway.core.identifiers import Party
from gateway.ocpi.envelope import Answer, judge
from gateway.ocpi.handshake import Demands, HandshakeRefused, choose_version, read_offer
from gateway.ocpi.inventory import read_question
from gateway.ocpi.mqtt_order import Address, read_order
from gateway.ocpi.reading import Malformed, Number, decode, shaped
from gateway.ocpi.sameness import holds_same
from gateway.ocpi.token_batch import read_batch
from gateway.ocpi.v2_2_1.command import read_command, read_profile
from gateway.ocpi.v2_2_1.token import parse_tokens
from gateway.ocpi.v2_2_1.token_object import read_token
from gateway.ocpi.versions import details_url, endpoints


class _Priced(msgspec.Struct):
    price: Number


DEMANDS = Demands(("2.2.1",))
URL = "https://peer.example/versions"
UNREADABLE = {
    "nested far too deeply": b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "at the end of what the stack bears": b"[" * 980 + b"]" * 980,
    "not UTF-8": b'{"country_code": "\xff", "version": "\xff", "endpoints": "\xff", "from": "\xff"}',
    "not JSON": b"<html>",
    "cut off": b'{"data": [',
}
READERS: dict[str, Callable[[bytes], object]] = {
    "versions, asked by us": lambda body: details_url(body, URL),
    "version details, asked by us": lambda body: endpoints(body, URL),
    "versions, in a handshake": lambda body: choose_version(body, URL, DEMANDS),
    "version details, in a handshake": lambda body: read_offer(body, "2.2.1", URL, DEMANDS),
    "a question about the inventory": read_question,
    "an order over MQTT": lambda body: read_order("START_SESSION", body, Address("a", None)),
    "a command": lambda body: read_command("START_SESSION", body),
    "a charging profile": lambda body: read_profile("session", body),
    "the site's tokens": parse_tokens,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_what_cannot_be_read_is_refused_in_a_line(reader: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises((ValueError, HandshakeRefused)) as refusal:
        reader(body)
    said = str(refusal.value)
    assert said
    assert "\n" not in said


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1e9999999", "9" * 5000], ids=["e20", "e7", "5000"])
def test_a_number_that_nobody_can_reckon_with_is_refused_in_a_line_and_is_not_ours(number: str) -> None:
    with pytest.raises(Malformed, match=r"^\$.*: "):
        shaped("$", decode(b'{"price": %s}' % number.encode()), _Priced)
    assert not holds_same(b'{"price": 1}', b'{"price": %s}' % number.encode())


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_of_tokens_that_cannot_be_read_none_is_kept(body: bytes) -> None:
    try:
        kept = read_batch(body, [Party("SE", "ABC")]).tokens
    except ValueError:
        kept = ()
    assert kept == ()


@pytest.mark.parametrize("name", [name for name in UNREADABLE if name != "not UTF-8"])
def test_an_answer_that_cannot_be_read_acknowledges_nothing_and_is_tried_again(name: str) -> None:
    body = b'{"status_code": 1000, "data": ' + UNREADABLE[name] + b"}"
    assert isinstance(judge(Answer(200, body)), Deferred)


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_stored_object_that_cannot_be_read_is_not_ours(body: bytes) -> None:
    assert not holds_same(b'{"id": "1"}', body)


def test_a_token_with_bytes_that_are_no_text_in_a_field_that_nobody_knows_is_not_given_out_again() -> None:
    whole = (
        b'{"country_code":"DE","party_id":"MSP","uid":"04","type":"RFID","contract_id":"C","issuer":"I","valid":true,'
    )
    whole += b'"whitelist":"ALLOWED","last_updated":"2026-03-02T00:00:00Z","more":"%s"}'
    assert read_token(whole % b"text").token.contract_id == "C"
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        read_token(whole % b"\xff\xfe")
