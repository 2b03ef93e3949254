"""A fact comes back from the journal as it went in, today and in ten years."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from journal import any_fact
from journal.writing import started

from gateway.core.facts import (
    Fact,
    FactBody,
    GatewayStarted,
    SessionAuthorized,
    SessionEnded,
    StopRequested,
    TariffAdopted,
)
from gateway.core.reasons import StopReason
from gateway.core.tariff import TaxIncluded
from gateway.journal import chain, fact_codec
from gateway.journal.errors import JournalTooNew

STORED = Path(__file__).with_name("stored_facts.jsonl")
LINES = [json.loads(line) for line in STORED.read_text(encoding="utf-8").splitlines()]


@given(any_fact.bodies)
def test_every_fact_comes_back_as_it_was_written(body: FactBody) -> None:
    kind, text = fact_codec.encode(body)

    back = fact_codec.decode(kind, text)

    assert back == body
    assert type(back) is type(body)
    assert fact_codec.encode(back) == (kind, text)


@given(any_fact.facts)
def test_every_fact_comes_back_from_its_row(fact: Fact) -> None:
    row = chain.to_row(fact, chain.GENESIS)

    assert chain.from_row(row) == fact
    assert chain.to_row(chain.from_row(row), chain.GENESIS) == row


@pytest.mark.parametrize("line", LINES, ids=[line["kind"] for line in LINES])
def test_a_line_stored_by_an_earlier_version_is_read_and_would_be_written_the_same(line: dict[str, str]) -> None:
    body = fact_codec.decode(line["kind"], line["body"])

    assert fact_codec.encode(body) == (line["kind"], line["body"])


def test_a_tariff_stored_before_taxes_could_be_in_a_price_has_prices_without() -> None:
    body = json.loads(next(line for line in LINES if line["kind"] == "tariff_adopted")["body"])
    for added_later in ("tax_included", "type", "alt_text", "alt_url", "energy_mix"):
        body["tariff"].pop(added_later)

    adopted = fact_codec.decode("tariff_adopted", json.dumps(body))

    assert isinstance(adopted, TariffAdopted)
    assert (adopted.tariff.tax_included, adopted.tariff.type) == (TaxIncluded.NO, None)


def test_a_stop_stored_before_one_could_outlive_its_process_was_decided_when_it_was_written() -> None:
    assert fact_codec.decode("stop_requested", '{"reason":"CARD"}') == StopRequested(StopReason.CARD, decided_at=None)


def test_a_tariff_stored_before_backends_could_send_any_is_a_configured_one() -> None:
    body = json.loads(next(line for line in LINES if line["kind"] == "tariff_adopted")["body"])
    del body["sent_by"]

    adopted = fact_codec.decode("tariff_adopted", json.dumps(body))

    assert isinstance(adopted, TariffAdopted)
    assert adopted.sent_by is None


def test_a_session_that_ended_before_bills_could_wait_sealed_its_bill_at_once() -> None:
    body = json.loads(next(line for line in LINES if line["kind"] == "session_ended")["body"])
    del body["seals"], body["is_time_trusted"]

    ended = fact_codec.decode("session_ended", json.dumps(body))

    assert isinstance(ended, SessionEnded)
    assert (ended.seals, ended.is_time_trusted) == (True, True)
    assert fact_codec.decode("gateway_started", '{"version":"0.1.0"}') == GatewayStarted("0.1.0", after=None)


def test_an_authorisation_stored_before_there_were_limits_on_its_ground_has_none() -> None:
    body = json.loads(next(line for line in LINES if line["kind"] == "session_authorized")["body"])
    for added_later in ("basis", "max_energy_wh"):
        body.pop(added_later)

    authorized = fact_codec.decode("session_authorized", json.dumps(body))

    assert isinstance(authorized, SessionAuthorized)
    assert (authorized.basis, authorized.max_energy_wh) == (None, None)


def test_there_is_a_stored_line_of_every_kind() -> None:
    assert {line["kind"] for line in LINES} == set(fact_codec.BODY_TYPES)
    assert len(fact_codec.BODY_TYPES) == len(get_args(FactBody))


@pytest.mark.parametrize("line", LINES, ids=[line["kind"] for line in LINES])
def test_a_field_this_version_does_not_know_is_passed_over(line: dict[str, str]) -> None:
    extended = json.loads(line["body"]) | {"added_later": {"by": ["a newer version", 1.5]}}

    assert fact_codec.decode(line["kind"], json.dumps(extended)) == fact_codec.decode(line["kind"], line["body"])


def test_a_kind_this_version_does_not_know_is_refused_with_the_remedy() -> None:
    with pytest.raises(JournalTooNew, match=r"kind 'meter_sealed'; install the version"):
        fact_codec.decode("meter_sealed", "{}")


def test_a_body_of_another_shape_is_refused_with_the_remedy() -> None:
    with pytest.raises(JournalTooNew, match=r"kind 'session_resumed' as another version writes it .*; install that"):
        fact_codec.decode("session_resumed", '{"down_s":"long"}')


def test_money_and_volumes_are_stored_as_exact_text() -> None:
    adopted = next(line for line in LINES if line["kind"] == "tariff_adopted")

    assert '"price":"0.30"' in adopted["body"]


def test_moments_are_stored_in_utc_so_that_they_sort_as_text() -> None:
    row = chain.to_row(started(1), chain.GENESIS)

    assert row[1] == "2026-03-01T12:00:01.250000Z"
    assert chain.from_row(row).at.utc == datetime(2026, 3, 1, 12, 0, 1, 250_000, tzinfo=UTC)
