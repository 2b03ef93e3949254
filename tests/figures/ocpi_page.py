"""A page of 100 CDRs over HTTP, by our OCPI server or by a bare aiohttp handler: the far end of `hwsim bench ocpi`.

python tests/figures/ocpi_page.py ours          prints port and Authorization header, serves until its stdin ends
python tests/figures/ocpi_page.py bare FILE     the same, always with the bytes in FILE
"""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from plant import Plant, policy, site
from roaming import Emsp, authorized, befriend, serving
from web.garage_day import TARIFF

from gateway.journal.journal import open_journal
from gateway.projection import project

CHARGES = 110  # a little more than a page


async def ours(folder: Path) -> None:
    """Serve a journal of short charges as it would be on site."""
    plant = _a_busy_week()
    async with open_journal(folder / "journal.sqlite", project) as journal:
        await journal.append(plant.facts, tuple(project(plant.facts)))
    async with Emsp().up() as emsp, serving(folder) as cpo:
        token = await befriend(cpo, emsp)
        print(cpo.parts.port, authorized(token)["Authorization"], flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


async def bare(body: bytes) -> None:
    """Serve the same bytes, whatever is asked."""

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], "Token none", flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def _a_busy_week() -> Plant:
    place = site(tariff_id=TARIFF.id)
    named = replace(place, evses=tuple(replace(evse, evse_id="SE*ABC*E1") for evse in place.evses))
    plant = Plant(policy=policy(tariff_id=TARIFF.id), site=named, tariffs=(TARIFF,))
    for _ in range(CHARGES):
        plant.charge(seconds=20)
        plant.tap()
        plant.unplug()
        plant.wait(5)
    return plant


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(ours(Path(scratch)) if sys.argv[1] == "ours" else bare(Path(sys.argv[2]).read_bytes()))
