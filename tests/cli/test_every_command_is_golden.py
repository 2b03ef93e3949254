"""No command prints what nobody has read: each has golden files, and they fit the terminal."""

import argparse
from collections.abc import Iterator
from importlib import import_module

import pytest
from cli.goldens import HERE, UNFOLDED, files
from web.garage_day import CARD

from gateway.cli.main import COMMANDS


def command_lines() -> Iterator[tuple[str, ...]]:
    """Yield each command, and each action that its arguments let choose from."""
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        import_module(f"gateway.cli.{command.replace('-', '_')}").add_arguments(parser)
        yield (command,)
        for argument in parser._actions:  # noqa: SLF001 - argparse tells its arguments no other way
            if argument.dest == "action":
                yield from ((command, action) for action in argument.choices or ())


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_every_command_and_action_has_a_golden_file(words: tuple[str, ...]) -> None:
    name = "_".join(words)
    assert [each for each in files() if f"{each}_".startswith(f"{name}_")], f"add {name}.txt, and a test that reads it"


def test_the_actions_of_commands_are_found() -> None:
    assert {("peers", "rotate"), ("bus", "scan"), ("cdrs", "resend"), ("cdr", "credit")} <= set(command_lines())


def test_every_golden_file_is_read_by_a_test() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in HERE.parent.rglob("test_*.py"))
    words = tests.replace("SESSION", '"ec222c62"').replace("--", "").replace('", "', "_")
    assert [name for name in files() if f'"{name}"' not in words and f'"{name}_' not in words] == []


def test_no_line_of_a_golden_file_is_longer_than_80_columns() -> None:
    for name, file in files().items():
        if file.parent.name != UNFOLDED:
            lines = file.read_text(encoding="utf-8").splitlines()
            assert max(len(line) for line in lines) <= 80, name


def test_what_is_never_folded_is_one_line_each() -> None:
    unfolded = [file for file in files().values() if file.parent.name == UNFOLDED]
    assert unfolded
    for file in unfolded:
        assert not [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(" ")], file.name


def test_no_golden_file_names_a_card() -> None:
    assert [name for name, file in files().items() if CARD in file.read_text(encoding="utf-8")] == []
