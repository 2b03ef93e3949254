"""A disk as a power cut leaves it: which operations were asked of it, and what of them may be there afterwards.

What was synced is there. Of a file's writes since its last fsync, and of the directory's changes since its last fsync,
nothing, all, or some may be; the write that was under way may be torn between two sectors.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

SECTOR = 512
# SQLite's shared memory: its pages come and go with the page cache, and nothing may rely on them after a cut.
VOLATILE = "-shm"

Image = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Create:
    """A name for a new, empty file."""

    name: str
    file: int


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes into a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file made as long as this."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Rename:
    """A name moved onto another."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """A name taken away."""

    name: str


@dataclass(frozen=True, slots=True)
class Sync:
    """A file's content made durable."""

    file: int


@dataclass(frozen=True, slots=True)
class SyncDirectory:
    """All names made durable."""


@dataclass(frozen=True, slots=True)
class Mark:
    """No operation: what the world outside looked like at this moment, in the words of whoever recorded it."""

    content: bytes


NameChange = Create | Rename | Unlink
Change = Write | Truncate
Operation = NameChange | Change | Sync | SyncDirectory | Mark


class Policy(StrEnum):
    """What a cut leaves of that which was not synced."""

    NOTHING = "nothing"
    ALL = "all"
    TORN = "torn"
    SOME = "some"


@dataclass
class Disk:
    """The operations up to now; `cut` tells what a power cut at this moment leaves, and changes nothing."""

    durable: dict[int, bytes] = field(default_factory=dict)
    pending: dict[int, list[Change]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending_names: list[NameChange] = field(default_factory=list)
    newest: Change | None = None

    def take(self, operation: Operation) -> None:
        self.newest = None
        match operation:
            case Create() | Rename() | Unlink():
                self.pending_names.append(operation)
                if isinstance(operation, Create):
                    self.durable[operation.file] = b""
            case Write() | Truncate():
                self.pending.setdefault(operation.file, []).append(operation)
                self.newest = operation
            case Sync(file):
                self.durable[file] = _applied(self.durable[file], self.pending.pop(file, []))
            case SyncDirectory():
                self.names = _renamed(self.names, self.pending_names)
                self.pending_names = []
            case Mark():
                pass

    def cut(self, policy: Policy, dice: random.Random) -> Image:
        names = _renamed(self.names, self._surviving_names(policy, dice))
        return {
            name: dice.randbytes(SECTOR) if name.endswith(VOLATILE) else self._content(file, policy, dice)
            for name, file in sorted(names.items())
        }

    def _surviving_names(self, policy: Policy, dice: random.Random) -> list[NameChange]:
        match policy:
            case Policy.NOTHING:
                return []
            case Policy.SOME:  # a directory is kept in order, as far as it got
                return self.pending_names[: dice.randint(0, len(self.pending_names))]
            case _:
                return self.pending_names

    def _content(self, file: int, policy: Policy, dice: random.Random) -> bytes:
        pending = self.pending.get(file, [])
        match policy:
            case Policy.NOTHING:
                surviving: list[Change] = []
            case Policy.ALL:
                surviving = pending
            case Policy.TORN:
                surviving = [part for change in pending for part in self._torn(change, dice)]
            case Policy.SOME:
                surviving = [sector for change in pending for sector in _sectors(change) if dice.random() < 0.5]
        return _applied(self.durable[file], surviving)

    def _torn(self, change: Change, dice: random.Random) -> list[Change]:
        if change is not self.newest:
            return [change]
        sectors = _sectors(change)
        if len(sectors) == 1:
            return []
        return list(sectors[: dice.randint(1, len(sectors) - 1)])


def _sectors(change: Change) -> list[Change]:
    """A write in the pieces that a disk takes wholly or not at all."""
    if isinstance(change, Truncate):
        return [change]
    end = change.offset + len(change.data)
    edges = [change.offset, *range((change.offset // SECTOR + 1) * SECTOR, end, SECTOR), end]
    return [
        Write(change.file, begin, change.data[begin - change.offset : until - change.offset])
        for begin, until in pairwise(edges)
    ]


def _applied(content: bytes, changes: list[Change]) -> bytes:
    if not changes:
        return content
    held = bytearray(content)
    for change in changes:
        match change:
            case Write(_, offset, data):
                held.extend(bytes(max(0, offset - len(held))))
                held[offset : offset + len(data)] = data
            case Truncate(_, size):
                held.extend(bytes(max(0, size - len(held))))
                del held[size:]
    return bytes(held)


def _renamed(names: dict[str, int], changes: list[NameChange]) -> dict[str, int]:
    names = dict(names)
    for change in changes:
        match change:
            case Create(name, file):
                names[name] = file
            case Rename(old, new):
                if old in names:
                    names[new] = names.pop(old)
            case Unlink(name):
                names.pop(name, None)
    return names


def cuts(operations: list[Operation]) -> Iterator[tuple[int, Disk, Mark | None]]:
    """Before the first operation, and after each: its number, the disk, and the newest mark."""
    disk, mark = Disk(), None
    yield 0, disk, mark
    number = 0
    for operation in operations:
        disk.take(operation)
        if isinstance(operation, Mark):
            mark = operation
            continue
        number += 1
        yield number, disk, mark
