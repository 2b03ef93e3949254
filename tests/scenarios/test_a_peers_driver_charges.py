"""A driver whose token came from a peer: charges, is billed to that peer, and the peer pulls what it is owed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plant import BACKEND, MIDNIGHT, Outlet, policy, site, token
from roaming import a_token
from scenarios.box import CARD, Backend, Box, TurnedClock

from gateway.core.identifiers import Party
from gateway.core.observations import Started
from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import open_journal
from gateway.ocpi.paging import Page
from gateway.ocpi.v2_2_1.token_object import read_token
from gateway.projection import project
from gateway.registry.registry import Registry, open_registry
from gateway.site import Site

FIRST_PAGE = Page(0, 10)


@dataclass
class Roaming:
    """A box whose cards are those of the registry."""

    box: Box
    registry: Registry

    async def put(self, **changes: Any) -> None:
        await self.registry.keep_token(read_token(json.dumps(a_token(CARD, **changes)).encode()))

    async def cdrs_of(self, country_code: str, party_id: str) -> list[dict[str, Any]]:
        return json.loads((await self.registry.cdrs([Party(country_code, party_id)], FIRST_PAGE)).data)


@asynccontextmanager
async def roaming(folder: Path) -> AsyncIterator[Roaming]:
    clock, outlet, backend = TurnedClock(), Outlet(), Backend()
    async with (
        open_journal(folder / "journal.sqlite", project) as journal,
        open_registry(folder / "registry.sqlite", journal) as registry,
    ):
        writer = Site(policy(), registry.cards([token("LOCAL")]), journal, clock, (JournalUnwritable,))
        await writer.start(Started(clock.now(), "0.0.0", site(), (), (BACKEND,)))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(writer.run())
            yield Roaming(Box(writer, journal, clock, outlet, backend), registry)
            running.cancel()


async def test_a_token_put_a_moment_ago_charges_and_its_owner_pulls_the_cdr(tmp_path: Path) -> None:
    async with roaming(tmp_path) as site_and_registry:
        await site_and_registry.put()
        await site_and_registry.box.charge(120)
        (cdr,) = await site_and_registry.cdrs_of("DE", "MSP")
        assert cdr["cdr_token"]["uid"] == CARD
        assert cdr["total_energy"] > 0
        assert await site_and_registry.cdrs_of("NL", "TNM") == []


async def test_of_two_owners_of_one_uid_the_valid_one_is_billed_and_recorded(tmp_path: Path) -> None:
    async with roaming(tmp_path) as site_and_registry:
        await site_and_registry.put(valid=False)
        await site_and_registry.put(country_code="NL", party_id="TNM")
        await site_and_registry.box.charge(60)
        assert len(await site_and_registry.cdrs_of("NL", "TNM")) == 1
        assert await site_and_registry.cdrs_of("DE", "MSP") == []


async def test_a_token_blocked_by_its_owner_begins_nothing_more(tmp_path: Path) -> None:
    async with roaming(tmp_path) as site_and_registry:
        await site_and_registry.put()
        await site_and_registry.put(valid=False, last_updated=f"{MIDNIGHT.replace(hour=1):%Y-%m-%dT%H:%M:%SZ}")
        await site_and_registry.box.charge(60)
        assert (await site_and_registry.registry.sessions(None, FIRST_PAGE)).total == 0


async def test_a_session_that_runs_is_pulled_as_it_stands(tmp_path: Path) -> None:
    async with roaming(tmp_path) as site_and_registry:
        await site_and_registry.put()
        box = site_and_registry.box
        box.outlet.plugged, box.outlet.power_w = True, 11_000
        await box.wait(2)
        await box.tap()
        await box.wait(70)
        first = await site_and_registry.registry.sessions(None, FIRST_PAGE)
        await box.wait(70)
        second = await site_and_registry.registry.sessions(None, FIRST_PAGE)
        (before,), (after,) = json.loads(first.data), json.loads(second.data)
        assert before["id"] == after["id"]
        assert before["kwh"] < after["kwh"]
        assert before["last_updated"] < after["last_updated"]
