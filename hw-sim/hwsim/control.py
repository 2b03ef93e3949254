"""A Unix socket into a running demo: a scenario as one line of JSON in, one line of answer out."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hwsim.player import Player, ScenarioFailed
from hwsim.player_verbs import Props
from hwsim.scenario import ScenarioError, parse_scenario

SOCKET = "control.sock"
LONGEST_LINE = 2**20
DONE = "done"


class NoDemo(Exception):
    """Nobody listens on the socket; the message says how to start a demo."""


@asynccontextmanager
async def open_control(path: Path, props: Props) -> AsyncIterator[None]:
    """Take steps from other processes for the length of a block."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = await obey(await reader.readline(), props)
        writer.write(answer.encode() + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=LONGEST_LINE)
    os.chmod(path, 0o600)  # noqa: PTH101  pathlib's is the same call, and ruff wants neither in async code
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


async def obey(line: bytes, props: Props) -> str:
    """Play what came; the answer is `done` or says what was wrong with it. A card may be a uid instead of a name."""
    try:
        raw = json.loads(line)
        named = [row.get("card", "") for row in raw["step"]]
        uids = {name: name for name in named if is_uid(name)}
        await Player(props).play(parse_scenario(raw, raw.get("name", "order"), {**uids, **props.cards}))
    except (ScenarioError, ScenarioFailed) as error:
        return str(error).replace("\n", "; ")
    except (ValueError, LookupError, TypeError, AttributeError):
        return "that was no scenario as JSON"
    return DONE


def is_uid(text: str) -> bool:
    """Tell whether a card's name is its uid: 4, 7 or 10 bytes in hex."""
    try:
        return len(bytes.fromhex(text)) in {4, 7, 10}
    except ValueError:
        return False


async def ask(path: Path, scenario: Mapping[str, Any]) -> str:
    """Have a running demo play a scenario, however long it takes; raises NoDemo."""
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        raise NoDemo(f"no demo is running ({path}: {error.strerror}): start one with ./hw-sim/demo --stay") from error
    try:
        writer.write(json.dumps(scenario).encode() + b"\n")
        answer = await reader.readline()
    finally:
        writer.close()
    return answer.decode().rstrip("\n") or "the demo ended"
