"""From card inserted to coil written on the wire, beside what connect + UID cost a bare pyscard loop."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hwsim.bench_sites import one_relay
from hwsim.cards import VirtualCard
from hwsim.gateway_process import GatewayProcess
from hwsim.pcscd import Pcscd, Slot
from hwsim.relay_board import RelayBoard
from hwsim.site import SimulatedSite
from hwsim.site_file import Backends, ReaderChoice, SiteFile, write_gateway_files

PATIENCE_S = 15.0
WARM_UP = 2
# Rests between the steps of a session, in seconds: longer than the gateway's hold-off for a card tapped twice.
REST_S = 1.6
GATEWAY_READER, FLOOR_READER = "Gateway", "Floor"


@dataclass(slots=True)
class Taps:
    """Milliseconds of each tap: insertion to coil, the card's answer to coil, and the bare loop's insertion to UID."""

    to_coil_ms: list[float] = field(default_factory=list)
    after_answer_ms: list[float] = field(default_factory=list)
    floor_ms: list[float] = field(default_factory=list)


class Coil:
    """The relay's coil, and when it was last written to which side (CLOCK_MONOTONIC seconds)."""

    def __init__(self, board: RelayBoard) -> None:
        self._moved: asyncio.Queue[tuple[bool, float]] = asyncio.Queue()
        board.listeners.append(lambda _, on, at: self._moved.put_nowait((on, at)))

    async def until(self, *, on: bool) -> float:
        """Return when it went there."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                moved = await self._moved.get()
                if moved[0] is on:
                    return moved[1]


class Floor:
    """The bare loop's process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self._port = port

    async def tap(self, uid: bytes) -> float:
        """Lay a card down, wait until the loop has its UID, take it away; return milliseconds."""
        card, began = VirtualCard(uid), time.monotonic()
        await card.insert(self._port)
        if self._process.stdout is None:
            raise TypeError("the bare loop has no output")
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_S)
        await card.remove()
        return (float(line) - began) * 1000


@asynccontextmanager
async def bare_loop(slot: Slot, environment: Mapping[str, str]) -> AsyncIterator[Floor]:
    """Run the bare pyscard loop on a slot."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hwsim.bench_floor",
        slot.name,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield Floor(process, slot.port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def measure_taps(demo: SiteFile, taps: int, *, serial: bool) -> Taps:
    """Start and end so many sessions by card, and have the bare loop read as many cards in between."""
    file, found = one_relay(demo, on_serial_line=serial), Taps()
    uid = bytes.fromhex(file.cards["alice"])
    with TemporaryDirectory(prefix="hwsim-bench-") as name:
        directory = Path(name)
        async with Pcscd((GATEWAY_READER, FLOOR_READER)) as pcscd, SimulatedSite(file.plan(directory)) as site:
            ours, bare = first_slot(pcscd, GATEWAY_READER), first_slot(pcscd, FLOOR_READER)
            readers = {"left": ReaderChoice("pcsc", {"match": ours.name})}
            config = write_gateway_files(file, site, readers, Backends(), directory)
            gateway = GatewayProcess(config, directory / "gateway.log", pcscd.environment, quietly)
            board = site.evses["EVSE-1"].controller
            if not isinstance(board, RelayBoard):
                raise TypeError("the bench needs a relay board")
            coil = Coil(board)
            await gateway.start()
            try:
                async with bare_loop(bare, pcscd.environment) as floor:
                    for number in range(taps + WARM_UP):
                        site.evses["EVSE-1"].plug_in()
                        await asyncio.sleep(REST_S)
                        times = await start_session(uid, ours.port, coil)
                        floor_ms = await floor.tap(uid)
                        await end_session(uid, ours.port, coil)
                        site.evses["EVSE-1"].unplug()
                        if number >= WARM_UP:
                            found.to_coil_ms.append(times[0])
                            found.after_answer_ms.append(times[1])
                            found.floor_ms.append(floor_ms)
            finally:
                await gateway.stop()
    return found


async def start_session(uid: bytes, port: int, coil: Coil) -> tuple[float, float]:
    """Tap and wait for the coil; return milliseconds from insertion and from the card's answer."""
    card, inserted = VirtualCard(uid), time.monotonic()
    await card.insert(port)
    async with asyncio.timeout(PATIENCE_S):
        await card.asked()
    answered = time.monotonic()
    written = await coil.until(on=True)
    await card.remove()
    return (written - inserted) * 1000, (written - answered) * 1000


async def end_session(uid: bytes, port: int, coil: Coil) -> None:
    """Tap again and wait until the coil is off."""
    await asyncio.sleep(REST_S)
    async with VirtualCard(uid).on(port):
        await coil.until(on=False)


def first_slot(pcscd: Pcscd, reader: str) -> Slot:
    """Find the first slot of a reader."""
    return next(slot for slot in pcscd.slots if slot.name.startswith(f"{reader} "))


def quietly(what: str, /, **detail: str) -> None:
    """Nobody watches a bench."""
