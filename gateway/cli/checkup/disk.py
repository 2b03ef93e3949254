"""Space and kind of the file system that the journal lies on."""

import os
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped

_MB = 1_000_000
# A busy site writes less than 100 MB a year; below the first nothing new should be begun.
_TIGHT_MB, _SCARCE_MB = 50, 300
_TIGHT_SHARE = 0.05
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_CLEAR = "remove what is not needed (journalctl --vacuum-size=100M, apt-get clean), or use a larger disk"


def look(patient: Patient) -> Iterator[Verdict]:
    """Judge the file system of the state directory."""
    if patient.places is None:
        yield skipped("", "the configuration does not say where the journal lies")
        return
    folder = nearest_existing(patient.places.state_dir)
    try:
        room = os.statvfs(folder)
    except OSError as fault:
        yield bad(str(folder), f"cannot be looked at: {(fault.strerror or 'unknown error').lower()}", "check the disk")
        return
    if folder != patient.places.state_dir:
        yield doubtful(str(patient.places.state_dir), "is not there yet", "start the daemon once, or correct state_dir")
    if room.f_flag & os.ST_RDONLY:
        yield bad(str(folder), "is mounted read-only", "see dmesg for disk errors; run fsck, then mount it writable")
    kind = file_system(folder, patient.root)
    if kind in _IN_MEMORY:
        yield bad(str(folder), f"lies in memory ({kind}) and is gone after a power cut", "move state_dir to a disk")
    free_mb = room.f_bavail * room.f_frsize // _MB
    total_mb = max(1, room.f_blocks * room.f_frsize // _MB)
    text = f"{free_mb} MB of {total_mb} MB are free"
    if free_mb < _TIGHT_MB:
        yield bad(str(folder), text, _CLEAR)
    elif free_mb < _SCARCE_MB or free_mb < total_mb * _TIGHT_SHARE:
        yield doubtful(str(folder), text, _CLEAR)
    else:
        yield good(str(folder), text)
    if room.f_files and room.f_favail * 100 < room.f_files:
        yield doubtful(str(folder), "less than 1 % of the inodes are free", _CLEAR)


def nearest_existing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))


def file_system(folder: Path, root: Path) -> str | None:
    """Return the kind of file system that holds a folder, as /proc/self/mountinfo has it (proc(5))."""
    try:
        device = folder.stat().st_dev
        lines = (root / "proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in reversed(lines):
        mount, _, source = line.partition(" - ")
        if wanted in mount.split()[2:3]:
            return source.split()[0]
    return None
