"""How long the gateway takes to READY and to answer `status`, and how much memory it holds: 8 meters, 4 EVSEs."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hwsim.bench_sites import eight_meters
from hwsim.site_file import SiteFile
from hwsim.stage import set_stage

# Long enough for every meter to have been read many times and for both backends to have been found.
SETTLED_S = 10.0


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds to READY, resident bytes then and after a while of work, seconds that `status` takes."""

    ready_s: float
    resident_at_ready: int
    resident_settled: int
    status_s: float


async def measure_starts(demo: SiteFile, starts: int) -> list[Start]:
    """Start the gateway so many times, each with the journal of the time before, and measure."""
    with TemporaryDirectory(prefix="hwsim-bench-") as directory:
        async with set_stage(eight_meters(demo), Path(directory) / "run") as stage:
            found = []
            for _ in range(starts):
                ready_s = await stage.gateway.start()
                at_ready = stage.gateway.resident_bytes
                await asyncio.sleep(SETTLED_S)
                settled = stage.gateway.resident_bytes
                asked_at = time.monotonic()
                await stage.gateway.ask("status")
                found.append(Start(ready_s, at_ready, settled, time.monotonic() - asked_at))
                await stage.gateway.stop()
    return found
