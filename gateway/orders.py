"""Where orders of peers come in, whichever way they travel: decided on by the site, and answered with what it wrote."""

import asyncio
from collections.abc import Callable
from typing import Protocol
from uuid import uuid4

from gateway.clock import Clock
from gateway.core.command_book import CommandRecord
from gateway.core.command_desk import find_record
from gateway.core.commands import Command
from gateway.core.identifiers import CommandId, Party
from gateway.core.observations import (
    AuthorizationReported,
    CommandReceived,
    CommandReplied,
    Observation,
    PreferencesReceived,
)
from gateway.core.site_state import SiteState

# A disk that takes longer than this is ill; the peer is told, and what it ordered may still happen once that heals.
_WRITTEN_WITHIN_S = 5.0


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
    """Takes orders for the site, and shows what is owed to those who gave them."""

    def __init__(self, site: Writer, clock: Clock) -> None:
        self._site = site
        self._clock = clock

    async def take(  # noqa: PLR0913 - an order has that many sides, each of them named where it comes in
        self,
        command: Command,
        *,
        peer: str,
        on_behalf_of: tuple[Party, ...] | None,
        key: str,
        correlation: str | None,
        reply_to: str,
    ) -> CommandRecord | None:
        """Have an order decided on; returns what is on disk of it then, None if the disk does not take it in time."""
        id_ = CommandId(str(uuid4()))
        order = CommandReceived(id_, self._clock.now(), peer, on_behalf_of, key, correlation, reply_to, command)
        if not await self._hand_in(order):
            return None
        return find_record(self._site.written, order)

    async def prefer(self, wish: PreferencesReceived) -> bool:
        """Write down what a driver prefers; False if the disk does not take it in time."""
        return await self._hand_in(wish)

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

    async def _hand_in(self, observation: CommandReceived | PreferencesReceived) -> bool:
        try:
            async with asyncio.timeout(_WRITTEN_WITHIN_S):
                await self._site.inbox.put_and_wait(observation)
        except TimeoutError:
            return False
        return True
