"""Program for the kill test: goes on where the journal ends, and prints each seq once its commit has returned."""

import asyncio
import sys
from pathlib import Path

from journal.writing import project, session_story

from gateway.journal.journal import open_journal


async def main(path: Path) -> None:
    async with open_journal(path) as journal:
        if journal.quarantined is not None:
            sys.exit(str(journal.quarantined))
        seq = await journal.last_seq()
        while True:
            # One fact at a time, so that a kill can fall between any two facts of a session.
            first = seq - seq % 7 + 1
            fact = session_story(first, f"S{first}")[seq % 7]
            await journal.append([fact], list(project([fact])))
            seq += 1
            print(seq, flush=True)  # noqa: T201 - the acknowledgement that the test holds us to


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
