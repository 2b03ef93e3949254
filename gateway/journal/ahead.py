"""Program: folds a journal ahead, beside a daemon of the version before, so that this one's first start need not.

Argument: the journal's file. What it finds stands beside that until this version has noted a checkpoint of its own;
like one, it counts only with the hashes of its facts, made by the very same code.
"""

import hashlib
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from gateway.journal.folded import Folded, folded
from gateway.journal.names import sync_directory

_SUFFIX: Final = ".ahead"
_STATES: Final = msgspec.json.Decoder(list[Folded])
_DIGEST_BYTES: Final = 32
_FILE_MODE: Final = 0o600  # it holds card uids, and whoever installs a package has an umask of their own


def fold_ahead(journal: Path) -> int:
    """Fold all facts there are, and write down the states at the boundary and at the newest; return which that is.

    Raises JournalError, OSError.
    """
    from gateway.journal import chain, opening, recall  # noqa: PLC0415 - recall reads what this writes

    states = dict[int, Folded]()
    with closing(opening.open_readable(journal)) as connection:
        begun, _ = chain.begin(connection)
        for recalled in recall.steps(connection, journal):
            one = folded(recalled.state, recalled.hash)
            states = {seq: state for seq, state in states.items() if seq == begun} | {one.up_to_seq: one}
    _write(journal, list(states.values()))
    return max(states)


def read(journal: Path) -> tuple[Folded, ...]:
    """Return what was folded ahead; nothing where that was not, or where it is not what was written."""
    try:
        content = _beside(journal).read_bytes()
    except OSError:
        return ()
    digest, states = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(states).digest() != digest:
        return ()
    try:
        return tuple(_STATES.decode(states))
    except msgspec.DecodeError:  # of another version
        return ()


def forget(journal: Path) -> None:
    """Have what was folded ahead go: there is something newer."""
    _beside(journal).unlink(missing_ok=True)


def _write(journal: Path, states: list[Folded]) -> None:
    content = msgspec.json.encode(states)
    part = _beside(journal).with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(hashlib.sha256(content).digest() + content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(_beside(journal))
    sync_directory(part)


def _beside(journal: Path) -> Path:
    return journal.with_name(journal.name + _SUFFIX)


if __name__ == "__main__":
    fold_ahead(Path(sys.argv[1]))
