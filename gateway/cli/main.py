"""The console script: finds the subcommand by name and loads no other."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

from gateway.cli.ending import check_words, ended, let_all_be_printed
from gateway.cli.language import ENGLISH, Language, language_of, speak
from gateway.cli.outcome import EXIT_CODES, Exit

DEFAULT_CONFIG = Path("/etc/ocpi-gateway/gateway.toml")

# Name: what it does. The module has the same name with _ for -.
COMMANDS = {
    "run": "run the gateway (this is what the service does)",
    "init": "search the wires, ask the rest, and write a configuration",
    "doctor": "check all that a site needs, and say what would mend it",
    "check-config": "report every mistake in the configuration at once",
    "config": "each value of the configuration, and which file says so",
    "status": "the site at a glance: EVSEs, meters, readers, backends",
    "meters": "what every meter shows now, and how well it answers",
    "sessions": "the newest sessions",
    "explain": "one session as a timeline, with its bill",
    "cdrs": "the newest CDRs; what a backend has of them, and resending",
    "cdr": "take a CDR back with a credit CDR, and bill anew",
    "price": "what a CDR should cost, line by line; needs no daemon",
    "outbox": "what backends do not have yet",
    "peers": "other OCPI platforms: register, list, rotate, forget",
    "ledger": "where every Wh went: to a session, or to nobody",
    "meter-exchanged": "say that another meter was put in, with both counter values",
    "faults": "clear the faults of an EVSE after a repair",
    "bus": "search a Modbus line, count its errors, trace its frames",
    "replay": "prove that everything derived follows from the recorded facts",
    "verify": "prove that no recorded fact was edited, removed or moved",
    "install-service": "put the service in place after pip installed this",
}


class Command(Protocol):
    """What a subcommand's module offers; with --json, JSON says its keys: {of an object}, [of each in a list].

    EXIT_CODES where they are others than everywhere.
    """

    EXAMPLE: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which arguments there are."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; return the exit code."""
        ...


def main(argv: Sequence[str] | None = None, language: Language | None = None) -> int:
    """Run one command line, in the locale's language unless told; returns the exit code, and ends in no traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    speak(language or language_of())
    let_all_be_printed()
    return ended(lambda: _run(words), is_daemon=words[:1] == ["run"])


def _run(words: Sequence[str]) -> int:
    check_words(words)
    name = _command_name(words)
    module: Command = import_module(f"gateway.cli.{name.replace('-', '_')}")
    arguments = _parser(name, module).parse_args(words[1:])
    if getattr(arguments, "json", False):
        speak(ENGLISH)  # numbers in sentences included; what is said on stderr goes to a machine's log
    return module.run(arguments)


def _json_of(module: Command) -> str:
    keys = getattr(module, "JSON", None)
    return "" if keys is None else f"keys of --json:\n{keys}\n\n"


class _Parser(argparse.ArgumentParser):
    """Complains on one line."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong and where to read on."""
        self.exit(Exit.BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def _command_name(words: Sequence[str]) -> str:
    parser = _Parser(
        prog="ocpi-gateway",
        usage="ocpi-gateway COMMAND [OPTIONS]",
        description="Meters, card readers and contactors of a charging site in, OCPI out.",
        epilog="commands:\n"
        + "\n".join(f"  {name:<17}{what}" for name, what in COMMANDS.items())
        + f"\n\nocpi-gateway COMMAND --help tells more, with an example.\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    parser.add_argument("command", choices=tuple(COMMANDS), metavar="COMMAND", nargs="?", help="what to do, see below")
    top = parser.parse_args(words[:1])
    if top.version:
        from gateway.version import VERSION  # noqa: PLC0415 - only --version needs it

        print(f"ocpi-gateway {VERSION}")
        sys.exit(Exit.OK)
    if top.command is None:
        parser.print_help()
        sys.exit(Exit.BAD_INPUT)
    name: str = top.command
    return name


def _parser(name: str, module: Command) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"ocpi-gateway {name}",
        description=COMMANDS[name][:1].upper() + COMMANDS[name][1:] + ".",
        epilog=f"example:\n  {module.EXAMPLE}\n\n{_json_of(module)}{getattr(module, 'EXIT_CODES', EXIT_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help=f"default {DEFAULT_CONFIG}")
    module.add_arguments(parser)
    return parser
