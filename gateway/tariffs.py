"""Where tariffs of backends come in: decided on by the site, and answered with what is on disk then."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from gateway.clock import Clock
from gateway.core.identifiers import BackendName
from gateway.core.minute_bound import MinuteBound
from gateway.core.observations import Observation
from gateway.core.observations_tariffs import TariffSent, TariffTakenBack
from gateway.core.place import Site
from gateway.core.site_state import SiteState
from gateway.core.tariff import Tariff
from gateway.core.tariff_desk import in_force
from gateway.ocpi.tariff_message import Outcome, encode_outcome, read_tariff_message, read_withdrawal

# A disk that takes longer than this is ill; the backend is told, and sends it again.
_WRITTEN_WITHIN_S: Final = 5.0
# Far more than a site has EVSEs and times of day; a backend gone mad must not fill memory and journal.
MOST_SENT: Final = 100
# A site's whole list at once, and then again; what changes more often is no price that a driver could read.
TARIFFS_PER_MINUTE: Final = 200


class Inbox(Protocol):
    """The one way in to the site's writer."""

    async def put_and_wait(self, observation: Observation, /) -> None:
        """Hand an observation in and return once what follows from it is on disk."""
        ...


class Writer(Protocol):
    """The site, as far as tariffs are concerned."""

    @property
    def inbox(self) -> Inbox:
        """Where observations are handed in."""
        ...

    @property
    def written(self) -> SiteState:
        """Everything that is on disk."""
        ...


class Configured(Protocol):
    """The settings that hold now, as far as tariffs are concerned."""

    @property
    def site(self) -> Site:
        """Whose tariffs they are, and in which money."""
        ...

    @property
    def tariffs(self) -> Sequence[Tariff]:
        """Those of tariffs_file."""
        ...


class TariffDesk:
    """Takes tariffs for the site. ValueError is the backend's fault."""

    def __init__(self, site: Writer, clock: Clock, current: Callable[[], Configured]) -> None:
        self._site = site
        self._clock = clock
        self._current = current
        self._bound = MinuteBound(TARIFFS_PER_MINUTE)

    def in_force(self) -> tuple[Tariff, ...]:
        """Return the tariffs that hold now."""
        return in_force(self._site.written, self._current().tariffs)

    async def put(self, backend: BackendName, request: bytes) -> bytes:
        """Take a tariff that a backend sends; the answer comes when it is on disk."""
        tariff = read_tariff_message(request, self._current().site)
        self._refuse_what_is_ambiguous(tariff)
        await self._hand_in(TariffSent(self._clock.now(), backend, tariff))
        held = self._held(tariff.id)
        return encode_outcome(tariff.id, Outcome.HELD if held == tariff else Outcome.OUTDATED, held)

    async def withdraw(self, backend: BackendName, request: bytes) -> bytes:
        """Take back what backends sent under an id; the configured tariff of this id holds again, if there is one."""
        wanted = read_withdrawal(request)
        instead = {each.id: each for each in self._current().tariffs}.get(wanted.id)
        await self._hand_in(TariffTakenBack(self._clock.now(), backend, wanted.id, wanted.last_updated, instead))
        known = self._site.written.tariffs.get(wanted.id)
        is_newer = known is not None and known.sent_by is not None
        outcome = Outcome.OUTDATED if is_newer else Outcome.WITHDRAWN
        return encode_outcome(wanted.id, outcome, self._held(wanted.id))

    def _held(self, tariff_id: str) -> Tariff | None:
        known = self._site.written.tariffs.get(tariff_id)
        return None if known is None else known.tariff

    def _refuse_what_is_ambiguous(self, tariff: Tariff) -> None:
        state = self._site.written
        known = state.tariffs.get(tariff.id)
        if known is not None and known.tariff != tariff and known.tariff.last_updated == tariff.last_updated:
            raise ValueError("$.last_updated: another tariff of this id has the same; give a change a newer one")
        for each in self.in_force():
            if each.id != tariff.id and each.id.casefold() == tariff.id.casefold():
                raise ValueError(f"$.id: is written {each.id} here, and OCPI's ids differ in more than case")
        sent = state.withdrawn.keys() | {id_ for id_, each in state.tariffs.items() if each.sent_by is not None}
        if tariff.id not in sent and len(sent) >= MOST_SENT:
            raise ValueError(f"$.id: this site keeps {MOST_SENT} tariffs of backends; use an id again")

    async def _hand_in(self, news: TariffSent | TariffTakenBack) -> None:
        if not self._bound.admits(news.backend, news.at):
            raise ValueError("too many tariffs within a minute: wait")
        try:
            async with asyncio.timeout(_WRITTEN_WITHIN_S):
                await self._site.inbox.put_and_wait(news)
        except TimeoutError:
            raise ValueError("this side cannot write to its disk") from None
