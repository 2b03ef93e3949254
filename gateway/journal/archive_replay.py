"""Reads the archived facts again: their chain, what was noted with them, and the state the journal goes on from."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.core.facts import Fact
from gateway.core.rows import RowChange
from gateway.core.site_state import SiteState, evolve, fold
from gateway.journal import archive, chain, folded, history
from gateway.journal.going import Going, quietly

Project = Callable[[Iterable[Fact], SiteState | None], Iterable[RowChange]]


@dataclass(frozen=True, slots=True)
class NotedOtherwise:
    """What was noted of archived facts is not what they say: where it stands, and which part of it."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reread:
    """The fold of all archived facts, and what is noted otherwise than they say."""

    state: SiteState
    differences: tuple[NotedOtherwise, ...]


def reread(connection: sqlite3.Connection, journal: Path, project: Project, going: Going = quietly) -> Reread:
    """Fold and project every archived fact; ArchiveDamaged where one is not what was written, or not there."""
    begun, _ = chain.begin(connection)
    newest, _ = chain.head(connection)
    state, found = SiteState(), list[NotedOtherwise]()
    for place, rows in history.archived(connection, journal):
        facts = [chain.from_row(row) for row in rows]
        is_as_noted = {
            "changes": archive.to_note(project(facts, state)) == archive.noted(place),
            "sessions": archive.sessions_in(rows) == place.block.sessions,
        }
        columns = tuple(name for name, is_so in is_as_noted.items() if not is_so)
        if columns:
            found.append(NotedOtherwise("archive", (place.file.name, f"{rows[0][0]}-{rows[-1][0]}"), columns))
        state = fold(facts, state)
        going(state.last_seq, newest)
    noted = folded.read(connection, folded.BOUNDARY) if begun else None
    known = noted.site_state() if noted is not None else None  # of other code: the next start folds it anew
    if known is not None and known != state:
        found.append(NotedOtherwise("boundary", (str(begun),), ("state",)))
    return Reread(state, tuple(found))


class Checkpoint:
    """Folds the facts that it watches up to the newest checkpoint, and tells whether that is what was noted of them."""

    def __init__(self, connection: sqlite3.Connection, past: SiteState) -> None:
        noted = folded.read(connection, folded.CHECKPOINT)
        self._noted = noted.site_state() if noted is not None else None  # of other code: it counts for nobody
        self._state = past

    @property
    def differences(self) -> tuple[NotedOtherwise, ...]:
        """What is wrong with it, once all facts were watched."""
        noted = self._noted
        if noted is None or noted.last_seq != self._state.last_seq or noted == self._state:
            return ()
        return (NotedOtherwise("checkpoint", (str(noted.last_seq),), ("state",)),)

    def watched(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """Pass facts on, as they are read."""
        for fact in facts:
            if self._noted is not None and fact.seq <= self._noted.last_seq:
                self._state = evolve(self._state, fact)
            yield fact


def state_at_begin(connection: sqlite3.Connection, journal: Path) -> SiteState:
    """Return the fold of all archived facts: as it was noted, or, where other code did that, from the facts."""
    noted = folded.read(connection, folded.BOUNDARY)
    known = noted.site_state() if noted is not None else None
    if known is not None:
        return known
    state = SiteState()
    for _, rows in history.archived(connection, journal):
        state = fold((chain.from_row(row) for row in rows), state)
    return state
