"""The real daemon, made to hang: it says where everybody stands, ends by itself, and feeds no watchdog meanwhile."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from config.garage import TOKENS, Garage
from durability.mounted import recording_disk

pytestmark = pytest.mark.slow

WATCHDOG_S = 3
ENDS_WITHIN_S = 20


@asynccontextmanager
async def serving(garage: Garage) -> AsyncIterator[tuple[asyncio.subprocess.Process, socket.socket]]:
    """The daemon under a service manager of little patience, from READY on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(0)
        manager.bind(str(garage.folder / "notify"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "run", "--config", str(garage.path)),
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "NOTIFY_SOCKET": str(garage.folder / "notify"),
                "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000),
            },
        )
        try:
            while not (await told(manager)).startswith(b"READY=1"):
                pass
            yield process, manager
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


async def told(manager: socket.socket) -> bytes:
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(manager, 1000), ENDS_WITHIN_S)


async def last_words(process: asyncio.subprocess.Process) -> str:
    _, errors = await asyncio.wait_for(process.communicate(), ENDS_WITHIN_S)
    return errors.decode()


async def dump(process: asyncio.subprocess.Process) -> str:
    """What it says up to the first traceback."""
    assert process.stderr is not None
    words = await asyncio.wait_for(process.stderr.readuntil(b"most recent call first"), ENDS_WITHIN_S)
    return words.decode()


def small_garage(folder: Path, state_dir: Path) -> Garage:
    garage = Garage(folder)
    garage.change(
        'tokens_file = "tokens.json"', f'tokens_file = "tokens.json"\nstate_dir = "{state_dir}"\nsocket = "gw.sock"'
    )
    return garage


async def test_a_site_that_decides_feeds_the_watchdog(tmp_path: Path) -> None:
    async with serving(small_garage(tmp_path, tmp_path)) as (process, manager):
        for _ in range(3):
            assert await told(manager) == b"WATCHDOG=1"
        process.terminate()
        await last_words(process)
    assert process.returncode == 0


async def test_a_blocked_event_loop_tells_where_it_stands_and_ends_the_process(tmp_path: Path) -> None:
    with recording_disk(tmp_path) as disk:
        garage = small_garage(tmp_path, tmp_path)
        garage.change('tokens_file = "tokens.json"', f'tokens_file = "{disk.mount}/tokens.json"')
        (disk.mount / "tokens.json").write_text(TOKENS, encoding="utf-8")
        async with serving(garage) as (process, _):
            os.kill(disk.pid, signal.SIGSTOP)  # whoever opens a file there waits
            try:
                process.send_signal(signal.SIGHUP)
                words = await dump(process)
            finally:
                os.kill(disk.pid, signal.SIGCONT)
            words += await last_words(process)

    assert process.returncode not in {0, 2, None}
    assert "Timeout (0:00:02" in words
    assert "read_" in words


async def test_a_disk_that_hangs_has_every_thread_tell_where_it_stands(tmp_path: Path) -> None:
    with recording_disk(tmp_path) as disk:
        async with serving(small_garage(tmp_path, disk.mount)) as (process, _):
            os.kill(disk.pid, signal.SIGSTOP)
            try:
                command = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "gateway", "meter-exchanged", "1", "--old-wh", "1", "--new-wh", "2"),
                    *("--config", str(tmp_path / "gateway.toml")),
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
                words = await dump(process)
            finally:
                # Nobody who waits for a disk can be ended: not even by SIGKILL.
                os.kill(disk.pid, signal.SIGCONT)
            words += await last_words(process)
            await command.wait()

    assert process.returncode == 70
    assert "stuck" in words
    assert "gateway/journal" in words
