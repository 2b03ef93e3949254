"""The real daemon, simulated charge controllers and a provider: orders start and stop charging, and outlive a kill."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from e2e.driving import ask, log_of, nobody_saw_a_traceback, run, running_stage, until
from hwsim.stage import Stage
from live_cpo import Provider
from roaming import IDS, ROUTING, a_token, authorized, free_port

pytestmark = pytest.mark.slow

# The party of the simulated backend: what is pushed there is judged.
EMS = {"country_code": "NL", "party_id": "EMS"}
APP = a_token("APP-0001", type="APP_USER", whitelist="NEVER", **EMS)
SECTION = """
[ocpi_server]
public_url = "http://127.0.0.1:{port}/ocpi"
business_name = "Garage"
port = {port}
allow_http = true
private_response_urls = true
"""


class Orders:
    """What the provider sends to the gateway."""

    def __init__(self, emsp: Provider, port: int) -> None:
        self._emsp, self._root = emsp, f"http://127.0.0.1:{port}/ocpi/2.2.1"

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {**authorized(self._emsp.known["token"]), **IDS, **ROUTING}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self._root}{path}", json=body, headers=headers) as response,
        ):
            return (await response.json()).get("data")

    async def billed(self) -> Any:
        """Return the only CDR, once there is one: an end waits a moment for company on its way to the disk."""
        async with asyncio.timeout(30):
            while not (cdrs := await self.ask("GET", "/cdrs")):
                pass  # each look is a request, which takes its time
        (cdr,) = cdrs
        return cdr

    async def send(self, name: str, **body: Any) -> str:
        whole = {"response_url": f"{self._emsp.root}/results/{name}", **body}
        return str((await self.ask("POST", f"/commands/{name}", whole))["result"])


async def register(stage: Stage, emsp: Provider, folder: Path) -> None:
    token_file = folder / "token-a"
    token_file.write_text("TOKEN-A-of-emsp\n")
    status, _, trouble = await run(
        *("peers", "register", emsp.versions_url, "--token-file", str(token_file), "--name", "msp"),
        *("--config", str(stage.config)),
    )
    assert status == 0, trouble


async def test_a_provider_starts_and_stops_a_charge_and_keeps_an_evse_over_a_kill(tmp_path: Path) -> None:
    port = await free_port()
    async with (
        Provider(party=("NL", "EMS")).up() as emsp,
        running_stage(tmp_path, lambda text: text + SECTION.format(port=port)) as stage,
    ):
        assert isinstance(emsp, Provider)
        await register(stage, emsp, tmp_path)
        orders, evse = Orders(emsp, port), stage.site.evses["EVSE-1"]
        location = (await orders.ask("GET", "/locations"))[0]
        here = {"location_id": location["id"], "evse_uid": "EVSE-1"}

        assert await orders.send("START_SESSION", token=APP, **here, authorization_reference="REF-1") == "ACCEPTED"
        assert (await emsp.told())[0]["result"] == "ACCEPTED"
        evse.plug_in()
        await until(lambda: evse.is_closed, "the contactor closes")
        began_wh = evse.meter.counter_wh
        await until(lambda: evse.meter.counter_wh >= began_wh + 10, "energy flows")
        (session,) = await orders.ask("GET", "/sessions?date_from=2020-01-01T00:00:00Z")
        profile = {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": 10}]}
        limit = {"charging_profile": profile, "response_url": f"{emsp.root}/results/profile"}
        assert (await orders.ask("PUT", f"/chargingprofiles/{session['id']}", limit))["result"] == "ACCEPTED"
        await until(lambda: evse.controller.read_holding(1000, 1) == [10], "the controller offers 10 A")
        assert (await emsp.told(2))[1] == {"result": "ACCEPTED"}
        assert await orders.send("STOP_SESSION", session_id=session["id"]) == "ACCEPTED"
        assert (await emsp.told(3))[2]["result"] == "ACCEPTED"
        assert not evse.is_closed
        evse.unplug()
        await until(lambda: "event=session_ended" in log_of(stage), "the session ends")
        async with asyncio.timeout(30):
            while (await ask(stage, "status"))["evses"][0]["pilot"] != "A":
                pass  # each look runs a command, which takes its time
        cdr = await orders.billed()
        assert (cdr["session_id"], cdr["auth_method"]) == (session["id"], "COMMAND")
        assert (cdr["authorization_reference"], cdr["cdr_token"]["uid"]) == ("REF-1", "APP-0001")

        expiry = (datetime.now(UTC) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
        reserve = {"token": APP, "reservation_id": "R-1", **here}
        assert await orders.send("RESERVE_NOW", **reserve, expiry_date="2099-01-01T00:00:00Z") == "REJECTED"
        assert await orders.send("RESERVE_NOW", **reserve, expiry_date=expiry) == "ACCEPTED"
        await emsp.told(4)
        await stage.gateway.kill()
        await stage.gateway.start()
        part = await orders.ask("GET", f"/locations/{location['id']}/EVSE-1")
        assert part["status"] == "RESERVED"
        assert await orders.send("CANCEL_RESERVATION", reservation_id="R-1") == "ACCEPTED"
        assert (await emsp.told(5))[4]["result"] == "ACCEPTED"
        await until(lambda: len(stage.peer.shelf.sessions) == 2, "both sessions at the backend")
        await until(lambda: stage.peer.shelf.cdrs, "the CDR at the backend")
        assert not stage.peer.violations
        status, told, _ = await run("explain", session["id"][:8], "--config", str(stage.config))
        assert status == 0
        assert "msp orders START_SESSION: accepted" in told
        assert "APP-0001" not in log_of(stage)
        nobody_saw_a_traceback(stage)
