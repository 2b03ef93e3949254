"""The inventory of a backend's CDRs on the wire: what may be asked, and the answer; the contract is uplink/README.md.

It is ours and not OCPI's, so it stands beside OCPI's modules and borrows their manners.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.core.facts_proof import RootSigned
from gateway.core.inventory import Inventory
from gateway.ocpi.reading import Malformed, read

PAGE: Final = 200  # CDRs in one answer: some 30 kB, less than any broker's limit
MOST_WANTED: Final = 500  # numbers in one request


class Question(msgspec.Struct, frozen=True, rename={"from_": "from"}, forbid_unknown_fields=True):
    """A request: a range to be shown, or numbers to be sent again. `to` None means up to the newest."""

    from_: int = 1
    to: int | None = None
    resend: tuple[int, ...] | None = None


class Line(msgspec.Struct, frozen=True):
    """One CDR: its number, its OCPI id, the SHA-256 of its bytes in hex; delivered, due or parked."""

    number: int
    id: str
    digest: str
    state: str


class Shown(msgspec.Struct, frozen=True):
    """The answer to a range; `next` is where to go on, None where that was all of it.

    `root` is what the device signed last, None before the first.
    """

    count: int
    first_digest: str | None
    head_digest: str | None
    cdrs: list[Line]
    next: int | None
    root: RootSigned | None


class Resent(msgspec.Struct, frozen=True):
    """The answer to numbers to be sent again: those that are on their way, and those nobody knows."""

    resend: list[int]
    unknown: list[int]


class _Apology(msgspec.Struct, frozen=True):
    error: str


def read_question(body: bytes) -> Question:
    """Read a request; ValueError says in a line what is wrong with it. Nothing at all asks for everything."""
    if not body.strip():
        return Question()
    try:
        asked = read(body, Question)
    except Malformed as problem:
        raise ValueError(f'not understood ({problem}): send {{"from": 1, "to": 200}} or {{"resend": [17]}}') from None
    return check(asked)


def question_of(query: Mapping[str, str]) -> Question:
    """Read a range from a URL's query; ValueError as `read_question`."""
    try:
        return check(Question(int(query.get("from", "1")), int(query["to"]) if "to" in query else None))
    except ValueError as problem:
        raise ValueError(f"from and to are whole numbers from 1 on ({problem})") from None


def check(asked: Question) -> Question:
    """Return a question that can be answered; ValueError says why it cannot."""
    highest = 2**62
    numbers = (asked.from_, asked.to or asked.from_, *(asked.resend or ()))
    if not all(1 <= number <= highest for number in numbers):
        raise ValueError("CDRs are numbered from 1 on: ask for such numbers")
    if len(asked.resend or ()) > MOST_WANTED:
        raise ValueError(f"too many at once: ask for at most {MOST_WANTED} to be sent again, then for the rest")
    return asked


def encode_inventory(inventory: Inventory, to: int | None, root: RootSigned | None) -> bytes:
    """Return the answer to a range."""
    lines = [Line(entry.number, entry.cdr_id, entry.digest, entry.standing.value) for entry in inventory.entries]
    last = min(to or inventory.count, inventory.count)
    onward = lines[-1].number + 1 if lines and lines[-1].number < last else None
    return msgspec.json.encode(Shown(inventory.count, inventory.first, inventory.head, lines, onward, root))


def encode_resent(numbers: list[int], unknown: list[int]) -> bytes:
    """Return the answer to numbers to be sent again."""
    return msgspec.json.encode(Resent(numbers, unknown))


def encode_refusal(reason: str) -> bytes:
    """Return the answer to what cannot be answered."""
    return msgspec.json.encode(_Apology(reason))
