"""Who holds the lock on a serial port, as far as /proc tells."""

import os
from pathlib import Path

_LOCKS = Path("/proc/locks")
_PID_FIELD = 4
_PLACE_FIELD = 5


def port_owner(device: str) -> str:
    """Name the process that holds a lock on this device, as "name (pid 123)", else "another process"."""
    try:
        status = Path(device).stat()
        lines = _LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return "another process"
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in lines:
        fields = line.replace("->", "").split()
        if len(fields) > _PLACE_FIELD and fields[_PLACE_FIELD] == place:
            return _described(fields[_PID_FIELD])
    return "another process"


def _described(pid: str) -> str:
    try:
        name = Path("/proc", pid, "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return "another process"
    return f"{name} (pid {pid})"
