"""A CDR that was sent is taken back by a credit CDR, never changed."""

import json
from decimal import Decimal
from typing import Any

import pytest
from ocpi.examples import at, cdr

from gateway.core.identifiers import CdrId
from gateway.core.tariff import Price
from gateway.ocpi.credit import credit_cdr
from gateway.ocpi.dialects import DIALECTS


def read(raw: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(raw, parse_float=Decimal)
    return value


@pytest.mark.parametrize("version", list(DIALECTS))
def test_r45_only_the_total_cost_is_negative_and_the_rest_is_as_it_was(version: str) -> None:
    sent = DIALECTS[version].encode_cdr(cdr())

    credit, before = read(credit_cdr(sent, at(15), "wrong meter")), read(sent)

    changed = {name for name in credit.keys() | before.keys() if credit.get(name) != before.get(name)}
    assert changed == {"id", "total_cost", "remark", "credit", "credit_reference_id", "last_updated"}
    assert (credit["id"], credit["credit"], credit["credit_reference_id"]) == (f"{before['id']}-C", True, before["id"])
    assert (credit["remark"], credit["last_updated"]) == ("wrong meter", "2026-03-01T15:00:00Z")


def test_r45_every_amount_of_the_total_cost_is_negative() -> None:
    old, new = (read(credit_cdr(DIALECTS[version].encode_cdr(cdr()), at(15))) for version in ("2.2.1", "2.3.0"))

    assert old["total_cost"] == {"excl_vat": Decimal("-2.4507"), "incl_vat": Decimal("-2.9653")}
    assert new["total_cost"] == {
        "before_taxes": Decimal("-2.4507"),
        "taxes": [{"name": "VAT", "amount": Decimal("-0.5146")}],
    }


def test_r45_a_charge_that_cost_nothing_has_no_negative_zero() -> None:
    free = cdr(costs=cdr().costs.__class__(Price(Decimal(0), Decimal(0)), None, None, None, None, None, ()))

    assert b"-0" not in credit_cdr(DIALECTS["2.2.1"].encode_cdr(free), at(15)).split(b'"total_cost"')[1].split(b"}")[0]


def test_r45_an_id_has_39_characters_at_most() -> None:
    longest = DIALECTS["2.2.1"].encode_cdr(cdr(id=CdrId("x" * 37)))
    too_long = DIALECTS["2.2.1"].encode_cdr(cdr(id=CdrId("x" * 38)))

    assert read(credit_cdr(longest, at(15)))["id"] == "x" * 37 + "-C"
    with pytest.raises(ValueError, match=r"cdr\.id: has 40 characters"):
        credit_cdr(too_long, at(15))


def test_r45_a_credit_is_not_taken_back() -> None:
    credit = credit_cdr(DIALECTS["2.2.1"].encode_cdr(cdr()), at(15))

    with pytest.raises(ValueError, match="is a credit CDR; send a new CDR"):
        credit_cdr(credit, at(16))


def test_r45_the_same_credit_is_the_same_bytes() -> None:
    sent = DIALECTS["2.2.1"].encode_cdr(cdr())

    assert credit_cdr(sent, at(15)) == credit_cdr(sent, at(15))
