"""What the service manager is told: sd_notify(3) over the socket that NOTIFY_SOCKET names."""

import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Sends states to the service manager; silent where there is none, and when it does not listen."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET"))
        self.watchdog_s = _watchdog_s(environment)

    def ready(self, status: str) -> None:
        """Say that the service serves."""
        self._send(f"READY=1\nSTATUS={_one_line(status)}")

    def starting(self, patience_s: int) -> None:
        """Say that the start goes on, and may take so much longer."""
        self._send(f"EXTEND_TIMEOUT_USEC={patience_s * 1_000_000}")

    def status(self, status: str) -> None:
        """Give the line that systemctl status shows."""
        self._send(f"STATUS={_one_line(status)}")

    def reloading(self) -> None:
        """Say that the configuration is being read again; `ready` ends it."""
        moment_us = int(time.monotonic() * 1_000_000)
        self._send(f"RELOADING=1\nMONOTONIC_USEC={moment_us}")

    def stopping(self) -> None:
        """Say that the service is on its way out."""
        self._send("STOPPING=1")

    def progress(self) -> None:
        """Feed the watchdog: the service did real work since the last time."""
        self._send("WATCHDOG=1")

    def _send(self, state: str) -> None:
        if self._address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sender:
            try:
                sender.sendto(state.encode(), self._address)
            except OSError:
                # A manager that is gone or busy must not stop the charging; its watchdog judges us.
                return


def _address(name: str | None) -> str | None:
    """Return the socket's address; a leading @ stands for the zero byte of the abstract name space."""
    if not name or name[0] not in "/@":
        return None
    return "\0" + name[1:] if name.startswith("@") else name


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return the time after which the manager loses patience; None without a watchdog or if it is another's."""
    usec = environment.get("WATCHDOG_USEC", "")
    pid = environment.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000


def _one_line(text: str) -> str:
    return " ".join(text.split())
