"""A peer as fast as aiohttp lets it be: says yes to everything. `python -m hwsim.bench_drain_peer` prints its port."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

YES = b'{"status_code":1000,"timestamp":"2026-01-01T00:00:00Z"}'


async def answer(request: web.BaseRequest) -> web.Response:
    """Read all of it, and take it."""
    await request.read()
    root = f"http://{request.host}"
    match request.path:
        case "/versions":
            return envelope([{"version": "2.2.1", "url": f"{root}/2.2.1"}])
        case "/2.2.1":
            modules = [
                {"identifier": name, "role": "RECEIVER", "url": f"{root}/{name}"} for name in ("sessions", "cdrs")
            ]
            return envelope({"version": "2.2.1", "endpoints": modules})
        case _:
            return web.Response(body=YES, content_type="application/json")


def envelope(data: list[Mapping[str, str]] | Mapping[str, object]) -> web.Response:
    """Wrap data as OCPI does."""
    return web.json_response({"status_code": 1000, "timestamp": "2026-01-01T00:00:00Z", "data": data})


async def serve() -> None:
    """Serve until killed."""
    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
