"""Program: a small file system (FUSE) that remembers every operation, and refuses when told to.

Arguments: where to mount it, and the file that gets the pickled operations when it is unmounted. The attribute
`user.mark` of its root takes a mark; `user.refuse` takes "ERRNO OPERATIONS": from so many operations on that change
anything each fails with this number, until it is set to "0 0".
"""

# ruff: noqa: ARG002 - which arguments an operation has is FUSE's to say

import errno
import pickle
import stat
import sys
from pathlib import Path
from typing import Any

import mfusepy
from durability.disk import VOLATILE, Create, Mark, Operation, Rename, Sync, SyncDirectory, Truncate, Unlink, Write

BLOCK = 4096
BLOCKS = 1 << 18


class RecordingDisk(mfusepy.Operations):
    """One directory, all in memory."""

    use_ns = True

    def __init__(self, log: Path) -> None:
        self.log = log
        self.operations: list[Operation] = []
        self.names: dict[str, int] = {}
        self.modes: dict[int, int] = {}
        self.contents: dict[int, bytearray] = {}
        self.volatile: set[int] = set()
        self.refusal = 0
        self.patience = 0

    def _note(self, operation: Operation) -> None:
        if self.refusal:
            if self.patience <= 0:
                raise mfusepy.FuseOSError(self.refusal)
            self.patience -= 1
        self.operations.append(operation)

    def _file(self, path: str) -> int:
        name = path.removeprefix("/")
        if name not in self.names:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return self.names[name]

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        file = fh or self._file(path)
        return {"st_mode": stat.S_IFREG | self.modes[file], "st_nlink": 1, "st_size": len(self.contents[file])}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *self.names]

    def create(self, path: str, mode: int, fi: object = None) -> int:
        file, name = len(self.contents) + 1, path.removeprefix("/")
        self._note(Create(name, file))
        self.names[name], self.contents[file], self.modes[file] = file, bytearray(), stat.S_IMODE(mode)
        if name.endswith(VOLATILE):
            self.volatile.add(file)
        return file

    def open(self, path: str, flags: int) -> int:
        return self._file(path)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self.contents[fh][offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        if fh not in self.volatile:
            self._note(Write(fh, offset, data))
        held = self.contents[fh]
        held.extend(bytes(max(0, offset - len(held))))
        held[offset : offset + len(data)] = data
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        file = fh or self._file(path)
        if file not in self.volatile:
            self._note(Truncate(file, length))
        held = self.contents[file]
        held.extend(bytes(max(0, length - len(held))))
        del held[length:]
        return 0

    def rename(self, old: str, new: str) -> int:
        file = self._file(old)
        self._note(Rename(old.removeprefix("/"), new.removeprefix("/")))
        del self.names[old.removeprefix("/")]
        self.names[new.removeprefix("/")] = file
        return 0

    def unlink(self, path: str) -> int:
        self._file(path)
        self._note(Unlink(path.removeprefix("/")))
        del self.names[path.removeprefix("/")]
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        if fh not in self.volatile:
            self._note(Sync(fh))
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        self._note(SyncDirectory())
        return 0

    def chmod(self, path: str, mode: int) -> int:
        self.modes[self._file(path)] = stat.S_IMODE(mode)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": BLOCK, "f_blocks": BLOCKS, "f_bavail": BLOCKS, "f_bfree": BLOCKS, "f_namemax": 255}

    def setxattr(self, path: str, name: str, value: bytes, options: int, position: int = 0) -> int:
        if name == "user.mark":
            self.operations.append(Mark(bytes(value)))
        elif name == "user.refuse":
            self.refusal, self.patience = map(int, bytes(value).split())
        else:
            raise mfusepy.FuseOSError(errno.ENOTSUP)
        return 0

    def destroy(self, path: str) -> None:
        self.log.write_bytes(pickle.dumps(self.operations))


def main(mount: str, log: str) -> None:
    mfusepy.FUSE(RecordingDisk(Path(log)), mount, foreground=True, nothreads=True, hard_remove=True, fsname="recorder")


if __name__ == "__main__":
    main(*sys.argv[1:])
