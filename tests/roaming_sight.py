"""A site to look at, for tests of roaming: its EVSEs' status is what tests say, its Location is kept as facts."""

from collections.abc import Mapping
from dataclasses import replace

from plant import EVSE, Plant
from scenarios.box import TurnedClock
from web.garage_day import GarageView

from gateway.core.facts import Fact
from gateway.core.facts_backends import LocationChanged, PartStamp, with_changed
from gateway.core.telemetry import EvseSnapshot, EvseStatus
from gateway.journal.journal import Journal
from gateway.ocpi.location_delivery import parts_of, stamps_of
from gateway.ocpi.v2_2_1.location import Path as PartPath
from gateway.ocpi.v2_2_1.location import Stamp


class Sight:
    """A site to look at, whose EVSEs tests change."""

    def __init__(self, journal: Journal) -> None:
        self._view = GarageView(Plant())
        self._journal = journal
        self._location: tuple[PartStamp, ...] = ()
        self.statuses = {EVSE: EvseStatus.AVAILABLE}

    def stamps(self) -> Mapping[PartPath, Stamp]:
        return stamps_of(self._location)

    async def keep_stamps(self, changed: Mapping[PartPath, Stamp]) -> None:
        """Write the fact that the site would write."""
        self._location = with_changed(self._location, parts_of(dict(changed)))
        seq = await self._journal.last_seq() + 1
        fact = Fact(seq, TurnedClock().now(), None, None, LocationChanged(parts_of(dict(changed))))
        await self._journal.append([fact], [])

    async def recall(self) -> None:
        """Know what the journal knows."""
        async for fact in self._journal.facts():
            if isinstance(fact.body, LocationChanged):
                self._location = with_changed(self._location, fact.body.parts)

    def evses(self) -> tuple[EvseSnapshot, ...]:
        first = self._view.evses()[0]
        return (replace(first, uid=EVSE, status=self.statuses[EVSE]),)
