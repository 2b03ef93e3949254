"""The Unix socket on which the technician's window opens: one daemon at a time, and nobody else's file removed."""

import errno
import socket
import stat
from pathlib import Path

_SOCKET_MODE = 0o660  # for the daemon's user and the technicians in its group


class SocketUnusable(Exception):
    """The socket cannot be opened; the message ends with the remedy."""


def listen_at(path: Path) -> socket.socket:
    """Return a socket that listens there, for the daemon's user and group only. Raises SocketUnusable."""
    _make_room(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        listener.bind(str(path))
        # Nobody can connect before it listens, so nobody slips in before the mode is right.
        path.chmod(_SOCKET_MODE)
        listener.listen()
    except OSError as fault:
        listener.close()
        reason = fault.strerror or str(fault)  # a name that is too long has no errno
        raise SocketUnusable(
            f"cannot open {path}: {reason.lower()}; check `socket` in the config and who owns its folder"
        ) from None
    return listener


def leave(listener: socket.socket, path: Path) -> None:
    """Close the socket and remove its file."""
    listener.close()
    path.unlink(missing_ok=True)


def _make_room(path: Path) -> None:
    """Remove the socket of a daemon that is no more; refuse where one answers or where the file is something else."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise SocketUnusable(f"{path} is a file and no socket; remove it or change `socket` in the config")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        answer = probe.connect_ex(str(path))
    if answer in {0, errno.EAGAIN}:
        raise SocketUnusable(f"another ocpi-gateway answers at {path}; stop it or give this one another `socket`")
    if answer == errno.ECONNREFUSED:
        path.unlink(missing_ok=True)
