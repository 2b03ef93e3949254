"""A listening socket that others can reach: how many connections there may be, before anything is known of them."""

import socket
from typing import Any, Final

_MOST: Final = 256  # one that is still at its TLS handshake costs 300 kB
_MOST_OF_ONE_ADDRESS: Final = 64  # so that nobody shuts all others out by just connecting


class Door(socket.socket):
    """Hangs up on connections that are too many, those of which nobody has heard a byte among them."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(fileno=socket.create_server((host, port), reuse_port=False).detach())
        self._inside: dict[socket.socket, str] = {}

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection; ConnectionAbortedError, which means "look again", where it was one too many."""
        connection, address = super().accept()
        self._inside = {each: host for each, host in self._inside.items() if each.fileno() >= 0}
        neighbours = sum(host == address[0] for host in self._inside.values())
        if len(self._inside) >= _MOST or neighbours >= _MOST_OF_ONE_ADDRESS:
            connection.close()
            raise ConnectionAbortedError
        self._inside[connection] = address[0]
        return connection, address
