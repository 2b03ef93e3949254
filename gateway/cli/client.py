"""Asks the running daemon over its Unix socket.

HTTP/1.0 by hand: http.client would cost a command that answers at once more than everything else that it does.
"""

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gateway.cli.outcome import CommandFailed, DaemonNotRunning

_TIMEOUT_S = 5.0
_OK = 200
_LONGEST_HEAD = 65_536


def get(socket_path: Path, path: str) -> bytes:
    """Return the JSON at a path; DaemonNotRunning if nobody answers, CommandFailed with the daemon's own words."""
    return _ask(socket_path, "GET", path)


def post(socket_path: Path, path: str, body: bytes | None = None, timeout_s: float = _TIMEOUT_S) -> bytes:
    """Give an order; errors as `get`. Longer than `timeout_s` where the daemon must ask somebody else first."""
    return _ask(socket_path, "POST", path, body, timeout_s)


def stream(socket_path: Path, path: str) -> Generator[bytes, None, None]:
    """Yield the lines of an answer that goes on for a while, as they come; errors as `get`."""
    with _said_in_words(socket_path), _connected(socket_path, _TIMEOUT_S) as connection:
        answer = _begun(connection, "GET", path, b"")
        connection.settimeout(None)  # a quiet bus says nothing for as long as it likes
        yield from answer


def _ask(socket_path: Path, method: str, path: str, order: bytes | None = None, timeout_s: float = _TIMEOUT_S) -> bytes:
    with _said_in_words(socket_path, timeout_s), _connected(socket_path, timeout_s) as connection:
        return _begun(connection, method, path, order or b"").read()


@contextmanager
def _connected(path: Path, timeout_s: float) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
        yield connection


def _begun(connection: socket.socket, method: str, path: str, body: bytes) -> BinaryIO:
    """Send a request; return its answer where the body begins, which ends with the connection."""
    head = f"{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode("ascii") + body)
    answer: BinaryIO = connection.makefile("rb")
    words = answer.readline(_LONGEST_HEAD).split(b" ", 2)
    while answer.readline(_LONGEST_HEAD).strip():
        continue
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - version and status
        raise OSError("the answer is no HTTP")
    if int(words[1]) != _OK:
        raise CommandFailed(_apology(answer.read(), int(words[1])))
    return answer


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
    except OSError as fault:
        raise CommandFailed(f"cannot talk to {socket_path}: {fault}; see journalctl -u ocpi-gateway") from None


def _apology(body: bytes, status: int) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the daemon answered with status {status}; see journalctl -u ocpi-gateway"
