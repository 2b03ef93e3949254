"""A plain peer and the settings to reach it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from uplink.small_peer import TOKEN, SmallPeer

from gateway.settings import OcpiBackendSettings


@pytest.fixture
async def peer() -> AsyncIterator[SmallPeer]:
    peer = SmallPeer()
    await peer.start()
    yield peer
    await peer.stop()


@pytest.fixture
def settings(peer: SmallPeer, tmp_path: Path) -> OcpiBackendSettings:
    token_file = tmp_path / "token"
    token_file.write_text(f"{TOKEN}\n")
    return OcpiBackendSettings(
        name="roaming",
        versions_url=peer.versions_url,
        token_file=token_file,
        country_code="DE",
        party_id="HUB",
        timeout_s=2.0,
    )
