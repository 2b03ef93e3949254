"""The installed gateway roams: it registers by command, takes a peer's tokens, and pushes to it what its drivers do."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from config.garage import Garage
from e2e.driving import run, until
from hwsim.gateway_process import gateway_command
from roaming import Emsp, a_token, authorized, free_port

pytestmark = pytest.mark.slow

SECTION = """
[ocpi_server]
public_url = "http://127.0.0.1:{port}/ocpi"
business_name = "Garage"
port = {port}

[rules]"""


class Gateway:
    """The daemon's process at a garage where nothing in the field answers, and its commands."""

    def __init__(self, garage: Garage, port: int) -> None:
        self.garage, self.port = garage, port
        self.log = garage.folder / "log"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *gateway_command(), "run", "--config", str(self.garage.path), stderr=log
            )
        try:
            ready = self.said("event=ready") + 1
            await until(lambda: self.said("event=ready") >= ready or process.returncode is not None, "it is ready")
            yield
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 20) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def said(self, event: str) -> int:
        return self.log.read_text(encoding="utf-8").count(event)

    async def peers(self, *words: str) -> tuple[int, str, str]:
        return await run("peers", *words[:1], *words[1:], "--config", str(self.garage.path))

    async def get(self, path: str, token: str) -> Any:
        url = f"http://127.0.0.1:{self.port}/ocpi{path}"
        async with aiohttp.ClientSession() as http, http.get(url, headers=authorized(token)) as response:
            return response.status, json.loads(await response.read())


@pytest.fixture
async def gateway(tmp_path: Path) -> Gateway:
    garage, port, closed = Garage(tmp_path), await free_port(), await free_port()
    garage.change(
        'kind = "rtu"\ndevice = "/dev/serial/by-id/usb-adapter"', f'kind = "tcp"\nhost = "::1"\nport = {closed}'
    )
    garage.change('host = "192.0.2.5"\nport = 502', f'host = "127.0.0.1"\nport = {closed}')
    garage.change('host = "broker.example.com"\nport = 1883', f'host = "127.0.0.1"\nport = {closed}')
    garage.change('versions_url = "https://ocpi.example.com/versions"\ntoken_file = "operator.token"', 'peer = "msp"')
    garage.change("[rules]", SECTION.format(port=port))
    garage.change('tokens_file = "tokens.json"', 'tokens_file = "tokens.json"\nstate_dir = "."\nsocket = "gw.sock"')
    return Gateway(garage, port)


async def test_a_peer_registered_by_command_is_pushed_to_pulls_and_stays_over_a_restart(
    gateway: Gateway, tmp_path: Path
) -> None:
    token_file = tmp_path / "token-a"
    token_file.write_text("TOKEN-A-of-emsp\n")
    async with Emsp(calls_back=True, tokens=[a_token()]).up() as emsp:
        async with gateway.running():
            status, said, trouble = await gateway.peers(
                "register", emsp.versions_url, "--token-file", str(token_file), "--name", "msp"
            )
            assert (status, trouble) == (0, "")
            assert said.startswith("msp is registered: OCPI 2.2.1, EMSP DE*MSP\n")
            assert emsp.seen_back == [200, 200]
            await until(lambda: gateway.said("event=token_list_read peer=msp tokens=1"), "its tokens are read")
            await until(lambda: gateway.said("event=uplink_well backend=operator"), "it is a backend")
            status, held = await gateway.get("/inventory/cdrs", emsp.known["token"])
            assert (status, held["data"]["count"], held["data"]["cdrs"]) == (200, 0, [])
            assert (await gateway.get("/2.2.1/locations", emsp.known["token"]))[1]["data"][0]["id"] == "LOC1"
        async with gateway.running():
            assert (await gateway.get("/2.2.1/cdrs", emsp.known["token"]))[1]["data"] == []
            old = emsp.known["token"]
            assert (await gateway.peers("rotate", "msp"))[0] == 0
            assert (await gateway.get("/versions", old))[0] == 401
            listed = json.loads((await gateway.peers("--json", "list"))[1])
            assert [(line["name"], line["standing"]) for line in listed] == [("msp", "registered")]
            status, said, _ = await gateway.peers("forget", "msp")
            assert (status, said) == (0, "msp is forgotten; unregistered there too\n")
            assert (await gateway.get("/versions", emsp.known["token"]))[0] == 401
    assert "Traceback" not in gateway.log.read_text()


async def test_an_invited_peer_is_shown_its_token_once(gateway: Gateway) -> None:
    async with gateway.running():
        status, said, _ = await gateway.peers("invite", "msp")
        assert status == 0
        token = said.rpartition("token: ")[2].strip()
        assert (await gateway.get("/versions", token))[0] == 200
        assert token not in (await gateway.peers("--json", "list"))[1]


async def test_a_registration_that_fails_is_one_line(gateway: Gateway, tmp_path: Path) -> None:
    token_file = tmp_path / "token-a"
    token_file.write_text("wrong")
    async with Emsp().up() as emsp, gateway.running():
        status, said, trouble = await gateway.peers("register", emsp.versions_url, "--token-file", str(token_file))
        assert (status, said) == (1, "")
        assert trouble.count("\n") == 1
        assert "401" in trouble
        assert "wrong" not in trouble
