import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from gateway.cli.main import COMMANDS

# Each page is written by a process.
pytestmark = pytest.mark.slow

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"


@cache
def described(what: str) -> str:
    command = [sys.executable, SYSTEMD / "describe.py", what, "1767225600"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours


def completed(*words: str) -> list[str]:
    line = " ".join(f"'{word}'" for word in words)
    script = f"COMP_WORDS=(ocpi-gateway {line}); COMP_CWORD={len(words)}; _ocpi_gateway; echo ${{COMPREPLY[@]}}"
    command = ["/bin/bash", "-c", f"{described('completion')}\n{script}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603 - ours


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_chapter_with_an_example(command: str) -> None:
    name = command.replace("-", "\\-")
    chapter = described("man1").partition(f".SS {name}\n")[2].partition(".SS ")[0]

    assert f"ocpi\\-gateway {name}" in chapter
    assert "Example:" in chapter


def test_the_keys_of_json_stand_on_the_page() -> None:
    chapter = described("man1").partition(".SS check\\-config\n")[2].partition(".SS ")[0]

    assert "findings [path, found, problem, severity, drop_in]" in chapter
    assert "Keys of \\-\\-json" in chapter


def test_exit_codes_stand_on_the_page() -> None:
    assert "2 wrong arguments or configuration" in described("man1").partition(".SH EXIT STATUS")[2]


def test_every_key_of_the_example_stands_on_the_other_page() -> None:
    example = (SYSTEMD / "gateway.example.toml").read_text().splitlines()
    keys = [line for line in example if line and not line.startswith("# ") and line != "#"]
    page = described("man5").replace("\\-", "-").splitlines()

    assert len(keys) > 50
    assert [line for line in page if line in set(keys)] == keys


def test_bash_completes_commands_options_and_choices() -> None:
    assert completed("che") == ["check-config"]
    assert completed("outbox", "--p") == ["--parked"]
    assert completed("run", "--log-format", "") == ["logfmt", "json"]
    assert completed("faults", "c") == ["clear"]
    assert completed("sessions", "--limit", "") == []
