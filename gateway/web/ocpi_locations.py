"""The locations module as SENDER: the one Location of the site on three levels, its EVSEs as they really are."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from gateway.ocpi.reply import Code, Reply
from gateway.ocpi.v2_2_1.location import LocationWire, Look, Path, Stamp, compose, find_part, restamp
from gateway.ocpi.v2_2_1.rules import parse_moment
from gateway.ocpi.v2_2_1.shapes import encode
from gateway.web.ocpi_lists import answer_page
from gateway.web.ocpi_module import Asked, not_found

_LOOK_EVERY_S = 1.0  # how late a change may be noticed where nobody asks
# After a change no other is told of for so long, however often it flaps meanwhile; the last one always is.
_HOLD_S = 5.0
# After a start, devices that were not seen yet are waited for so long before they count as unknown.
_FIRST_SIGHT_S = 10.0
_UNKNOWN = "UNKNOWN"


class StampShelf(Protocol):
    """Where it is written down when each part changed."""

    def stamps(self) -> Mapping[Path, Stamp]:
        """Return every part that ever was."""
        ...

    async def keep_stamps(self, changed: Mapping[Path, Stamp]) -> None:
        """Believe at once that parts have changed; on disk when it returns."""
        ...


class LocationSender:
    """GET of the list, of the Location, of an EVSE, of a connector; `look` tells what they are made of now."""

    role = "SENDER"
    methods = frozenset({"GET"})

    def __init__(self, shelf: StampShelf, look: Callable[[], Look], now: Callable[[], datetime], highest: int) -> None:
        self._shelf = shelf
        self._look = look
        self._now = now
        self._highest = highest

    async def answer(self, asked: Asked) -> Reply:
        """Answer from what is there now."""
        location, _ = await self.refresh()
        if not asked.path:
            return answer_page(asked, [(parse_moment(location.last_updated), encode(location))], self._highest)
        name, *below = asked.path
        if name.casefold() != location.id.casefold():
            return not_found("this location is not known here", Code.UNKNOWN_LOCATION)
        part = find_part(location, tuple(below))
        if part is None:
            return not_found("the location has no such EVSE or connector", Code.UNKNOWN_LOCATION)
        return Reply(encode(part))

    async def refresh(self) -> tuple[LocationWire, bool]:
        """Stamp what has changed; return the Location, and whether anything had."""
        changed = restamp(self._shelf.stamps(), self._look(), self._now())
        if changed:
            await self._shelf.keep_stamps(changed)
        return compose(self._shelf.stamps()), bool(changed)

    async def watch(self, faults: tuple[type[Exception], ...]) -> None:
        """Stamp changes as they happen, until cancelled; where the disk refuses, they are kept with the next one."""
        began = asyncio.get_running_loop().time()
        while _UNKNOWN in self._look().statuses.values():
            if asyncio.get_running_loop().time() - began >= _FIRST_SIGHT_S:
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        while True:
            has_changed = False
            with suppress(*faults):  # believed all the same; the site tells of the disk
                _, has_changed = await self.refresh()
            await asyncio.sleep(_HOLD_S if has_changed else _LOOK_EVERY_S)
