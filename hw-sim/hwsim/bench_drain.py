"""How fast a backlog drains, beside the bare client library with the same bodies and window; how long live waits."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from hwsim.bench_table import print_table
from hwsim.broker import Broker

AIM_SHARE = 0.5
AIM_WAIT_S = 1.0
WINDOW = 8  # the shipper's own
# It stands beside this package, for it is made of the gateway's own parts.
SITE = Path(__file__).parents[1] / "drained_site.py"
PATIENCE_S = 1200.0
HIT, MISSED = 0, 1


@dataclass(frozen=True, slots=True)
class Drained:
    """One drain: how many objects in a second, and how long each live change waited for its acknowledgement."""

    rate: float
    waits_s: tuple[float, ...]


async def bench_drain(cdrs: int, rounds: int) -> int:
    """Measure both ways, bare and whole in turn."""
    print(
        f"{cdrs} CDRs and their Sessions, {WINDOW} in flight, in turn {rounds} times; meanwhile four cars charge and "
        "their Sessions change every second"
    )
    rows, is_hit = [], True
    with tempfile.TemporaryDirectory(prefix="drain-") as name:
        folder = Path(name)
        await told(SITE, "make", folder / "backlog.sqlite", cdrs, folder / "wire")
        for kind in ("http", "mqtt"):
            bare, ours = [], []
            async with receiving(kind, folder) as address:
                for _ in range(rounds):
                    bare.append(
                        2 * cdrs / float(await told("hwsim.bench_drain_client", kind, address, folder / "wire", WINDOW))
                    )
                    ours.append(await drain(folder, cdrs, kind, address))
            waits = [wait for each in ours for wait in each.waits_s]
            shares = [each.rate / rate for each, rate in zip(ours, bare, strict=True)]
            share = median(shares)
            worst = quantiles(waits, n=100, method="inclusive")[98]
            is_hit = is_hit and share >= AIM_SHARE and worst < AIM_WAIT_S
            rate = median(each.rate for each in ours)
            spread = f"{min(shares):.0%} to {max(shares):.0%}"
            figures = (f"{median(bare):.0f}", f"{rate:.0f}", f"{share:.0%}", spread, str(len(waits)))
            rows.append((kind, *figures, f"{median(waits) * 1000:.0f}", f"{worst * 1000:.0f}"))
    head = ("", "bare client, objects/s", "ours", "share", "of each round", "live changes", "waited ms p50", "p99")
    print_table(head, rows)
    print(
        f"aim: at least {AIM_SHARE:.0%} of the bare client's rate, live changes wait less than {AIM_WAIT_S:g} s at p99"
    )
    return HIT if is_hit else MISSED


async def drain(folder: Path, cdrs: int, kind: str, address: str) -> Drained:
    """Drain a copy of the backlog."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        journal = Path(name) / "journal.sqlite"
        shutil.copy(folder / "backlog.sqlite", journal)
        found = json.loads((await told(SITE, "drain", journal, cdrs, kind, address)).splitlines()[-1])
    return Drained(found["objects"] / found["took_s"], tuple(wait / 1000 for wait in found["waits_ms"]))


@asynccontextmanager
async def receiving(kind: str, folder: Path) -> AsyncIterator[str]:
    """Run the other end in a process of its own; yields where it is."""
    if kind == "mqtt":
        broker = Broker(folder / "broker")
        await broker.start()
        try:
            yield str(broker.port)
        finally:
            await broker.stop()
        return
    peer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hwsim.bench_drain_peer", stdout=asyncio.subprocess.PIPE
    )
    try:
        said = b"" if peer.stdout is None else await asyncio.wait_for(peer.stdout.readline(), PATIENCE_S)
        port = int(said)
        yield f"http://127.0.0.1:{port}/versions"
    finally:
        peer.kill()
        await peer.wait()


async def told(program: Path | str, *words: object) -> str:
    """Run a program of ours in a process of its own, and return what it printed."""
    what = [str(program)] if isinstance(program, Path) else ["-m", program]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *what, *map(str, words), stdout=asyncio.subprocess.PIPE
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise OSError(f"{program} ended with {process.returncode}: see above")
    return output.decode()
