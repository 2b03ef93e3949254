"""How much memory this process holds."""

from pathlib import Path


def resident_kib() -> int:
    """Return what is resident now, in KiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
