"""Events to systemd's journal, each value a field: `journalctl EVENT=meter_lost METER=hall-1` finds them.

The native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram an entry, KEY=value a line. Values have no line
breaks here. Where the journal's socket does not take an entry, the line goes to stderr, where the journal reads it too.
"""

import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

SOCKET = Path("/run/systemd/journal/socket")
_IDENTIFIER = "ocpi-gateway"
_NO_FIELD = re.compile(r"[^A-Z0-9_]")
_LONGEST_NAME = 64


class JournalLogger:
    """Where structlog's last processor hands its entry: the line as read by people, its priority, and its values."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        self._path = str(path)
        self._stream = stream

    def entry(self, line: str, priority: int, values: Mapping[str, object]) -> None:
        """Send one entry; never blocks and never raises for what is wrong with the journal."""
        fields = {_name(key): value for key, value in values.items() if value is not None}
        fields |= {"MESSAGE": line, "PRIORITY": priority, "SYSLOG_IDENTIFIER": _IDENTIFIER}
        datagram = "".join(f"{key}={value}\n" for key, value in fields.items()).encode()
        try:
            # A socket for each entry: they are few, and so it does not matter when journald starts anew.
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(0)
                sender.sendto(datagram, self._path)
        except OSError:
            print(f"<{priority}>{line}", file=self._stream, flush=True)

    debug = info = warning = error = exception = critical = entry


def _name(key: str) -> str:
    """Return a key as the journal takes it: capitals, digits and _, neither _ nor a digit in front."""
    return _NO_FIELD.sub("_", key.upper()).lstrip("_0123456789")[:_LONGEST_NAME] or "VALUE"
