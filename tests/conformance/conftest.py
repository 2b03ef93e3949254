"""Two platforms that roam with each other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from roaming import Cpo, Emsp, serving


@pytest.fixture
async def cpo(tmp_path: Path) -> AsyncIterator[Cpo]:
    async with serving(tmp_path) as served:
        yield served


@pytest.fixture
async def emsp() -> AsyncIterator[Emsp]:
    async with Emsp().up() as peer:
        yield peer
