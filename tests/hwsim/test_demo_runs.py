"""The demo as an operator runs it: a process with the real gateway, pcscd and broker under it, and its exit status."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PATIENCE_S = 55


@asynccontextmanager
async def demo(directory: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the demo in a session of its own, as from a terminal of its own; nothing of it outlives the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hwsim", "demo", "--directory", str(directory / "run"), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        limit=2**20,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.communicate()


async def run_to_the_end(directory: Path, *arguments: str) -> tuple[int | None, str]:
    async with asyncio.timeout(PATIENCE_S), demo(directory, *arguments) as process:
        output, _ = await process.communicate()
        return process.returncode, output.decode()


async def read_until(process: asyncio.subprocess.Process, words: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while words not in (line := (await process.stdout.readline()).decode()):
            assert line, f"the demo ended before it said {words!r}"


def processes_of(directory: Path) -> list[str]:
    """Find every process whose command line names a file of this demo."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "cmdline").exists():
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(directory) in command:
                found.append(command)
    return found


def story(directory: Path, *steps: str) -> Path:
    path = directory / "story.toml"
    path.write_text('name = "short"\nbills = 0\n' + "\n".join(f"[[step]]\n{step}" for step in steps))
    return path


async def test_a_short_scenario_ends_right_and_says_so(tmp_path: Path) -> None:
    status, output = await run_to_the_end(tmp_path, "--scenario", str(story(tmp_path, 'do = "say"\ntext = "hello"')))
    assert status == 0, output
    assert "right: 0 violation(s) of OCPI 2.2.1 or the MQTT contract" in output
    assert "right: the gateway owes nobody anything" in output


async def test_a_step_that_does_not_come_out_fails_the_demo_in_one_clear_line(tmp_path: Path) -> None:
    path = story(tmp_path, 'wait = "contactor_closed"\nevse = "EVSE-1"\nwithin_s = 0.1')
    status, output = await run_to_the_end(tmp_path, "--scenario", str(path))
    assert status == 1
    failed = "the scenario failed: step 1: wait contactor_closed (evse EVSE-1): not seen within 0.1 s"
    assert failed in output.splitlines()
    assert "Traceback" not in output


async def test_a_scenario_with_mistakes_is_told_before_anything_starts(tmp_path: Path) -> None:
    status, output = await run_to_the_end(tmp_path, "--scenario", str(story(tmp_path, 'do = "dance"')))
    assert status == 2
    assert "'dance' is none of" in output
    assert not (tmp_path / "run").exists()


async def test_ctrl_c_ends_a_staying_demo_and_leaves_no_process_behind(tmp_path: Path) -> None:
    path = story(tmp_path, 'do = "say"\ntext = "hello"')
    async with demo(tmp_path, "--stay", "--scenario", str(path)) as process:
        await read_until(process, "everything stays up until Ctrl-C")
        assert any("ocpi-gateway" in command or "gateway run" in command for command in processes_of(tmp_path))
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert processes_of(tmp_path) == []


async def test_ctrl_c_in_the_middle_of_a_scenario_ends_everything(tmp_path: Path) -> None:
    path = story(tmp_path, 'do = "pause"\nfor_s = 60')
    async with demo(tmp_path, "--scenario", str(path)) as process:
        await read_until(process, "the gateway is online")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            output, _ = await process.communicate()
    assert process.returncode == 130, output.decode()
    assert "interrupted; everything is stopped" in output.decode()
    assert processes_of(tmp_path) == []
