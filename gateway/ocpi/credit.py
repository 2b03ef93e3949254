"""A credit CDR: what takes back a CDR that was sent, since a sent one can never change (OCPI CDRs module, credit)."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from gateway.core.identifiers import CdrId
from gateway.ocpi.reading import decode
from gateway.ocpi.v2_2_1.rules import moment, optional_text, text

_SUFFIX: Final = "-C"
_AMOUNTS: Final = ("excl_vat", "incl_vat", "before_taxes")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def credit_id(cdr_id: str) -> CdrId:
    """Return the id of the credit CDR that takes a CDR back; ValueError where it would be too long."""
    return CdrId(text("cdr.id", f"{cdr_id}{_SUFFIX}"))


def credit_cdr(sent: bytes, at: datetime, reason: str | None = None) -> bytes:
    """Return the credit CDR of a CDR of ours, of either version, as it was sent: the same bytes for the same arguments.

    It has an id of its own, the CDR's with -C. All else is the CDR's as it was, but the amounts of total_cost (and of
    its taxes) are negative, `reason` is its remark, and `at` its last_updated. ValueError for a credit CDR: it can be
    taken back only by a new CDR.
    """
    cdr: dict[str, Any] = decode(sent)
    if cdr.get("credit"):
        raise ValueError(f"{cdr['id']} is a credit CDR; send a new CDR instead of taking the credit back")
    remark = optional_text("remark", reason) or cdr.get("remark")
    kept = {name: value for name, value in cdr.items() if name not in {"remark", "last_updated"}}
    credit = kept | {
        "id": credit_id(cdr["id"]),
        "total_cost": _negative(cdr["total_cost"]),
        **({} if remark is None else {"remark": remark}),
        "credit": True,
        "credit_reference_id": cdr["id"],
        "last_updated": moment("last_updated", at),
    }
    return _ENCODER.encode(credit)


def _negative(price: dict[str, Any]) -> dict[str, Any]:
    negated = price | {name: _minus(price[name]) for name in _AMOUNTS if name in price}
    if "taxes" in price:
        negated["taxes"] = [tax | {"amount": _minus(tax["amount"])} for tax in price["taxes"]]
    return negated


def _minus(amount: Decimal | int) -> Decimal | int:
    """Return the negative amount; of nothing there is none, and -0 is no number anybody expects."""
    return -amount if amount else amount
