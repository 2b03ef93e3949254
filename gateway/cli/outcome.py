"""How commands end: exit codes, and failures that are one line for the operator."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILURE = 1
    BAD_INPUT = 2
    NOT_RUNNING = 3
    # The doctor's alone: nothing fails, something is to be looked at.
    DOUBTFUL = 4
    # As shells have it for Ctrl-C.
    INTERRUPTED = 130


EXIT_CODES = """\
exit codes: 0 done, 1 failed, 2 wrong arguments or configuration,
  3 the daemon is not running, 130 Ctrl-C"""


class CommandFailed(Exception):
    """The command cannot do what was asked; the message ends with the remedy."""

    exit_code = Exit.FAILURE


class DaemonNotRunning(CommandFailed):
    """Nobody answers at the socket."""

    exit_code = Exit.NOT_RUNNING


class InputRefused(CommandFailed):
    """An argument or the configuration cannot be used."""

    exit_code = Exit.BAD_INPUT
