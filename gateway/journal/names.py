"""File names and their durability: what a journal's files may be read by, and that a name survives a power cut."""

import os
from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o640  # it holds card uids: for the daemon's user and its group


def sync_new(path: Path) -> None:
    """Make sure that there is a file, and that it will still be there after a power cut."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    sync_directory(path)


def sync_file(path: Path) -> None:
    """Make what stands in a file durable."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_directory(path: Path) -> None:
    """Make the names beside `path` durable."""
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
