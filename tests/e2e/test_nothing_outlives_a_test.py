"""A test that is killed, by its time-out or by hand, takes the whole stage with it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.usefixtures("gateway_command")]

TESTS = Path(__file__).parents[1]
ENDS_WITHIN_S = 20.0
PLAY = """
import asyncio, pathlib, sys
from e2e.driving import running_stage

async def play() -> None:
    async with running_stage(pathlib.Path(sys.argv[1])):
        print("on stage", flush=True)
        await asyncio.Event().wait()

asyncio.run(play())
"""


def children_of(pid: int) -> Mapping[str, int]:
    """A process' children by name, each as a descriptor that becomes readable when it has ended."""
    pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{child}/comm").read_text().strip(): os.pidfd_open(int(child)) for child in pids}


async def ended(process: int) -> None:
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process, ending.set)
    try:
        await ending.wait()
    finally:
        loop.remove_reader(process)


async def test_a_killed_test_leaves_no_process_of_its_stage_running(tmp_path: Path) -> None:
    play = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PLAY, str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert play.stdout is not None
    assert await play.stdout.readline() == b"on stage\n"
    stage = children_of(play.pid)
    assert {"ocpi-gateway", "mosquitto"} <= stage.keys()

    play.kill()
    await play.communicate()

    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            for process in stage.values():
                await ended(process)
    finally:
        for process in stage.values():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            os.close(process)
