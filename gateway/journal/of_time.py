"""What is known of the time around a session: the daemon's starts and what it learned, here and in the archive.

The journal has an index of these facts, the archive has none. So the archive is read back to the beginning of the
session's boot only where that could move a moment, and in steps: the daemon's thread lets others in between.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.core.facts import Fact, GatewayStarted
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.instant import ClockQuality
from gateway.journal import archive, chain
from gateway.journal.archive import Place
from gateway.journal.fact_codec import kind_of

_KINDS: Final = frozenset(map(kind_of, (GatewayStarted, TimeLearned)))


def steps(connection: sqlite3.Connection, journal: Path, session: Sequence[Fact]) -> Iterator[list[Fact]]:
    """Yield the facts of time that a session's facts are told with, a step at a time and in no order. ArchiveDamaged.

    They begin with the boot that the first was written in. Once a bill is sealed nothing moves it any more: of what
    came after that, the archive's are left out.
    """
    first = session[0].seq
    last = next((fact.seq for fact in session if isinstance(fact.body, CdrSealed)), session[-1].seq)
    begun, _ = chain.begin(connection)
    here = list(chain.read_of_time(connection, first))
    yield here
    if begun == 0 or (here and here[0].seq < first and _begins_a_boot(here[0])):
        return
    news = [fact for fact in here if first <= fact.seq <= last]
    for place in archive.blocks(journal, min(last, begun), first) if first <= begun else ():
        found = _of_time(place, first, last)
        news += found
        yield found
    if news or any(fact.at.clock is not ClockQuality.SYNCHRONISED for fact in session):
        yield from _back_to_the_boot(list(archive.blocks(journal, min(first - 1, begun))), first)


def _back_to_the_boot(places: Sequence[Place], first: int) -> Iterator[list[Fact]]:
    for place in reversed(places):
        found = _of_time(place, 1, first - 1)
        begun = [fact.seq for fact in found if _begins_a_boot(fact)]
        yield [fact for fact in found if not begun or fact.seq >= begun[-1]]
        if begun:
            return


def _of_time(place: Place, first: int, last: int) -> list[Fact]:
    rows = archive.rows_of(place)
    return [chain.from_row(row) for row in rows if row[7] in _KINDS and first <= row[0] <= last]


def _begins_a_boot(fact: Fact) -> bool:
    body = fact.body
    return isinstance(body, GatewayStarted) and (body.after is None or body.after.boot_id != fact.at.boot_id)
