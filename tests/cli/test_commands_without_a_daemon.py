"""Without a daemon: what the journal can tell is told, everything else is one clear line and its exit code."""

import json
import socket

import pytest
from cli.evening import Evening
from cli.goldens import golden, name_of

from gateway.cli.main import COMMANDS, main

SESSION = "ec222c62"


@pytest.mark.parametrize("words", [("status",), ("meters",), ("faults", "clear", "EVSE-1")], ids=" ".join)
async def test_what_only_the_daemon_knows_ends_with_exit_code_3(evening: Evening, words: tuple[str, ...]) -> None:
    said = await evening.ask(*words)
    assert (said.code, said.out) == (3, "")
    assert said.err == (
        f"ocpi-gateway: the daemon is not running: nobody answers at {evening.folder}/gw.sock;"
        " run systemctl start ocpi-gateway\n"
    )


@pytest.mark.parametrize("words", [("sessions",), ("explain", SESSION), ("cdrs",), ("outbox",)], ids=" ".join)
async def test_the_journal_tells_the_same_as_the_daemon_and_it_is_said_so(
    evening: Evening, words: tuple[str, ...]
) -> None:
    said = await evening.ask(*words)
    assert said.code == 0
    assert said.out == golden(name_of(words))
    assert said.err == f"the daemon is not running; this is from {evening.journal}\n"


async def test_the_socket_of_a_killed_daemon_is_no_daemon(evening: Evening) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(evening.folder / "gw.sock"))
    said = await evening.ask("status")
    assert said.code == 3


async def test_without_daemon_and_journal_exit_code_3_says_both(evening: Evening) -> None:
    evening.journal.unlink()
    said = await evening.ask("sessions")
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("ocpi-gateway: the daemon is not running")
    assert str(evening.journal) in said.err


async def test_a_journal_that_is_none_is_one_line(evening: Evening) -> None:
    evening.journal.write_bytes(b"not a database at all" * 500)
    said = await evening.ask("replay")
    assert said.code == 1
    assert said.err.startswith("ocpi-gateway: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_the_exit_codes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"example:\n  ocpi-gateway {command}" in text
    last_word = "4 nothing fails" if command == "doctor" else "3 the daemon is not running"
    assert "\nexit codes: 0 " in text
    assert last_word in text
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("action", ["scan", "stats", "trace"])
def test_every_action_of_bus_has_help_with_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bus", action, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"example:\n  ocpi-gateway bus {action}" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_help_names_every_command_and_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["sessions", "--limit", "0"],
        ["meters", "--interval", "x"],
        ["faults", "mend", "1"],
        ["explain"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_end_with_exit_code_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


@pytest.mark.parametrize("command", ["status", "sessions", "replay"])
def test_a_config_that_is_not_there_ends_with_exit_code_2(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--config", "/nonexistent/gateway.toml"]) == 2
    assert capsys.readouterr().err == (
        "ocpi-gateway: /nonexistent/gateway.toml: no such file; create it or correct the name; see --config\n"
    )


async def test_check_config_reports_every_mistake_and_ends_with_exit_code_2(evening: Evening) -> None:
    said = await evening.ask("check-config")
    assert said.code == 2
    assert said.out.splitlines() == [
        'error: tokens_file: missing; add tokens_file = "…"',
        'error: site.country_code: missing; add country_code = "…"',
        'error: site.party_id: missing; add party_id = "…"',
        'error: site.currency: missing; add currency = "…"',
        "error: site.location: missing; add a table [site.location]",
        "error: evses: missing; describe each EVSE in a table [[evses]]",
        f"{evening.path}: 6 errors; not usable",
    ]


async def test_check_config_speaks_json(evening: Evening) -> None:
    said = await evening.ask("check-config", "--json")
    answer = json.loads(said.out)
    assert (said.code, answer["ok"], len(answer["findings"])) == (2, False, 6)
    assert (answer["config"], answer["errors"], answer["warnings"]) == (str(evening.path), 6, 0)
    assert answer["findings"][0] == {
        "path": "tokens_file",
        "found": None,
        "problem": 'missing; add tokens_file = "…"',
        "severity": "error",
        "drop_in": None,
    }


async def test_run_with_a_wrong_config_ends_with_exit_code_2_before_anything_is_opened(evening: Evening) -> None:
    said = await evening.ask("run")
    assert said.code == 2
    assert "error: site.currency: missing" in said.err
    assert "Traceback" not in said.err
