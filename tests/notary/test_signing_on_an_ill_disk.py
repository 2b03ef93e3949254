"""A disk that hangs while the root of the day is to be signed: signing waits for it, the loop does not."""

import asyncio
import mmap
import os
import signal
from pathlib import Path

import pytest
from durability.mounted import recording_disk
from scenarios.box import TurnedClock

from gateway.core.observations import RootSealed
from gateway.notary.notary import Notary

pytestmark = [pytest.mark.slow, pytest.mark.machines_clock]

# When somebody else wakes the disk, who needs no loop of ours.
RESCUED_AFTER_S = 5.0
WOKEN_AFTER_S = 0.3


class _Sealed:
    def __init__(self) -> None:
        self.roots: list[RootSealed] = []

    async def put_and_wait(self, observation: RootSealed) -> None:
        self.roots.append(observation)


async def _head() -> tuple[int, bytes]:
    return 7, bytes(32)


async def test_the_loop_goes_on_while_a_signing_process_waits_for_a_hanging_disk(tmp_path: Path) -> None:
    sealed, loop = _Sealed(), asyncio.get_running_loop()
    notary = Notary(tmp_path / "device.key", _head, sealed, TurnedClock())
    with recording_disk(tmp_path) as disk, (disk.mount / "journal").open("wb+") as file:
        file.truncate(mmap.PAGESIZE)
        index = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        rescuer = await asyncio.create_subprocess_exec("sh", "-c", f"sleep {RESCUED_AFTER_S}; kill -CONT {disk.pid}")
        index[0] = 1  # as SQLite's index of its log is: whoever closes the file has to write this first
        began = loop.time()
        os.kill(disk.pid, signal.SIGSTOP)
        loop.call_later(WOKEN_AFTER_S, os.kill, disk.pid, signal.SIGCONT)
        starting = asyncio.create_task(notary.sign("2026-03-01"))
        woken: asyncio.Future[float] = loop.create_future()
        loop.call_later(WOKEN_AFTER_S, lambda: woken.set_result(loop.time() - began))
        woken_after_s = await woken
        await starting
        index.close()
        if rescuer.returncode is None:
            rescuer.kill()
        await rescuer.wait()

    assert woken_after_s < RESCUED_AFTER_S / 2
    assert [root.root.up_to_seq for root in sealed.roots] == [7]
