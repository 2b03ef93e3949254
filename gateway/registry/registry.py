"""The registry as the daemon uses it: one file, one thread; peers at hand in memory, the rest on disk."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from gateway.core.backend_terms import FIRST_VERSION
from gateway.core.identifiers import Party
from gateway.core.rows import CdrRow, SessionRow
from gateway.core.token import Token
from gateway.journal.errors import translate
from gateway.journal.sqlite import SqliteThread, transaction
from gateway.ocpi.paging import Page
from gateway.ocpi.peer import PeerRecord
from gateway.ocpi.token_list import SyncMark
from gateway.ocpi.v2_2_1.token_object import TokenKey, TokenObject
from gateway.registry import objects, peers, tokens
from gateway.registry.objects import Pulled
from gateway.registry.opening import connect_lookup, open_file
from gateway.registry.tokens import CardIndex

Result = TypeVar("Result")

_BATCH = 500  # rows taken over from the journal at once
_PAGES_AT_HAND = 4  # peers poll the same page again and again; a page of 100 CDRs has some 200 kB
_SESSION, _CDR = "session", "cdr"

# Reads what changed after a fact: id, fact and body of each object.
_ReadAfter = Callable[[int], Awaitable[Sequence[tuple[str, int, bytes]]]]
_Asked = tuple[str, tuple[Party, ...] | None, Page]


class Source(Protocol):
    """The journal, as far as peers may see it."""

    @property
    def appends(self) -> int:
        """How often something was written: where that is as before, there is nothing new."""
        ...

    async def last_seq(self) -> int:
        """Return the seq of the newest fact."""
        ...

    async def archived_up_to(self) -> int:
        """Return the newest fact whose Sessions went to the archive, 0 where none did."""
        ...

    async def sessions_after(self, seq: int, limit: int, version: str) -> Sequence[SessionRow]:
        """Return sessions that changed after a fact, the one that changed first first, as they read in a version."""
        ...

    async def cdrs_after(self, seq: int, limit: int, version: str) -> Sequence[CdrRow]:
        """Return CDRs sealed after a fact, oldest first, as they read in a version."""
        ...


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: sqlite3.Connection
    aside: Path | None
    records: dict[str, PeerRecord]


@asynccontextmanager
async def open_registry(path: Path, source: Source) -> AsyncIterator["Registry"]:
    """Open or create the registry beside its journal; raises JournalError with a line for the operator."""
    thread = SqliteThread(path)
    try:
        opened = await thread.run(partial(_open, path))
    except BaseException:
        thread.finish(_nothing)
        raise
    try:
        lookup = connect_lookup(path)
    except sqlite3.Error as error:
        thread.finish(opened.connection.close)
        raise translate(error, path) from error
    registry = Registry(thread, opened, lookup, source)
    try:
        await registry.begin()
        yield registry
    finally:
        lookup.close()
        thread.finish(opened.connection.close)


def _open(path: Path) -> _Opened:
    connection, aside = open_file(path)
    records = {record.peer.name: record for record in peers.load(connection)}
    return _Opened(connection, aside, records)


def _nothing() -> None:
    """Do nothing, as the last work of a thread that never had a connection."""


async def _nobody_asks() -> None:
    """Do nothing: nobody wants to know of peers."""


class Registry:
    """The open file. `aside` is where a damaged predecessor was put: its peers must be registered anew.

    `peers_changed` is awaited whenever a peer was kept or forgotten.
    """

    def __init__(self, thread: SqliteThread, opened: _Opened, lookup: sqlite3.Connection, source: Source) -> None:
        self._thread = thread
        self._connection = opened.connection
        self._lookup = lookup
        self._source = source
        self._records = opened.records
        self._by_name = _in_order(opened.records)
        self._pulled: dict[_Asked, tuple[int, Pulled]] = {}
        self._followed: dict[str, int] = {}  # by kind how often the journal had been written to when it was followed
        self.aside = opened.aside
        self.peers_changed: Callable[[], Awaitable[None]] = _nobody_asks

    async def begin(self) -> None:
        """Begin anew with a journal that is younger than what was followed; must be done once."""
        last = await self._source.last_seq()
        for kind, up_to_seq in (await self._run(objects.all_followed)).items():
            if up_to_seq > last:
                await self._write(partial(objects.begin_anew, kind=kind))

    # Peers.

    def records(self) -> Sequence[PeerRecord]:
        """Return every peer by name."""
        return self._by_name

    def record(self, name: str) -> PeerRecord | None:
        """Return one peer."""
        return self._records.get(name)

    async def keep(self, record: PeerRecord) -> None:
        """Replace everything known of a peer; on disk when it returns, and only then believed."""
        await self._write(partial(peers.keep, record=record))
        self._records[record.peer.name] = record
        self._by_name = _in_order(self._records)
        await self.peers_changed()

    async def forget(self, name: str) -> None:
        """Remove a peer; its tokens open nothing when this returns.

        Nor do its drivers' cards, unless another peer speaks for the same party: nobody would pay for them.
        """
        others = [record.peer for known, record in self._records.items() if known != name]
        roles = self._records[name].peer.roles if name in self._records else ()
        orphans = [role.party for role in roles if not any(peer.owns(role.party) for peer in others)]
        await self._write(partial(_forget, name=name, orphans=orphans))
        self._records.pop(name, None)
        self._by_name = _in_order(self._records)
        await self.peers_changed()

    # Tokens of drivers.

    def cards(self, local: Iterable[Token]) -> CardIndex:
        """Return the TokenBook of the site's own tokens and the peers'; it is asked from the event loop's thread."""
        return CardIndex(local, self._lookup)

    async def token(self, key: TokenKey) -> TokenObject | None:
        """Return a token as its owner wrote it."""
        return await self._run(partial(tokens.get, key=key))

    async def keep_token(self, token: TokenObject) -> None:
        """Keep a token unless a newer one is there; on disk when it returns."""
        await self._write(partial(tokens.put, tokens=(token,)))

    async def keep_tokens(self, kept: Sequence[TokenObject]) -> None:
        """Keep tokens unless newer ones are there; on disk when it returns."""
        await self._write(partial(tokens.put, tokens=kept))

    async def held(self, parties: Sequence[Party]) -> tuple[int, datetime | None]:
        """Return how many tokens of these parties there are, and the newest last_updated."""
        return await self._run(partial(tokens.held, parties=parties))

    async def sync_mark(self, peer: str) -> SyncMark:
        """Return how far a peer's token list was read."""
        return await self._run(partial(tokens.sync_mark, peer=peer))

    async def keep_page(self, peer: str, page: Sequence[TokenObject], mark: SyncMark) -> None:
        """Keep a page of a peer's token list and how far that is, both or neither."""
        await self._write(partial(_keep_page, peer=peer, page=page, mark=mark))

    # What peers pull.

    async def sessions(self, parties: Sequence[Party] | None, page: Page, version: str = FIRST_VERSION) -> Pulled:
        """Return a page of the sessions of these parties' drivers, None for all, oldest first; no archived ones."""
        return await self._pull(_in_version(_SESSION, version), partial(self._sessions_after, version), parties, page)

    async def cdrs(self, parties: Sequence[Party] | None, page: Page, version: str = FIRST_VERSION) -> Pulled:
        """Return a page of the CDRs of these parties' drivers, None for all, oldest first, as of now."""
        return await self._pull(_in_version(_CDR, version), partial(self._cdrs_after, version), parties, page)

    async def _pull(self, kind: str, read: _ReadAfter, parties: Sequence[Party] | None, page: Page) -> Pulled:
        asked = (kind, None if parties is None else tuple(parties), page)
        appends = self._source.appends
        known = self._pulled.get(asked)
        if known is None or known[0] != appends:
            if self._followed.get(kind) != appends:
                await self._follow(kind, read)
                if page.offset == 0 and kind.startswith(_SESSION):  # who goes on from page to page misses none by it
                    up_to_seq = await self._source.archived_up_to()
                    await self._write(partial(objects.let_go, kind=kind, up_to_seq=up_to_seq))
                self._followed[kind] = appends
            known = (appends, await self._run(partial(objects.pull, kind=kind, parties=parties, page=page)))
            self._pulled.pop(asked, None)
            self._pulled[asked] = known
            if len(self._pulled) > _PAGES_AT_HAND:
                del self._pulled[next(iter(self._pulled))]
        return known[1]

    async def _follow(self, kind: str, read: _ReadAfter) -> None:
        while True:
            seq = await self._run(partial(objects.followed, kind=kind))
            rows = await read(seq)
            if not rows:
                return
            await self._write(partial(objects.follow, kind=kind, objects=rows, from_seq=seq, up_to_seq=rows[-1][1]))

    async def _sessions_after(self, version: str, seq: int) -> Sequence[tuple[str, int, bytes]]:
        rows = await self._source.sessions_after(seq, _BATCH, version)
        return [(row.session_id, row.up_to_seq, row.body) for row in rows]

    async def _cdrs_after(self, version: str, seq: int) -> Sequence[tuple[str, int, bytes]]:
        return [(row.cdr_id, row.seq, row.body) for row in await self._source.cdrs_after(seq, _BATCH, version)]

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return await self._thread.run(lambda: work(self._connection))

    async def _write(self, work: Callable[[sqlite3.Connection], None]) -> None:
        def in_transaction() -> None:
            with transaction(self._connection):
                work(self._connection)

        await self._thread.run(in_transaction)


def _in_order(records: Mapping[str, PeerRecord]) -> tuple[PeerRecord, ...]:
    return tuple(records[name] for name in sorted(records))


def _in_version(kind: str, version: str) -> str:
    """Return the kind by which `objects` knows Sessions or CDRs as they read in a version."""
    return kind if version == FIRST_VERSION else f"{kind} {version}"


def _forget(connection: sqlite3.Connection, name: str, orphans: Sequence[Party]) -> None:
    peers.forget(connection, name)
    tokens.drop_of(connection, orphans)


def _keep_page(connection: sqlite3.Connection, peer: str, page: Sequence[TokenObject], mark: SyncMark) -> None:
    tokens.put(connection, page)
    tokens.put_sync_mark(connection, peer, mark)
