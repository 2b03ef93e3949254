"""The table of Sessions and CDRs as peers pull them: the bytes that were pushed, in the order of their beginning."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gateway.core.identifiers import Party
from gateway.ocpi.paging import Page
from gateway.ocpi.reply import list_of
from gateway.ocpi.v2_2_1.rules import parse_moment
from gateway.registry.moments import to_text

_PUT = """
INSERT INTO object (kind, id, country_code, party_id, last_updated, body, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET
    country_code = excluded.country_code, party_id = excluded.party_id, last_updated = excluded.last_updated,
    body = excluded.body, seq = excluded.seq"""
_FOLLOWED = "SELECT seq FROM followed WHERE kind = ?"
_PUT_FOLLOWED = "INSERT OR REPLACE INTO followed (kind, seq) VALUES (?, ?)"


class _CdrToken(msgspec.Struct):
    country_code: str
    party_id: str


class _Head(msgspec.Struct):
    start_date_time: str
    cdr_token: _CdrToken
    last_updated: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page of objects as a JSON list of their very bytes, and how many pass the filters in all."""

    data: bytes
    total: int


def followed(connection: sqlite3.Connection, kind: str) -> int:
    """Return up to which fact the objects of a kind are here."""
    row = connection.execute(_FOLLOWED, (kind,)).fetchone()
    return 0 if row is None else int(row[0])


def all_followed(connection: sqlite3.Connection) -> dict[str, int]:
    """Return up to which fact the objects of each kind are here."""
    return dict(connection.execute("SELECT kind, seq FROM followed"))


def follow(
    connection: sqlite3.Connection, kind: str, objects: Sequence[tuple[str, int, bytes]], from_seq: int, up_to_seq: int
) -> None:
    """Take in objects as id, fact and body, inside the caller's transaction; new ones in order of their start.

    They are what the journal had after fact `from_seq`; where somebody went on from there already, nothing is done.
    """
    if followed(connection, kind) != from_seq:
        return
    rows = [(msgspec.json.decode(body, type=_Head), object_id, seq, body) for object_id, seq, body in objects]
    for head, object_id, seq, body in sorted(rows, key=lambda row: parse_moment(row[0].start_date_time)):
        owner = (head.cdr_token.country_code.upper(), head.cdr_token.party_id.upper())
        moment = to_text(parse_moment(head.last_updated))
        connection.execute(_PUT, (kind, object_id, *owner, moment, body, seq))
    connection.execute(_PUT_FOLLOWED, (kind, up_to_seq))


def begin_anew(connection: sqlite3.Connection, kind: str) -> None:
    """Follow the journal from its first fact; what is here already stays and is replaced as it comes again."""
    connection.execute(_PUT_FOLLOWED, (kind, 0))


def let_go(connection: sqlite3.Connection, kind: str, up_to_seq: int) -> None:
    """Forget the objects of a kind that have not changed since that fact."""
    connection.execute("DELETE FROM object WHERE kind = ? AND seq <= ?", (kind, up_to_seq))


def pull(connection: sqlite3.Connection, kind: str, parties: Sequence[Party] | None, page: Page) -> Pulled:
    """Return a page of the objects whose token belongs to one of the parties, to anybody where None; oldest first."""
    where, values = _filter(kind, parties, page)
    (total,) = connection.execute(f"SELECT count(*) FROM object WHERE {where}", values).fetchone()  # noqa: S608 - names of ours
    rows = connection.execute(
        # The page's numbers first: otherwise every body there is would go through a sort.
        f"SELECT body FROM object WHERE number IN "  # noqa: S608 - names of ours
        f"(SELECT number FROM object WHERE {where} ORDER BY number LIMIT ? OFFSET ?) ORDER BY number",
        (*values, page.limit, page.offset),
    )
    return Pulled(list_of(body for (body,) in rows), total)


def _filter(kind: str, parties: Sequence[Party] | None, page: Page) -> tuple[str, list[str]]:
    where, values = "kind = ?", [kind]
    if parties is not None:
        owners = " OR ".join("(country_code = ? AND party_id = ?)" for _ in parties) or "FALSE"
        where = f"{where} AND ({owners})"
        values += [name.upper() for party in parties for name in (party.country_code, party.party_id)]
    if page.date_from is not None:
        where, values = f"{where} AND last_updated >= ?", [*values, to_text(page.date_from)]
    if page.date_to is not None:
        where, values = f"{where} AND last_updated < ?", [*values, to_text(page.date_to)]
    return where, values
