"""The bare client library with the same bodies and the same window: what there is to be measured against.

`python -m hwsim.bench_drain_client KIND ADDRESS WIRE WINDOW` prints the seconds that it took.
"""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import aiomqtt

Line = dict[str, str]


async def through_http(address: str, lines: deque[Line], window: int) -> float:
    """Put and post, over as many connections as are needed."""
    root = address.removesuffix("/versions")
    async with aiohttp.ClientSession() as http:

        async def deliver(line: Line) -> None:
            headers = {
                "Authorization": "Token YmVuY2gtdG9rZW4=",
                "Content-Type": "application/json",
                "X-Correlation-ID": line["correlation"],
            }
            async with http.request(
                line["method"], root + line["path"], data=line["body"].encode(), headers=headers
            ) as response:
                await response.read()

        return await timed(lines, window, deliver)


async def through_mqtt(address: str, lines: deque[Line], window: int) -> float:
    """Publish with QoS 1."""
    async with aiomqtt.Client("127.0.0.1", int(address), protocol=aiomqtt.ProtocolVersion.V5) as client:

        async def deliver(line: Line) -> None:
            await client.publish(line["topic"], line["body"].encode(), qos=1)

        return await timed(lines, window, deliver)


async def timed(lines: deque[Line], window: int, deliver: Callable[[Line], Awaitable[Any]]) -> float:
    """Deliver all, so many at once."""

    async def work() -> None:
        while lines:
            await deliver(lines.popleft())

    began = time.monotonic()
    await asyncio.gather(*(work() for _ in range(window)))
    return time.monotonic() - began


def main(kind: str, address: str, wire: str, window: str) -> None:
    """Deliver everything there is."""
    lines = deque(json.loads(line) for line in Path(wire).read_text(encoding="utf-8").splitlines())
    way = through_mqtt if kind == "mqtt" else through_http
    print(asyncio.run(way(address, lines, int(window))))


if __name__ == "__main__":
    main(*sys.argv[1:])
