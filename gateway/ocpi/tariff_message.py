"""A tariff as a backend sends it in one message, or takes it back: what is read, and what is answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.core.backend_terms import folded
from gateway.core.identifiers import Party
from gateway.core.place import Site
from gateway.core.tariff import Tariff
from gateway.ocpi.dialects import read_site_tariff
from gateway.ocpi.reading import Malformed, decode, shaped
from gateway.ocpi.v2_2_1.rules import moment, parse_moment, text_problem

_WANTED: Final = "send one OCPI Tariff as a JSON object"
_TOPICS: Final = frozenset({"put", "withdraw", "result"})


class Outcome(StrEnum):
    """What became of a tariff that was sent."""

    HELD = "HELD"
    OUTDATED = "OUTDATED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The tariff of this id is taken back, as it was sent up to this moment."""

    id: str
    last_updated: datetime


class _WithdrawalWire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    last_updated: str


class _AnswerWire(msgspec.Struct, frozen=True):
    id: str
    result: Outcome
    last_updated: str | None


def read_tariff_message(body: bytes, site: Site) -> Tariff:
    """Return a tariff of the site's own party; ValueError tells everything that is wrong with it."""
    item = _object(body, _WANTED)
    owner = Party(item.get("country_code", site.party.country_code), item.get("party_id", site.party.party_id))
    if not isinstance(owner.country_code, str) or not isinstance(owner.party_id, str) or not _is(owner, site.party):
        raise ValueError(f"$.party_id: this site has tariffs of its own party alone, {site.party}")
    tariff = read_site_tariff(item)
    if tariff.id in _TOPICS:
        raise ValueError(f"$.id: {tariff.id} is the name of a topic beside the tariffs' own, choose another")
    if tariff.currency != site.currency:
        raise ValueError(f"$.currency: is {tariff.currency}, the site bills in {site.currency}")
    return tariff


def read_withdrawal(body: bytes) -> Withdrawal:
    """Return what is taken back; ValueError tells what is wrong."""
    wire = shaped("$", _object(body, "send id and last_updated as a JSON object"), _WithdrawalWire)
    problem = text_problem("tariff_id", wire.id)
    if problem is not None:
        raise ValueError(f"$.id: {problem}")
    try:
        return Withdrawal(wire.id, parse_moment(wire.last_updated))
    except ValueError as malformed:
        raise ValueError(f"$.last_updated: {malformed}") from None


def encode_outcome(tariff_id: str, outcome: Outcome, held: Tariff | None) -> bytes:
    """Return the answer; its last_updated is that of the tariff that holds under this id now, null for none."""
    newest = None if held is None else moment("last_updated", held.last_updated)
    return msgspec.json.encode(_AnswerWire(tariff_id, outcome, newest))


def _object(body: bytes, wanted: str) -> dict[str, Any]:
    try:
        item = decode(body)
    except Malformed:
        raise ValueError(wanted) from None
    if not isinstance(item, dict):
        raise ValueError(wanted)  # noqa: TRY004 - what a backend sends is a value, not a type of ours
    return item


def _is(one: Party, other: Party) -> bool:
    return folded(one) == folded(other)
