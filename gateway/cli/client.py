"""Asks the running daemon over its Unix socket."""

import http.client
import json
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.cli.outcome import CommandFailed, DaemonNotRunning

_TIMEOUT_S = 5.0


def get(socket_path: Path, path: str) -> bytes:
    """Return the JSON at a path; DaemonNotRunning if nobody answers, CommandFailed with the daemon's own words."""
    return _ask(socket_path, "GET", path)


def post(socket_path: Path, path: str, body: bytes | None = None, timeout_s: float = _TIMEOUT_S) -> bytes:
    """Give an order; errors as `get`. Longer than `timeout_s` where the daemon must ask somebody else first."""
    return _ask(socket_path, "POST", path, body, timeout_s)


def stream(socket_path: Path, path: str) -> Generator[bytes, None, None]:
    """Yield the lines of an answer that goes on for a while, as they come; errors as `get`."""
    connection = _UnixConnection(socket_path)
    try:
        with _said_in_words(socket_path):
            connection.request("GET", path)
            response = connection.getresponse()
            connection.sock.settimeout(None)  # a quiet bus says nothing for as long as it likes
            if response.status != http.client.OK:
                raise CommandFailed(_apology(response.read(), response.status))
            yield from response
    finally:
        connection.close()


def _ask(socket_path: Path, method: str, path: str, order: bytes | None = None, timeout_s: float = _TIMEOUT_S) -> bytes:
    connection = _UnixConnection(socket_path, timeout_s)
    try:
        with _said_in_words(socket_path, timeout_s):
            connection.request(method, path, order)
            response = connection.getresponse()
            body = response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise CommandFailed(_apology(body, response.status))
    return body


@contextmanager
def _said_in_words(socket_path: Path, timeout_s: float = _TIMEOUT_S) -> Iterator[None]:
    """Turn what goes wrong on the way to the daemon into one line."""
    try:
        yield
    except (FileNotFoundError, ConnectionRefusedError):
        raise DaemonNotRunning(
            f"the daemon is not running: nobody answers at {socket_path}; run systemctl start ocpi-gateway"
        ) from None
    except PermissionError:
        raise CommandFailed(f"may not open {socket_path}; use sudo, or join the group ocpi-gateway") from None
    except TimeoutError:
        raise CommandFailed(
            f"the daemon did not answer within {timeout_s:.0f} s; see journalctl -u ocpi-gateway"
        ) from None
    except (OSError, http.client.HTTPException) as fault:
        raise CommandFailed(f"cannot talk to {socket_path}: {fault}; see journalctl -u ocpi-gateway") from None


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float = _TIMEOUT_S) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._timeout_s = timeout_s
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._timeout_s)
        self.sock.connect(str(self._path))


def _apology(body: bytes, status: int) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the daemon answered with status {status}; see journalctl -u ocpi-gateway"
