"""What the registry holds that must not leave the site, for whoever packs something to be sent away."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.registry.opening import connect_lookup


def peer_tokens(path: Path) -> tuple[str, ...]:
    """Return the tokens that we send to peers; nothing where the file cannot be read."""
    return tuple(_column(path, "SELECT token FROM peer WHERE token IS NOT NULL"))


def driver_tokens(path: Path) -> Iterator[str]:
    """Yield the tokens of the peers' drivers as their owners wrote them, as JSON; nothing as above."""
    yield from _column(path, "SELECT CAST(body AS TEXT) FROM token")


def _column(path: Path, question: str) -> Iterator[str]:
    if not path.exists():
        return
    try:
        with closing(connect_lookup(path)) as connection:
            for (value,) in connection.execute(question):
                yield value
    except sqlite3.Error:
        return
