"""Commands as processes of their own: terminals, signals, pipes, and the daemon that will not start."""

import asyncio
import os
import pty
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli.checked_site import write_site
from cli.evening import Evening


@pytest.mark.slow
async def test_a_terminal_gets_colours(served: Evening) -> None:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *served.process("status"),
        stdout=theirs,
        env={key: value for key, value in os.environ.items() if key != "NO_COLOR"},
    )
    assert await process.wait() == 0
    os.close(theirs)
    assert b"\x1b[31mOUTOFORDER" in os.read(ours, 65536)
    os.close(ours)


@pytest.mark.slow
async def test_watching_meters_goes_on_until_ctrl_c_and_ends_well(served: Evening) -> None:
    process = await asyncio.create_subprocess_exec(
        *served.process("meters", "--watch", "--interval", "0.1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    seen = 0
    while seen < 2:
        line = await process.stdout.readline()
        assert line
        seen += line.startswith(b"hall-1 ")
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert await process.stderr.read() == b""


@pytest.mark.slow
async def test_a_reader_that_has_seen_enough_is_no_error(served: Evening) -> None:
    process = await asyncio.create_subprocess_shell(
        f"{shlex.join(served.process('meters', '--watch', '--interval', '0.1'))} | head -n 1",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (out.count(b"\n"), err) == (1, b"")


@pytest.mark.parametrize("words", [("--version",), ("status", "--help"), ("config", "show")])
def test_a_full_disk_behind_the_output_is_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway", *words]
    command += [] if words == ("--version",) else ["--config", str(write_site(tmp_path))]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 - us
    refusal = "ocpi-gateway: cannot write the output: no space left on device; check where it goes\n"
    assert (ended.returncode, ended.stderr) == (1, refusal)


def test_who_has_closed_the_output_gets_the_exit_code_alone(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "gateway", "check-config", "--config", str(write_site(tmp_path))]
    command = f"{shlex.join(words)} >&-"
    ended = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, check=False)  # noqa: S603 - us
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.slow
async def test_help_and_every_command_load_no_table_library_and_no_server(evening: Evening) -> None:
    for command in ("status", "meters", "sessions", "explain", "outbox"):
        probe = (
            f"import sys, gateway.cli.main, gateway.cli.{command};"
            "print([name for name in ('aiohttp', 'pymodbus', 'rich', 'structlog') if name in sys.modules])"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", probe, stdout=asyncio.subprocess.PIPE, cwd=evening.folder
        )
        out, _ = await process.communicate()
        assert out == b"[]\n", command


@pytest.mark.slow
async def test_status_and_meters_load_no_facts_and_judge_no_configuration(evening: Evening) -> None:
    for command in ("status", "meters"):
        heavy = ("gateway.core.facts", "gateway.config.convert", "gateway.journal", "sqlite3", "asyncio", "ssl")
        probe = (
            f"import sys, gateway.cli.main, gateway.cli.{command};"
            f"print([name for name in {heavy!r} if name in sys.modules])"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", probe, stdout=asyncio.subprocess.PIPE, cwd=evening.folder
        )
        out, _ = await process.communicate()
        assert out == b"[]\n", command
