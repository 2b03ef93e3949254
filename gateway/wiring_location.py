"""From settings to who knows our Location: for those who pull it, and to tell those who are pushed."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import structlog

from gateway.clock import Clock
from gateway.core.identifiers import EvseUid
from gateway.core.observations import LocationSeen
from gateway.journal.errors import JournalUnwritable
from gateway.ocpi.location_delivery import parts_of, stamps_of
from gateway.ocpi.v2_2_1.location import Look, Path, Stamp, come_back
from gateway.settings import Settings
from gateway.site import Site
from gateway.web.ocpi_locations import LocationSender, StampShelf
from gateway.wiring_backends import takes_orders

log = structlog.get_logger()

_PAGE_LIMIT = 100
# A disk that is ill takes facts later; what was decided holds all the same.
_PATIENCE_S = 2.0


class LocationShelf:
    """When each part of our Location changed last: facts of the site, so that pulls show what was pushed."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock

    def stamps(self) -> Mapping[Path, Stamp]:
        """Return every part that ever was."""
        return stamps_of(self._site.location)

    async def keep_stamps(self, changed: Mapping[Path, Stamp]) -> None:
        """Have it written down that parts have changed; believed when it returns, on disk where the disk is well."""
        for uid in come_back(self.stamps(), changed):
            log.warning("evse_uid_used_again", evse=uid, remedy="give it another uid, unless it is the very same EVSE")
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._site.inbox.put_and_wait(LocationSeen(self._clock.now(), parts_of(dict(changed))))


def make_locations(current: Callable[[], Settings], shelf: StampShelf, site: Site, clock: Clock) -> LocationSender:
    """Make who knows our Location; `current` returns the settings that hold now."""
    server = current().ocpi_server
    limit = _PAGE_LIMIT if server is None else server.page_limit
    return LocationSender(shelf, lambda: _look(current(), site), lambda: clock.now().utc, limit)


def watch(locations: LocationSender) -> Coroutine[Any, Any, None]:
    """Return what notices changes as they happen, until cancelled."""
    return locations.watch((JournalUnwritable,))


def _look(settings: Settings, site: Site) -> Look:
    return Look(
        site=settings.site,
        statuses={evse.uid: evse.status.value for evse in site.evses()},
        with_reader=frozenset(EvseUid(evse.uid) for evse in settings.evses if evse.readers),
        # Charging profiles come by OCPI only.
        can_limit=frozenset() if settings.ocpi_server is None else settings.limitable,
        takes_orders=takes_orders(settings),
        opening_times=settings.opening_times,
    )
