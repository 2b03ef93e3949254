"""Who has limited a session is told what it may draw, whenever that changes and whoever changes it."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from live_cpo import Live, Provider, live
from web.test_ocpi_commands import charging

pytestmark = pytest.mark.slow  # each runs both platforms over sockets and files


@dataclass
class Manager(Provider):
    """A provider that manages loads: it is told of active profiles; `statuses` is what it answers at first."""

    statuses: list[int] = field(default_factory=list)
    active: list[tuple[str, str, Any]] = field(default_factory=list)
    _got_one: asyncio.Event = field(default_factory=asyncio.Event)

    def _endpoints(self) -> list[dict[str, str]]:
        url = f"{self.root}/2.2.1/chargingprofiles"
        return [*super()._endpoints(), {"identifier": "chargingprofiles", "role": "SENDER", "url": url}]

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if not request.path.startswith("/2.2.1/chargingprofiles/"):
            return await super()._answer(request)
        self.active.append((request.method, request.path, json.loads(await request.read())))
        self._got_one.set()
        status = self.statuses.pop(0) if self.statuses else 200
        code = 1000 if status == 200 else 2001
        return web.json_response({"status_code": code, "timestamp": "2026-03-02T00:00:00Z"}, status=status)

    async def hears(self, count: int) -> list[Any]:
        """Wait until it was told so often, and return what it was told."""
        async with asyncio.timeout(10):
            while len(self.active) < count:
                self._got_one.clear()
                await self._got_one.wait()
        return [body for _, _, body in self.active]


def limit(ampere: float) -> dict[str, Any]:
    return {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": ampere}]}


async def put(site: Live, ampere: float) -> None:
    body = {"charging_profile": limit(ampere), "response_url": f"{site.emsp.root}/results/p"}
    got = await site.cpo.ask("PUT", f"/2.2.1/chargingprofiles/{site.session.id}", site.token, body)
    assert got.data["result"] == "ACCEPTED"


async def test_who_set_a_profile_hears_of_each_change_while_the_session_lasts(tmp_path: Path) -> None:
    manager = Manager()
    async with live(tmp_path, limitable=True, emsp=manager) as site:
        await charging(site)
        assert manager.active == []
        await put(site, 10)
        await manager.hears(1)
        await put(site, 8)
        await manager.hears(2)
        path = f"/2.2.1/chargingprofiles/{site.session.id}"
        await site.cpo.ask("DELETE", path, site.token, params={"response_url": f"{site.emsp.root}/results/p"})
        told = await manager.hears(3)
        limits = [each["charging_profile"]["charging_profile_period"] for each in told]
        assert limits == [[{"start_period": 0, "limit": ampere}] for ampere in (10, 8, 32)]
        assert {(method, where) for method, where, _ in manager.active} == {("PUT", path)}
        assert all(each["start_date_time"] == each["charging_profile"]["start_date_time"] for each in told)


async def test_who_has_no_such_endpoint_is_told_nothing_and_limits_all_the_same(tmp_path: Path) -> None:
    async with live(tmp_path, limitable=True) as site:
        await charging(site)
        await put(site, 10)
        assert (await site.emsp.told(2))[-1] == {"result": "ACCEPTED"}
        assert not [path for _, path in site.emsp.seen if "chargingprofiles" in path]


async def test_a_peer_that_refuses_is_not_told_the_same_again(tmp_path: Path) -> None:
    manager = Manager(statuses=[422])
    async with live(tmp_path, limitable=True, emsp=manager) as site:
        await charging(site)
        await put(site, 10)
        await manager.hears(1)
        await put(site, 8)
        told = await manager.hears(2)
        assert told[1]["charging_profile"]["charging_profile_period"] == [{"start_period": 0, "limit": 8}]
