"""The tables of drivers' tokens: kept whole, found by card in a fraction of a millisecond however many there are."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from operator import itemgetter

import structlog

from gateway.core.identifiers import Party, TokenUid
from gateway.core.token import Token, TokenType
from gateway.ocpi.token_list import SyncMark
from gateway.ocpi.v2_2_1.token_object import TokenKey, TokenObject, read_token
from gateway.registry.moments import from_text, to_text

log = structlog.get_logger()

_PUT = """
INSERT INTO token (country_code, party_id, uid, type, last_updated, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (country_code, party_id, uid, type) DO UPDATE SET last_updated = excluded.last_updated, body = excluded.body
WHERE excluded.last_updated >= last_updated"""
_GET = "SELECT body FROM token WHERE country_code = ? AND party_id = ? AND uid = ? AND type = ?"
_HELD = "SELECT count(*), max(last_updated) FROM token WHERE country_code = ? AND party_id = ?"
# A card is an RFID token or one of type OTHER; what an app carries is no card.
_OF_CARD = "SELECT body FROM token WHERE uid = ? AND type IN ('RFID', 'OTHER')"
_SYNC = "SELECT began, next_url, complete_up_to FROM token_sync WHERE peer = ?"
_PUT_SYNC = "INSERT OR REPLACE INTO token_sync (peer, began, next_url, complete_up_to) VALUES (?, ?, ?, ?)"


def put(connection: sqlite3.Connection, tokens: Iterable[TokenObject]) -> None:
    """Keep tokens, inside the caller's transaction; one that is older than what is kept changes nothing."""
    rows = ((*token.key.folded, to_text(token.last_updated), token.body) for token in tokens)
    connection.executemany(_PUT, rows)


def get(connection: sqlite3.Connection, key: TokenKey) -> TokenObject | None:
    """Return a token as it was kept last."""
    row = connection.execute(_GET, key.folded).fetchone()
    return None if row is None else read_token(row[0])


def held(connection: sqlite3.Connection, parties: Iterable[Party]) -> tuple[int, datetime | None]:
    """Return how many tokens of these parties there are, and the newest last_updated among them."""
    found = [
        connection.execute(_HELD, (party.country_code.upper(), party.party_id.upper())).fetchone() for party in parties
    ]
    newest = max((each for _, each in found if each is not None), default=None)
    return sum(count for count, _ in found), None if newest is None else from_text(newest)


def drop_of(connection: sqlite3.Connection, parties: Iterable[Party]) -> None:
    """Remove the tokens of parties that nobody speaks for any more, inside the caller's transaction."""
    for party in parties:
        connection.execute(
            "DELETE FROM token WHERE country_code = ? AND party_id = ?",
            (party.country_code.upper(), party.party_id.upper()),
        )


def sync_mark(connection: sqlite3.Connection, peer: str) -> SyncMark:
    """Return how far a peer's list was read."""
    row = connection.execute(_SYNC, (peer,)).fetchone()
    if row is None:
        return SyncMark()
    began, next_url, complete = row
    return SyncMark(from_text(began) if began else None, next_url, from_text(complete) if complete else None)


def put_sync_mark(connection: sqlite3.Connection, peer: str, mark: SyncMark) -> None:
    """Note how far a peer's list was read, inside the caller's transaction."""
    began = to_text(mark.began) if mark.began else None
    complete = to_text(mark.complete_up_to) if mark.complete_up_to else None
    connection.execute(_PUT_SYNC, (peer, began, mark.next_url, complete))


class CardIndex(Mapping[TokenUid, Token]):
    """The core's TokenBook: the site's own list in memory, and the peers' tokens on disk, asked one by one.

    Two owners may have the same uid. Then one that is valid goes before one that is not, RFID before OTHER, the
    site's own list before a peer's, the newest before older ones. Which it was stands in the session's first fact.
    """

    def __init__(self, local: Iterable[Token], lookup: sqlite3.Connection) -> None:
        self._local: dict[TokenUid, list[Token]] = {}
        for token in local:
            self._local.setdefault(token.uid, []).append(token)
        self._lookup = lookup

    def __getitem__(self, uid: TokenUid) -> Token:
        found = self.all_of(uid)
        if not found:
            raise KeyError(uid)
        return found[0]

    def all_of(self, uid: TokenUid) -> tuple[Token, ...]:
        """Return every token with this uid, the one to go by first."""
        kept = self._kept(uid)
        ranked = [
            (_rank(token, place), token)
            for place, tokens in enumerate((self._local.get(uid, ()), kept))
            for token in tokens
        ]
        return tuple(token for _, token in sorted(ranked, key=itemgetter(0)))

    def _kept(self, uid: TokenUid) -> list[Token]:
        """Return the peers' tokens; none where the disk does not give them: the site's own list still counts."""
        try:
            rows = self._lookup.execute(_OF_CARD, (uid.value.casefold(),)).fetchall()
        except sqlite3.Error as fault:
            log.warning("token_store_unreadable", reason=str(fault), remedy="check the disk, then restart the daemon")
            return []
        return [read_token(body).token for (body,) in rows]

    def __iter__(self) -> Iterator[TokenUid]:
        yield from self._local
        for (body,) in self._lookup.execute("SELECT body FROM token WHERE type IN ('RFID', 'OTHER')"):
            if (uid := read_token(body).token.uid) not in self._local:
                yield uid

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _rank(token: Token, place: int) -> tuple[bool, bool, int, float]:
    return (not token.valid, token.type is not TokenType.RFID, place, -token.last_updated.timestamp())
