"""Whatever is typed or configured, a command ends with a documented code, a line of complaint, and no traceback."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from cli.checked_site import write_site
from cli.evening import Evening
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.ending import ended
from gateway.cli.main import COMMANDS, main

# Those that search wires, write to the system, or run until told otherwise are tried in tests of their own.
TRIED = sorted(COMMANDS.keys() - {"run", "init", "install-service", "doctor", "bus"})
NASTY = st.sampled_from(
    [
        *(
            "",
            "-",
            "--",
            "---",
            "x",
            "../../etc",
            "/",
            "/dev/null",
            "\x00",
            "\udcff",
            "🔌" * 50,
            "%s{}",
            "A" * 5000,
            "-1",
            "0",
        ),
        *(
            "nan",
            "1e309",
            "--json",
            "--limit",
            "--limit=9" + "9" * 5000,
            "--all",
            "--parked",
            "retry",
            "clear",
            "register",
        ),
        *(
            "--old-wh",
            "--new-wh",
            "--noted",
            "1:" + "0" * 64,
            "--token-file",
            "--tariff",
            "--watch=1",
            "--interval",
            "-h",
        ),
    ],
)
CODES = {0, 1, 2, 3}


def said(words: list[str]) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, err.getvalue()


@settings(deadline=None)
@given(st.sampled_from(TRIED), st.lists(NASTY, max_size=4))
def test_no_arguments_make_a_traceback(command: str, words: list[str]) -> None:
    code, err = said([command, *words, "--config", "/nonexistent/gateway.toml"])
    assert code in CODES
    assert "Traceback" not in err
    assert "this is a bug" not in err
    assert err.count("\n") <= 1


@settings(deadline=None)
@given(
    st.sampled_from(["socket", "state_dir", "site", "time_zone", "tokens_file", "buses", "evses", "x"]),
    st.sampled_from(
        [
            '""',
            '"\\u0000"',
            "1",
            "[]",
            "{}",
            "true",
            '"a/\\u0000/b"',
            '"' + "x" * 300 + '"',
            "2026-01-01",
            '"/etc/passwd"',
            "[",
        ],
    ),
    st.sampled_from(["status", "sessions", "replay", "verify", "check-config", "ledger"]),
)
def test_no_configuration_makes_a_traceback(key: str, value: str, command: str) -> None:
    config = Path(os.environ["PYTEST_TMP"]) / "gateway.toml"
    config.write_text(f"{key} = {value}\n", encoding="utf-8")
    code, err = said([command, "--config", str(config)])
    assert code in CODES
    assert "Traceback" not in err
    assert "this is a bug" not in err


@pytest.fixture(autouse=True)
def _a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_TMP", str(tmp_path))


def test_a_bug_is_one_line_that_says_where_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    def stumble() -> int:
        raise TypeError("two\nlines")

    assert ended(stumble, is_daemon=False) == 1
    err = capsys.readouterr().err
    assert err.startswith("ocpi-gateway: this is a bug: TypeError: two lines at test_commands_take_anything.py:")
    assert err.endswith("; report it with ocpi-gateway doctor --support-bundle FILE\n")
    with pytest.raises(TypeError):
        ended(stumble, is_daemon=True)


@pytest.mark.parametrize(
    ("word", "wrong"),
    [
        ("7c60\n50a7", r"'7c60\n50a7' has a control character; leave it away"),
        ("\x1b[2J", r"'\x1b[2J' has a control character; leave it away"),
        ("\udcff", r"'\udcff' is no UTF-8 text; check the terminal's encoding"),
    ],
)
def test_a_word_that_is_no_line_of_text_is_refused(word: str, wrong: str) -> None:
    assert said(["explain", word]) == (2, f"ocpi-gateway: {wrong}\n")


def test_wrong_arguments_are_one_line_with_where_to_read_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["sessions", "--limit", "many"])
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "ocpi-gateway sessions: argument --limit: many is not a whole number from 1 to 1000;"
        " see ocpi-gateway sessions --help\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("--help",), ("doctor", "--help"), ("check-config",), ("explain", "ec222c62", "--all")]
)
async def test_a_reader_that_leaves_at_once_is_no_error(words: tuple[str, ...], evening: Evening) -> None:
    command = evening.process(*words) if words != ("--help",) else [sys.executable, "-m", "gateway", "--help"]
    process = await asyncio.create_subprocess_shell(
        f"{shlex.join(command)} | true", stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    _, err = await process.communicate()
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err


@pytest.mark.slow
async def test_ctrl_c_is_quiet_and_ends_as_shells_have_it(evening: Evening) -> None:
    fifo = evening.folder / "never"
    os.mkfifo(fifo)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "price", str(fifo)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer = await asyncio.to_thread(fifo.open, "wb")  # returns once the command waits for the CDR
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    writer.close()
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.slow
async def test_a_terminal_without_our_signs_gets_others(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "doctor", "--only", "outbox,tap", "--config", str(config)),
        env={**os.environ, "LC_ALL": "de_DE.ISO-8859-1", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"\\u2192 ocpi-gateway doctor in einem Terminal" in out
