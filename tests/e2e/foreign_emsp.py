"""The foreign eMSP as a process beside a stage, and what a test has it do."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from e2e.driving import PATIENCE_S, run, until
from hwsim.stage import Stage
from roaming import free_port

TOKEN_A = "token-a-of-the-foreign-emsp"
PYTHON = Path(".venv/foreign/bin/python")

SECTIONS = """
[ocpi_server]
public_url = "http://127.0.0.1:{port}/ocpi"
business_name = "Simulated garage"
port = {port}
allow_http = true
private_response_urls = true

[backends.foreign]
kind = "ocpi"
peer = "foreign"
country_code = "DE"
party_id = "MSP"
"""


def a_token(uid: str, **changes: Any) -> dict[str, Any]:
    """An OCPI 2.2.1 Token of the foreign eMSP's."""
    return {
        "country_code": "DE",
        "party_id": "MSP",
        "uid": uid,
        "type": "RFID",
        "contract_id": "DE-MSP-C12345678-X",
        "issuer": "Foreign",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": "2026-01-01T12:00:00Z",
        **changes,
    }


class ForeignEmsp:
    """The process' desk. `patience` for what it does of its own is the same as for the gateway's."""

    def __init__(self, http: aiohttp.ClientSession, port: int, folder: Path) -> None:
        self._http = http
        self._root = f"http://127.0.0.1:{port}"
        self._token_file = folder / "token-a"
        self._token_file.write_text(TOKEN_A)

    async def seen(self) -> Any:
        """Everything it has: objects, their states in order, what it was asked."""
        return await self._ask("GET", "/desk")

    async def hand_out(self, token: Mapping[str, Any], *, push: bool = True) -> Any:
        """Give a driver a token, and push it to the gateway unless it shall be found out by asking."""
        return await self._ask("PUT", f"/desk/tokens/{token['uid']}", token, push="yes" if push else "no")

    async def command(self, kind: str, cpo: tuple[str, str], **body: Any) -> Any:
        """Send a command; returns its id at the eMSP, the HTTP status and the gateway's first answer."""
        return await self._ask("POST", f"/desk/commands/{kind}", body, country_code=cpo[0], party_id=cpo[1])

    async def result_of(self, command: Any) -> str:
        """Wait for a command's result at the library's own endpoint."""
        states = await self.until(lambda seen: seen["states"].get("commands", {}).get(command["uid"]), "a result")
        assert len(states) == 1
        return str(states[0]["result"])

    async def until(self, holds: Any, what: str) -> Any:
        """Look again until it holds, and return what held."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := holds(await self.seen())):  # noqa: ASYNC110  another process tells nobody
                await asyncio.sleep(0.1)
        assert found, what
        return found

    async def is_registered_at(self, stage: Stage) -> None:
        """Have the gateway register here, by its own command."""
        words = ("register", f"{self._root}/ocpi/versions", "--token-file", str(self._token_file), "--name", "foreign")
        status, said, trouble = await run("peers", *words, "--config", str(stage.config))
        assert (status, trouble) == (0, ""), trouble
        assert said.startswith("foreign is registered: OCPI 2.2.1, EMSP DE*MSP\n")

    async def _ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        async with self._http.request(method, f"{self._root}{path}", json=body, params=query) as response:
            assert response.status == 200, await response.text()
            return json.loads(await response.read())


@asynccontextmanager
async def foreign_emsp(repository: Path, folder: Path, patch_mode: str) -> AsyncIterator[ForeignEmsp]:
    """Run the foreign eMSP until the block is left; `patch_mode` is what it makes of charging periods in a PATCH."""
    python, port = repository / PYTHON, await free_port()
    if not os.access(python, os.X_OK):
        pytest.fail(f"{python} is not there; run hw-sim/prepare foreign")
    program = repository / "tests" / "foreign" / "emsp.py"
    log = folder / "foreign.log"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            python, program, str(port), TOKEN_A, patch_mode, stdout=said, stderr=said
        )
    try:
        async with aiohttp.ClientSession() as http:
            emsp = ForeignEmsp(http, port, folder)
            await until(lambda: _listens(port) or process.returncode is not None, "the foreign eMSP listens")
            assert process.returncode is None, log.read_text()
            yield emsp
    finally:
        process.terminate()
        await process.wait()


def _listens(port: int) -> bool:
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"
    return wanted in Path("/proc/net/tcp").read_text()
