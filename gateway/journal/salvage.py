"""What can be saved of a damaged journal: the facts up to the damage, in a new file, built aside and put in its place.

Law: at every moment of it a power cut leaves either the damaged journal, or the repaired one beside it, complete.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count, takewhile
from pathlib import Path
from typing import Final

from gateway.journal import archive, chain, folded
from gateway.journal.bridge import bridgehead, cross
from gateway.journal.chain import FactRow
from gateway.journal.errors import JournalCorrupt, JournalUnwritable, translate
from gateway.journal.names import FILE_MODE, sync_directory, sync_new
from gateway.journal.sqlite import connect_builder, connect_reader, transaction
from gateway.journal.tables import DERIVED

_INTERRUPTED: Final = "a power cut came while it was repaired"

CreateSchema = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A damaged journal was set aside at `path`; `reason` says what was wrong with it.

    Its facts up to `kept_up_to_seq` are in the new one; `is_whole` says that these were all. Where the new one goes on
    from a checkpoint, the facts up to `only_there` are in the old one alone.
    """

    path: Path
    reason: str
    kept_up_to_seq: int = 0
    is_whole: bool = False
    only_there: int = 0

    def __str__(self) -> str:
        if self.only_there:
            saved = (
                f"its facts up to {self.only_there} are only there, all CDRs, what is owed and the facts from there to "
                f"{self.kept_up_to_seq} were carried over to a new one: keep the old one for whoever settles disputes"
            )
        elif self.is_whole:
            saved = f"all of its {self.kept_up_to_seq} facts were carried over to a new one: nothing was lost"
        elif self.kept_up_to_seq:
            saved = (
                f"its facts 1 to {self.kept_up_to_seq} were carried over to a new one, what came after is only there: "
                "send it to whoever settles the bills"
            )
        else:
            saved = "a new one was begun: send the old one to whoever settles the bills"
        return f"the journal was damaged ({self.reason}) and is kept at {self.path}; {saved}"


def repair(path: Path, reason: str, create_schema: CreateSchema) -> Quarantined:
    """Carry the intact facts over, set the damaged file aside, put the new one in its place; raises OSError."""
    building = _beside(path, "repairing")
    kept, is_whole = _carry_over(path, building, create_schema)
    noted = None if is_whole else bridgehead(path, kept, building)
    if noted is not None:
        kept = _go_on_from(noted, path, building, create_schema)
        reason = f"{reason}; facts up to {noted.up_to_seq} are only in the old file"
    building.rename(_beside(path, "repaired"))
    sync_directory(path)
    done = _put_in_place(path, reason, kept, is_whole=is_whole)
    return done if noted is None else replace(done, only_there=noted.up_to_seq)


def finish_repair(path: Path) -> Quarantined | None:
    """Go on with a repair that a power cut interrupted after the new file was complete; None where there was none."""
    repaired = _beside(path, "repaired")
    if not repaired.exists():
        return None
    connection = connect_reader(repaired)
    try:
        kept, _ = chain.head(connection)
    finally:
        connection.close()
    return _put_in_place(path, _INTERRUPTED, kept, is_whole=False)


def suspect(path: Path) -> bool:
    """Have the next opening look at every fact, for one was not as written; tell whether that is news."""
    try:
        _beside(path, "suspect").touch(FILE_MODE, exist_ok=False)
    except FileExistsError:
        return False
    except OSError:  # a disk that takes nothing has other worries
        return True
    return True


def is_suspect(path: Path) -> bool:
    """Tell whether every fact has to be looked at."""
    return _beside(path, "suspect").exists()


def acquit(path: Path) -> None:
    """Every fact was looked at, and what was not as written is gone."""
    _beside(path, "suspect").unlink(missing_ok=True)


def _put_in_place(path: Path, reason: str, kept: int, *, is_whole: bool) -> Quarantined:
    aside = _set_aside(path)
    _beside(path, "repaired").rename(path)
    sync_directory(path)
    return Quarantined(aside, reason, kept, is_whole)


def _carry_over(damaged: Path, building: Path, create_schema: CreateSchema) -> tuple[int, bool]:
    """Copy facts until one is not what was written; return how many, and whether that was the end of them."""
    kept, is_whole = 0, False
    with _new_file(building, create_schema) as new, transaction(new):
        kept, sealed = _carry_boundary(damaged, new)
        try:
            for row in _intact(damaged, (kept + 1, sealed)):
                chain.insert(new, row)
                kept = row[0]
            is_whole = kept > 0
        except JournalCorrupt:
            pass  # up to here; why is in the reason that brought us here
        if kept:
            # Whoever opens it finds them missing, and derives them anew.
            for table in DERIVED:
                new.execute(f"DROP TABLE {table}")
    return kept, is_whole


def _go_on_from(noted: folded.Folded, damaged: Path, building: Path, create_schema: CreateSchema) -> int:
    """Begin the new file behind a checkpoint; return its newest fact."""
    with _new_file(building, create_schema) as new, transaction(new):
        return cross(damaged, new, noted)


@contextlib.contextmanager
def _new_file(path: Path, create_schema: CreateSchema) -> Iterator[sqlite3.Connection]:
    """Begin a journal that nobody else knows yet, anew if there is one; it is durable when this ends."""
    _remove(path)
    sync_new(path)
    with contextlib.closing(connect_builder(path)) as new:
        create_schema(new)
        yield new


def _carry_boundary(damaged: Path, new: sqlite3.Connection) -> tuple[int, bytes]:
    """Have the new file begin where the old one did; where that cannot be read any more, behind the archive."""
    place: tuple[int, bytes] | None = None
    boundary: folded.Folded | None = None
    with contextlib.suppress(sqlite3.Error):
        if damaged.exists() and damaged.stat().st_size:
            with contextlib.closing(connect_reader(damaged)) as old:
                place, boundary = folded.place(old, folded.BOUNDARY), folded.read(old, folded.BOUNDARY)
    seq, sealed = place if place is not None and boundary is not None else archive.end(damaged)
    if seq:
        # Without a code the state is folded from the archive at the next start.
        folded.write(new, folded.BOUNDARY, boundary or folded.Folded(seq, sealed, "", b""))
    return seq, sealed


def _intact(path: Path, first: tuple[int, bytes]) -> Iterator[FactRow]:
    """Read facts until the damage, JournalCorrupt; a disk that refuses is no damage but JournalUnwritable."""
    if not path.exists() or path.stat().st_size == 0:
        return  # SQLite would throw the log of an empty database away
    try:
        connection = connect_reader(path)
        try:
            yield from chain.verified(chain.rows_from(connection, first[0]), first)
        finally:
            connection.close()
    except sqlite3.Error as error:
        fault = translate(error, path)
        raise fault if isinstance(fault, JournalUnwritable) else JournalCorrupt(str(error)) from error


def _set_aside(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged-{n}") for n in count(1))
    taken = list(takewhile(lambda name: any(file.exists() for file in _files_of(name)), names))
    if taken and not any(file.exists() for file in _files_of(path)):
        return taken[-1]  # a power cut came after it was moved
    aside = path.with_name(f"{path.name}.damaged-{len(taken) + 1}")
    # The database first: a log that a power cut leaves behind alone is damage too, and follows at the next start.
    for file, kept in zip(_files_of(path), _files_of(aside), strict=True):
        if file.exists():
            file.rename(kept)
    sync_directory(path)
    return aside


def _remove(path: Path) -> None:
    for file in (*_files_of(path), Path(f"{path}-journal")):
        file.unlink(missing_ok=True)


def _files_of(path: Path) -> tuple[Path, ...]:
    return tuple(Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm"))


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")
