"""Reads the token lists of registered peers: whole at first, then what changed; a cut reading goes on where it was."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from gateway.core.delivery import Rejected
from gateway.core.identifiers import Party
from gateway.ocpi.envelope import data_of, judge
from gateway.ocpi.headers import routing_headers
from gateway.ocpi.peer import Peer, PeerRecord, Standing
from gateway.ocpi.peer_call import PeerCall, PeerCaller, PeerSilent
from gateway.ocpi.reading import Malformed, read
from gateway.ocpi.token_list import SyncMark, first_page, next_page
from gateway.ocpi.v2_2_1.token_object import TokenObject, read_tokens
from gateway.ocpi.versions import same_origin

log = structlog.get_logger()

_EVERY = timedelta(hours=6)
_RETRY = timedelta(minutes=5)
_JITTER = 0.1  # share of a wait, so that a thousand gateways do not ask at once
_LOOK_S = 2.0  # how soon a peer that has just registered is noticed
_PAGES_AT_A_TIME = 200  # 100,000 tokens; then it is the others' turn, and a list without end goes on slowly
_MOST_TOKENS = 50_000  # on one page, from a peer that knows no pages
_JUDGED_AT_ONCE = 500  # so that whatever a page holds, the event loop is not kept


class Shelf(Protocol):
    """Where peers are known and tokens are kept."""

    def records(self) -> Sequence[PeerRecord]:
        """Return every peer."""
        ...

    async def sync_mark(self, peer: str) -> SyncMark:
        """Return how far a peer's list was read."""
        ...

    async def keep_page(self, peer: str, page: Sequence[TokenObject], mark: SyncMark) -> None:
        """Keep a page and how far that is, both or neither."""
        ...


class _PageRefused(PeerSilent):
    """The peer answers, and does not give this page."""


class TokenSync:
    """Reads every registered peer's list; `run` for as long as the daemon lives."""

    def __init__(
        self,
        shelf: Shelf,
        calls: PeerCaller,
        us: Party,
        now: Callable[[], datetime],
        faults: tuple[type[Exception], ...] = (),
    ) -> None:
        self._shelf = shelf
        self._calls = calls
        self._us = us
        self._now = now
        self._faults = faults
        self._due: dict[str, tuple[datetime, float]] = {}

    async def run(self) -> None:
        """Look who is due, read, and again; returns never."""
        while True:
            for record in self._shelf.records():
                if self._is_due(record.peer):
                    await self._try(record.peer)
            await asyncio.sleep(_LOOK_S)

    async def sync(self, peer: Peer) -> int:
        """Read one peer's list from where it was left, mostly to its end; returns how many tokens came. PeerSilent."""
        url = peer.endpoint("tokens", "SENDER")
        if url is None:
            return 0
        mark = await self._shelf.sync_mark(peer.name)
        began, page_url = mark.began, mark.next_url
        if began is None or page_url is None or not same_origin(page_url, url):
            began, page_url = self._now(), first_page(url, mark.complete_up_to)
        count, seen = 0, set[str]()
        while page_url is not None and len(seen) < _PAGES_AT_A_TIME:
            seen.add(page_url)
            try:
                tokens, onward = await self._page(peer, page_url)
            except _PageRefused:
                # A page that is named no more, or never was: the next reading begins anew.
                await self._shelf.keep_page(peer.name, (), SyncMark(complete_up_to=mark.complete_up_to))
                raise
            if onward is not None and (onward in seen or not same_origin(onward, url)):
                raise PeerSilent(f"{peer.name} names a wrong next page: ask its operator to mend its Link header")
            done = began if onward is None else mark.complete_up_to
            await self._shelf.keep_page(peer.name, tokens, SyncMark(began if onward else None, onward, done))
            count += len(tokens)
            page_url = onward
        return count

    async def _page(self, peer: Peer, url: str) -> tuple[Sequence[TokenObject], str | None]:
        headers = routing_headers(self._us, peer.roles[0].party) if peer.roles else {}
        got = await self._calls.send(PeerCall("GET", url, peer.token or "", peer.form, headers=headers))
        receipt = judge(got.answer)
        if isinstance(receipt, Rejected):
            raise _PageRefused(f"{peer.name} does not give its tokens: {receipt.reason}: ask its operator")
        try:
            items = read(data_of(got.answer), list[msgspec.Raw])
        except Malformed:
            raise PeerSilent(f"{peer.name} gives no list of tokens: ask its operator to mend it") from None
        except ValueError as problem:
            raise PeerSilent(f"{peer.name}: {problem}") from None
        if len(items) > _MOST_TOKENS:
            raise PeerSilent(f"{peer.name} gives more than {_MOST_TOKENS} tokens at once: ask its operator for pages")
        tokens, malformed = list[TokenObject](), 0
        for begin in range(0, len(items), _JUDGED_AT_ONCE):
            good, bad = read_tokens([bytes(item) for item in items[begin : begin + _JUDGED_AT_ONCE]])
            tokens += good
            malformed += bad
            await asyncio.sleep(0)
        mine = [token for token in tokens if peer.owns(token.key.owner)]
        if malformed or len(mine) < len(tokens):
            log.warning("tokens_left_out", peer=peer.name, malformed=malformed, of_others=len(tokens) - len(mine))
        return mine, next_page(got.answer.link, url)

    async def _try(self, peer: Peer) -> None:
        wait = _EVERY
        try:
            count = await self.sync(peer)
            if (await self._shelf.sync_mark(peer.name)).next_url is not None:
                wait = _RETRY
        except PeerSilent as silence:
            wait = _RETRY
            log.warning("token_list_not_read", peer=peer.name, reason=str(silence))
        except self._faults:
            wait = _RETRY  # the site tells of the disk
        else:
            log.info("token_list_read", peer=peer.name, tokens=count)
        loop_time = asyncio.get_running_loop().time()
        jitter = 1 + _JITTER * random.random()  # noqa: S311 - spreads load, hides nothing
        self._due[peer.name] = (peer.since, loop_time + wait.total_seconds() * jitter)

    def _is_due(self, peer: Peer) -> bool:
        """Whether a registered peer has waited long enough, or has registered anew since."""
        if peer.standing is not Standing.REGISTERED or peer.endpoint("tokens", "SENDER") is None:
            return False
        since, at = self._due.get(peer.name, (None, 0.0))
        return since != peer.since or asyncio.get_running_loop().time() >= at
