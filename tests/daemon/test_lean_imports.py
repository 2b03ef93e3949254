"""What the daemon keeps out of its memory while it imports its libraries."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest

# Each of these would cost `hwsim bench start` a megabyte or more.
PROBE = """
import json, os, sys
from gateway import lean
with lean.importing():
    import gateway.daemon
    import aiohttp.connector
print(json.dumps({
    "heavy": [name for name in ("frozenlist._frozenlist", "cryptography") if name in sys.modules],
    "authorities": aiohttp.connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509_ca"],
    "environment": {name: os.environ.get(name) for name in ("SSL_CERT_FILE", "FROZENLIST_NO_EXTENSIONS")},
}))
"""


async def seen_after_imports(**environment: str) -> dict[str, Any]:
    """Return what a fresh Python shows once the daemon's libraries are in."""
    inherited = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROBE, stdout=asyncio.subprocess.PIPE, env={**inherited, **environment}
    )
    out, _ = await process.communicate()
    seen: dict[str, Any] = json.loads(out)
    return seen


@pytest.mark.slow
async def test_no_public_authority_no_compiled_list_and_no_signing_library_is_loaded() -> None:
    seen = await seen_after_imports()
    assert (seen["heavy"], seen["authorities"]) == ([], 0)


@pytest.mark.slow
async def test_the_environment_is_left_as_it_was_found() -> None:
    assert (await seen_after_imports())["environment"] == {"SSL_CERT_FILE": None, "FROZENLIST_NO_EXTENSIONS": None}
    own = {"SSL_CERT_FILE": "/etc/ssl/of-the-site.pem", "FROZENLIST_NO_EXTENSIONS": ""}
    assert (await seen_after_imports(**own))["environment"] == own
