"""Resolves names for requests that a peer has us send: what leads into a private network is not connected to.

The check stands between the name and the connection, so that a name which means something else a moment later is of no
use. aiohttp connects to an address in a URL without resolving it; `ocpi.response_url` has looked at those.
"""

import socket
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from gateway.ocpi.response_url import is_public


class PublicResolver(AbstractResolver):
    """Gives addresses of the public Internet only; OSError where a name has another one."""

    def __init__(self) -> None:
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name; one that is private makes all of them suspect."""
        found = await self._system.resolve(host, port, family)
        if not all(is_public(ip_address(each["host"])) for each in found):
            raise PermissionError(None, "its name leads into a private network, see private_response_urls")
        return found

    async def close(self) -> None:
        """Let go of the system's resolver."""
        await self._system.close()
