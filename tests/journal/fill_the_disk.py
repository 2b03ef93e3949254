"""Program for the disk-fault tests: appends until the disk refuses, makes room, appends the same again; prints JSON.

Arguments: journal path, then `limit BYTES` (file size limit) or `ballast FILE` (deleted to make room).
"""

import asyncio
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from journal.writing import project, session_story

from gateway.journal.errors import JournalUnwritable
from gateway.journal.journal import Journal, open_journal


def limit_file_size(limit: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


async def append_until_refused(journal: Journal) -> tuple[int, str]:
    """Return the last seq that was acknowledged, and what the refusal said."""
    acknowledged = 0
    while True:
        story = session_story(acknowledged + 1, f"S{acknowledged}")
        try:
            await journal.append(story, list(project(story)))
        except JournalUnwritable as refusal:
            return acknowledged, str(refusal)
        acknowledged = story[-1].seq


async def main(path: Path, make_room: Callable[[], None]) -> None:
    async with open_journal(path) as journal:
        acknowledged, refusal = await append_until_refused(journal)
        kept = await journal.last_seq()
        owed = len(await journal.outbox())
        make_room()
        story = session_story(acknowledged + 1, f"S{acknowledged}")
        await journal.append(story, list(project(story)))
        after = await journal.last_seq()
    print(json.dumps({"acknowledged": acknowledged, "refusal": refusal, "kept": kept, "owed": owed, "after": after}))  # noqa: T201 - its output is its result


if __name__ == "__main__":
    journal_path, way, amount = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if way == "limit":
        limit_file_size(int(amount))
        room = lambda: limit_file_size(resource.RLIM_INFINITY)  # noqa: E731 - a name for either way
    else:
        room = Path(amount).unlink
    asyncio.run(main(journal_path, room))
