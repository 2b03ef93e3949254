"""Program: carries the visits out on a recording disk until their next restart, marking each change outside.

Arguments: the disk's mount, the journal on it, and the file that holds the world outside between restarts. At a restart
it dies as a killed process does, with the journal open.
"""

import asyncio
import os
import sys
from pathlib import Path

from durability.mounted import mark
from durability.visits import PLAN, Outside, go_on

TO_BE_RESTARTED = 9


async def main(mount: Path, journal: Path, world: Path, outside: Outside) -> None:
    begun_at = outside.step

    def tell(now: Outside) -> None:
        mark(mount, now.dump())
        if now.step != begun_at and PLAN[now.step - 1][0] == "restart":
            world.write_bytes(now.dump())
            os._exit(TO_BE_RESTARTED)

    await go_on(journal, outside, tell)


def load(world: Path) -> Outside:
    return Outside.load(world.read_bytes()) if world.exists() else Outside()


if __name__ == "__main__":
    where = [Path(word) for word in sys.argv[1:]]
    asyncio.run(main(*where, load(where[2])))
