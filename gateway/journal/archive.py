"""Where old facts go: segment files beside the journal, only ever appended to, each a row of sealed blocks.

Law: a file that has a second name (a backup may hold it by a hard link) is never written to.

A block is one line of JSON that says what follows (see Block), then as many bytes of zlib-compressed JSON, then
a line feed.
The journal's boundary says how far the archive counts; what a power cut left behind that is no part of it.
"""

import hashlib
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, get_args

import msgspec

from gateway.core.delivery import ObjectKind
from gateway.core.rows import Owe, Park, Release, RowChange, SessionRow, Settle, Wording
from gateway.journal.chain import GENESIS, FactRow, verified
from gateway.journal.errors import ArchiveDamaged, JournalCorrupt
from gateway.journal.names import FILE_MODE, sync_directory, sync_file

SEGMENT_FACTS: Final = 250_000  # then the next file is begun: some tens of megabytes
_LONGEST_LINE: Final = 1 << 20
_REMEDY: Final = "bring it back from a backup"


@dataclass(frozen=True, slots=True)
class Block:
    """Facts `first_seq` to `last_seq`, between two hashes; `size` and `sha256` are those of the bytes that follow."""

    first_seq: int
    last_seq: int
    prev_hash: bytes
    hash: bytes
    sessions: tuple[str, ...]
    size: Annotated[int, msgspec.Meta(ge=0)]  # or reading on would lead back
    sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block's bytes stand."""

    file: Path
    offset: int
    block: Block


@dataclass(frozen=True, slots=True)
class _Content:
    """Each fact's row without its prev_hash; what followed from the facts for CDRs, as its kind's name and value."""

    facts: list[tuple[Any, ...]]
    changes: list[tuple[str, msgspec.Raw]]


_LINES: Final = msgspec.json.Decoder(Block)
_CONTENTS: Final = msgspec.json.Decoder(_Content)
_CHANGES: Final = {kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(RowChange)}


def append(journal: Path, rows: Sequence[FactRow], changes: Iterable[RowChange]) -> None:
    """Add consecutive facts behind those that the archive has, durably, and read them back; OSError, ArchiveDamaged.

    Whatever stands behind the fact before the first one never came to count and is cut off.
    """
    first, last = rows[0], rows[-1]
    kept = [(name, msgspec.Raw(value)) for name, value in to_note(changes)]
    plain = [(*row[:-2], row[-1].hex()) for row in rows]
    data = zlib.compress(msgspec.json.encode(_Content(plain, kept)))
    size, digest = len(data), hashlib.sha256(data).hexdigest()
    block = Block(first[0], last[0], first[-2], last[-1], sessions_in(rows), size, digest)
    file, end = _place_for(journal, block)
    _make_ours_alone(file)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        line = msgspec.json.encode(block) + b"\n"
        os.ftruncate(descriptor, end)
        _write_all(descriptor, line + data + b"\n", end)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if end == 0:  # whether or not the file is there: its name may never have been synced
        sync_directory(file)
    if rows_of(Place(file, end + len(line), block)) != list(rows):
        raise ArchiveDamaged(f"{file} does not give back what was written to it; check dmesg and the SD card")


def to_note(changes: Iterable[RowChange]) -> list[tuple[str, bytes]]:
    """Lay out what of these matters once their sessions are settled, each as its kind and its JSON."""
    return [(type(change).__name__, msgspec.json.encode(change)) for change in changes if _lasts(change)]


def noted(place: Place) -> list[tuple[str, bytes]]:
    """Read what was noted with a block's facts, as it stands there."""
    return [(name, bytes(value)) for name, value in _content(place).changes]


def sessions_in(rows: Iterable[FactRow]) -> tuple[str, ...]:
    """Name the sessions that facts are of."""
    return tuple(sorted({row[6] for row in rows if row[6] is not None}))


def blocks(journal: Path, up_to_seq: int, from_seq: int = 1) -> Iterator[Place]:
    """Find the blocks that hold facts `from_seq` to `up_to_seq`, in order; ArchiveDamaged where one is not there."""
    before: Block | None = None
    for place in _all_blocks(journal, from_seq):
        block = place.block
        if block.first_seq > up_to_seq:
            break
        if block.last_seq < from_seq:
            continue
        if block.first_seq > from_seq if before is None else block.first_seq != before.last_seq + 1:
            break
        if before is not None and block.prev_hash != before.hash:
            raise ArchiveDamaged(f"{place.file}: fact {block.first_seq} does not follow the one before it: {_REMEDY}")
        yield place
        before = block
    missing = from_seq if before is None else before.last_seq + 1
    if missing <= up_to_seq:
        raise ArchiveDamaged(
            f"facts {missing} to {up_to_seq} were archived beside {journal} and are not there any more; "
            f"bring the files {journal.stem}-archive-* back from a backup"
        )


