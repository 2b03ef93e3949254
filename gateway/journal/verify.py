"""Verifies the whole chain of facts, and names the first that was edited, removed, put in or moved."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.journal import chain, history
from gateway.journal.chain import GENESIS, FactRow
from gateway.journal.errors import ArchiveDamaged, JournalCorrupt, JournalError, translate, words_of
from gateway.journal.going import EVERY, Going, quietly
from gateway.journal.opening import missing_tables, open_readable

# Which derived tables know of facts by number.
_NEWEST = {"session": "up_to_seq", "cdr": "seq", "cdr_chain": "seq", "outbox": "up_to_seq"}


@dataclass(frozen=True, slots=True)
class Damage:
    """The first fact that is not as it was written, and in words what was done to it."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Facts that are as they were written, hash of the last of them in hex, and what is wrong with the next."""

    facts: int
    head: str
    damage: Damage | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return self.damage is None


@dataclass(frozen=True, slots=True)
class Noted:
    """A head noted elsewhere; it shows what the file alone cannot: an end cut off, a chain forged anew."""

    seq: int
    head: str


def _nobody(_row: FactRow) -> None:
    """Watch nothing."""


def verify(
    path: Path, noted: Noted | None = None, going: Going = quietly, watch: Callable[[FactRow], None] = _nobody
) -> ChainReport:
    """Read every fact, also beside a running daemon; raises JournalError where there is no journal to verify.

    `watch` sees every row that is as it was written.
    """
    with closing(open_readable(path)) as connection:
        connection.execute("BEGIN")  # one snapshot, however much the daemon writes meanwhile
        seq, sealed, damage = 0, GENESIS, None
        try:
            newest = chain.head(connection)[0]
            for row in _until_damage(connection, path):
                seq, sealed = row[0], row[-1]
                watch(row)
                if seq % EVERY == 0:
                    going(seq, newest)
                if noted is not None and noted.seq == seq and noted.head != sealed.hex():
                    damage = Damage(seq, f"fact {seq} was sealed {noted.head} when that was noted, now {sealed.hex()}")
                    break
            damage = damage or _missing_end(connection, seq, noted)
        except _Found as found:
            damage = found.damage
        except ArchiveDamaged as lost:
            damage = Damage(seq + 1, str(lost))
        except sqlite3.Error as error:
            fault = translate(error, path)
            if isinstance(fault, JournalError) and not isinstance(fault, JournalCorrupt):
                raise fault from error
            damage = Damage(seq + 1, f"what comes after fact {seq} cannot be read: {words_of(error)}")
        return ChainReport(seq, sealed.hex(), damage)


class _Found(Exception):
    def __init__(self, seq: int, what: str) -> None:
        super().__init__(what)
        self.damage = Damage(seq, what)


def _until_damage(connection: sqlite3.Connection, path: Path) -> Iterator[FactRow]:
    expected, before = 1, GENESIS
    for row in history.all_rows(connection, path):
        seq, prev_hash, sealed = row[0], row[-2], row[-1]
        if seq != expected:
            gone = f"fact {expected} is" if seq == expected + 1 else f"facts {expected} to {seq - 1} are"
            raise _Found(expected, f"{gone} not there any more")
        if chain.seal(row, seq=seq) != sealed:
            raise _Found(seq, _edited_or_moved(connection, row))
        if prev_hash != before:
            raise _Found(seq, f"fact {seq} does not follow the fact {seq - 1} that is there: one of the two was put in")
        yield row
        expected, before = seq + 1, sealed


def _edited_or_moved(connection: sqlite3.Connection, row: FactRow) -> str:
    (newest,) = connection.execute("SELECT max(seq) FROM fact").fetchone()
    seq, at, kind, sealed = row[0], row[1], row[7], row[-1]
    for other in range(1, newest + 2):
        if other != seq and chain.seal(row, seq=other) == sealed:
            return f"fact {seq} is what was written as fact {other}: they were put into another order"
    return f"fact {seq} ({kind} at {at}) was edited: it is not what was written"


def _missing_end(connection: sqlite3.Connection, seq: int, noted: Noted | None) -> Damage | None:
    known = [noted.seq if noted is not None else 0]
    missing = missing_tables(connection)
    for table, column in _NEWEST.items():
        if table not in missing:
            known.append(connection.execute(f"SELECT ifnull(max({column}), 0) FROM {table}").fetchone()[0])  # noqa: S608 - our names
    newest = max(known)
    if newest <= seq:
        return None
    if newest == seq + 1:
        return Damage(newest, f"fact {newest} is not there any more: it is known to have been written")
    return Damage(seq + 1, f"facts {seq + 1} to {newest} are not there any more: they are known to have been written")
