"""Where orders of peers come in, whichever way they travel: decided on by the site, and answered with what it wrote."""

import asyncio
from collections.abc import Callable
from typing import Protocol
from uuid import uuid4

from gateway.clock import Clock
from gateway.core.command_book import CommandRecord
from gateway.core.command_desk import find_record
from gateway.core.commands import Command, NotTaken
from gateway.core.identifiers import CommandId, Party
from gateway.core.minute_bound import MinuteBound
from gateway.core.observations import (
    AuthorizationReported,
    CommandReceived,
    CommandReplied,
    Observation,
    PreferencesReceived,
)
from gateway.core.site_state import SiteState
from gateway.settings import ORDERS_PER_MINUTE

# A disk that takes longer than this is ill; the peer is told, and what it ordered may still happen once that heals.
_WRITTEN_WITHIN_S = 5.0
# A result goes out after the answer to its order. One that has not come off by then never will: the line broke.
_ANSWERED_WITHIN_S = _WRITTEN_WITHIN_S + 2.0


class Inbox(Protocol):
    """The one way in to the site's writer."""

    async def put_and_wait(self, observation: Observation, /) -> None:
        """Hand an observation in and return once what follows from it is on disk."""
        ...


class Writer(Protocol):
    """The site, as far as orders are concerned."""

    @property
    def inbox(self) -> Inbox:
        """Where observations are handed in."""
        ...

    @property
    def written(self) -> SiteState:
        """Everything that is on disk."""
        ...

    def on_outputs(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever something was decided."""
        ...


class OrderDesk:
    """Takes orders for the site, at most so many of a peer within a minute, and shows what is owed to who gave them."""

    def __init__(self, site: Writer, clock: Clock, per_minute: int = ORDERS_PER_MINUTE) -> None:
        self._site = site
        self._clock = clock
        self._bound = MinuteBound(per_minute)
        self._unanswered: set[CommandId] = set()
        self._watchers: list[Callable[[], None]] = []

    async def take(  # noqa: PLR0913 - an order has that many sides, each of them named where it comes in
        self,
        command: Command,
        *,
        peer: str,
        on_behalf_of: tuple[Party, ...] | None,
        key: str,
        correlation: str | None,
        reply_to: str,
    ) -> CommandRecord | NotTaken:
        """Have an order decided on; returns what is on disk of it then, or why nothing is.

        Its result is held back until `answered`. A repetition writes nothing, and is no order too many.
        """
        id_ = CommandId(str(uuid4()))
        order = CommandReceived(id_, self._clock.now(), peer, on_behalf_of, key, correlation, reply_to, command)
        if find_record(self._site.written, order) is None and not self._bound.admits(peer, order.at):
            return NotTaken.TOO_MANY
        self._hold_back(id_)
        record = find_record(self._site.written, order) if await self._hand_in(order) else None
        if record is None:
            self.answered(id_)
            return NotTaken.DISK_ILL
        if record.taken.id != id_:
            self._unanswered.discard(id_)
            self._hold_back(record.taken.id)
        return record

    def answered(self, command_id: CommandId) -> None:
        """Let the result of an order go out: whoever gave it has been answered."""
        if command_id in self._unanswered:
            self._unanswered.discard(command_id)
            for wake in self._watchers:
                wake()

    def is_answered(self, command_id: CommandId) -> bool:
        """Tell whether the result of an order may go out; before a restart every order was."""
        return command_id not in self._unanswered

    def _hold_back(self, command_id: CommandId) -> None:
        self._unanswered.add(command_id)
        asyncio.get_running_loop().call_later(_ANSWERED_WITHIN_S, self.answered, command_id)

    async def prefer(self, wish: PreferencesReceived, peer: str) -> bool:
        """Write down what a driver prefers; False if the disk does not take it in time, or the peer wants too much."""
        return self._bound.admits(peer, wish.at) and await self._hand_in(wish)

    async def report(self, news: CommandReplied | AuthorizationReported) -> None:
        """Tell the site what came of a result or of a question; on disk when it returns."""
        await self._site.inbox.put_and_wait(news)

    @property
    def state(self) -> SiteState:
        """Everything that is on disk."""
        return self._site.written

    def on_change(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something was decided."""
        self._site.on_outputs(wake)
        self._watchers.append(wake)

    async def _hand_in(self, observation: CommandReceived | PreferencesReceived) -> bool:
        try:
            async with asyncio.timeout(_WRITTEN_WITHIN_S):
                await self._site.inbox.put_and_wait(observation)
        except TimeoutError:
            return False
        return True
