"""A garage in the evening: with its daemon, and without."""

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
    async with evening.serving():
        yield evening
