"""A garage in the evening: with its daemon, and without."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.evening import Evening


@pytest.fixture
async def evening(tmp_path: Path) -> Evening:
    """A garage whose daemon is not running."""
    evening = Evening(tmp_path)
    await evening.write()
    return evening


@pytest.fixture
async def served(evening: Evening) -> AsyncIterator[Evening]:
    """A garage whose daemon answers."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(evening.serve())
        while not await _accepts(evening.folder / "gw.sock"):  # a serve that fails cancels this
            pass
        yield evening
        task.cancel()


async def _accepts(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        await asyncio.sleep(0)
        return False
    writer.close()
    await writer.wait_closed()
    return True
