"""The recording disk, mounted for the length of a block."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from durability.disk import Operation

TESTS = Path(__file__).resolve().parents[1]
PATIENCE_S = 10.0


class DiskMissing(Exception):
    """The recording disk cannot be mounted; the message ends with the remedy."""


@dataclass
class RecordingDisk:
    """Where it is mounted, and which process it is; `operations` are known once it is unmounted."""

    mount: Path
    operations: list[Operation]
    pid: int

    def mark(self, content: bytes) -> None:
        """Leave a mark between two operations."""
        mark(self.mount, content)

    def refuse(self, error: int, after: int = 0) -> None:
        """Fail every change from the one after so many on with this errno, until `accept`."""
        os.setxattr(self.mount, "user.refuse", b"%d %d" % (error, after))

    def accept(self) -> None:
        """Work again."""
        self.refuse(0)


def mark(mount: Path, content: bytes) -> None:
    """Leave a mark between two operations, from whichever process."""
    os.setxattr(mount, "user.mark", content)


@contextmanager
def recording_disk(directory: Path) -> Iterator[RecordingDisk]:
    """Mount a fresh disk below `directory`."""
    if shutil.which("fusermount3") is None or not Path("/dev/fuse").exists():
        raise DiskMissing("no FUSE here; install the package fuse3, and give a container the device /dev/fuse")
    mount, log = directory / "disk", directory / "operations.pickle"
    mount.mkdir()
    command = [sys.executable, "-m", "durability.disk_process", str(mount), str(log)]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(TESTS)}, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own program
        disk = RecordingDisk(mount, [], process.pid)
        try:
            _wait_until_mounted(mount, process)
            yield disk
        finally:
            subprocess.run(["fusermount3", "-u", "-z", str(mount)], check=False, capture_output=True)  # noqa: S603, S607 - our own mount
            _wait_until_ended(process)
    disk.operations.extend(pickle.loads(log.read_bytes()))  # noqa: S301 - written by our own process


def _wait_until_ended(process: "subprocess.Popen[bytes]") -> None:
    """Have the disk note its operations and end, also where another mount namespace still has it."""
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_until_mounted(mount: Path, process: "subprocess.Popen[bytes]") -> None:
    outside = mount.parent.stat().st_dev
    while mount.stat().st_dev == outside:
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
        said = process.stderr.read().decode() if process.stderr is not None else ""
        raise DiskMissing(f"the recording disk did not mount: {said.strip()}; is /dev/fuse usable by this user?")