def rows_of(place: Place) -> list[FactRow]:
    """Read a block's facts as the rows that they were; ArchiveDamaged where they are not what was written."""
    block, rows, before = place.block, list[FactRow](), place.block.prev_hash
    for *content, sealed in _content(place).facts:
        rows.append((*content, before, bytes.fromhex(sealed)))
        before = rows[-1][-1]
    try:
        checked = list(verified(rows, (block.first_seq, block.prev_hash)))
    except JournalCorrupt as damage:
        raise ArchiveDamaged(f"{place.file}: {damage}") from damage
    if not checked or (checked[-1][0], checked[-1][-1]) != (block.last_seq, block.hash):
        raise ArchiveDamaged(f"{place.file} is damaged after fact {block.first_seq - 1}; {_REMEDY}")
    return checked


def changes_of(place: Place) -> Iterator[RowChange]:
    """Read what a block's facts meant for CDRs and what is owed of them."""
    for kind, value in _content(place).changes:
        change: RowChange = _CHANGES[kind].decode(value)
        yield change


def end(journal: Path) -> tuple[int, bytes]:
    """Return seq and hash of the archive's newest fact, 0 where there is no archive."""
    newest = (0, GENESIS)
    for place in _all_blocks(journal, 1):
        if place.block.first_seq != newest[0] + 1 or place.block.prev_hash != newest[1]:
            break
        newest = (place.block.last_seq, place.block.hash)
    return newest


def _lasts(change: RowChange) -> bool:
    """Whether a change matters once its session is settled: Sessions do not, what is kept of CDRs does."""
    match change:
        case SessionRow():
            return False
        case Owe(delivery):
            return delivery.kind is not ObjectKind.SESSION
        case Wording() | Settle() | Park() | Release():
            return change.kind is not ObjectKind.SESSION
        case _:
            return True


def _content(place: Place) -> _Content:
    with _opened(place.file) as file:
        file.seek(place.offset)
        data = file.read(place.block.size)
    if hashlib.sha256(data).hexdigest() != place.block.sha256:
        raise _damaged(place)
    try:
        return _CONTENTS.decode(zlib.decompress(data))
    except (zlib.error, msgspec.DecodeError, RecursionError):
        raise _damaged(place) from None


def _damaged(place: Place) -> ArchiveDamaged:
    first, last = place.block.first_seq, place.block.last_seq
    return ArchiveDamaged(f"{place.file} is damaged at fact {first} to {last}; {_REMEDY}")


def _segments(journal: Path) -> list[tuple[int, Path]]:
    """Find the archive's files; what else lies there, copies of them among it, is none of ours."""
    begun = f"{journal.stem}-archive-"
    try:
        names = [file.name for file in journal.parent.iterdir()]
    except OSError as error:
        raise ArchiveDamaged(
            f"{journal.parent} cannot be read: {error.strerror}; check dmesg and the SD card"
        ) from error
    firsts = (name.removeprefix(begun) for name in names if name.startswith(begun))
    return sorted((int(first), journal.with_name(begun + first)) for first in firsts if first.isdecimal())


def _all_blocks(journal: Path, from_seq: int) -> Iterator[Place]:
    """Walk over the lines of all segments, from the one on that may hold a fact; what is torn ends a segment."""
    segments = _segments(journal)
    begun = [file for first, file in segments if first <= from_seq][-1:]
    for first, path in segments:
        if first > from_seq or path in begun:
            yield from _blocks_of(path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Read a file of the archive; a disk that refuses is ArchiveDamaged, since what it holds is not to be had."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise ArchiveDamaged(f"{path} cannot be read: {error.strerror}; check dmesg and the SD card") from error


def _blocks_of(path: Path) -> Iterator[Place]:
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        while line := file.readline(_LONGEST_LINE):
            try:
                block = _LINES.decode(line)
            except (msgspec.DecodeError, RecursionError):
                return
            offset = file.tell()
            if offset + block.size + 1 > size:
                return
            yield Place(path, offset, block)
            file.seek(offset + block.size + 1)


def _place_for(journal: Path, block: Block) -> tuple[Path, int]:
    """Return the file that a block goes to, and where in it."""
    segments = [(first, file) for first, file in _segments(journal) if first < block.first_seq]
    if segments:
        first, file = segments[-1]
        place = next((it for it in _blocks_of(file) if it.block.last_seq == block.first_seq - 1), None)
        if place is not None and block.first_seq - first < SEGMENT_FACTS:
            return file, place.offset + place.block.size + 1
    return journal.with_name(f"{journal.stem}-archive-{block.first_seq:012}"), 0


def _make_ours_alone(file: Path) -> None:
    """Go on in a copy where the file has a second name: what a backup holds by a hard link stays as it is."""
    try:
        if file.stat().st_nlink <= 1:
            return
    except FileNotFoundError:
        return
    copy = file.with_name(f"{file.name}.part")
    try:
        shutil.copyfile(file, copy)
        shutil.copystat(file, copy)
        sync_file(copy)
        copy.replace(file)
    except OSError:
        copy.unlink(missing_ok=True)
        raise
    sync_directory(file)


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
