"""The running gateway answers a fleet's monitoring at the port that its configuration names."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from e2e.driving import running_stage
from roaming import free_port

pytestmark = pytest.mark.slow


async def test_a_scrape_shows_the_site_and_a_lost_meter_soon_after(tmp_path: Path) -> None:
    port = await free_port()
    section = f"\n[monitoring]\nport = {port}\n"
    async with (
        aiohttp.ClientSession() as http,
        running_stage(tmp_path, lambda config: config + section) as stage,
    ):

        async def scrape_until(wanted: str) -> None:
            async with asyncio.timeout(40):
                text = ""
                while wanted not in text:
                    async with http.get(f"http://127.0.0.1:{port}/metrics") as response:
                        assert response.status == 200
                        text = await response.text()

        await scrape_until('ocpi_gateway_meter_up{bus="cabinet",')
        await scrape_until('ocpi_gateway_evse_status{evse="EVSE-1",status="AVAILABLE"} 1.0')
        async with http.get(f"http://127.0.0.1:{port}/health") as response:
            assert response.status == 200
        window = aiohttp.UnixConnector(path=str(stage.config.with_name("gateway.sock")))
        async with aiohttp.ClientSession(connector=window) as http_inside:
            for page in ("metrics", "health"):
                async with http_inside.get(f"http://gateway/{page}") as response:
                    assert response.status == 200
        await stage.site.pty("hall").vanish()
        await scrape_until('ocpi_gateway_evse_status{evse="EVSE-1",status="UNKNOWN"} 1.0')
