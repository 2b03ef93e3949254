"""How every command ends: with its exit code and at most one line of complaint, whatever it met."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit, InputRefused

_CONTROL = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
_OTHER_VERSION = "the running daemon is of another version than this command; run systemctl restart ocpi-gateway"


def ended(run: Callable[[], int], *, is_daemon: bool) -> int:
    """Run a command to its end and return its exit code.

    A bug is one line too, unless it is the daemon's, whose log must have all of it, or Python runs in development mode.
    """
    try:
        return _flushed(run)
    except CommandFailed as failure:
        complain(str(failure))
        return failure.exit_code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        _let_go_of_stdout()
        return Exit.OK
    except OSError as fault:
        if is_daemon:
            raise
        complain(_refused(fault))
        return Exit.FAILURE
    except Exception as bug:
        if is_daemon or sys.flags.dev_mode:
            raise
        complain(_OTHER_VERSION if type(bug).__module__ == "msgspec" else _described(bug))
        return Exit.FAILURE


def _flushed(run: Callable[[], int]) -> int:
    """Write all output before it is over, also where argparse ends it, so that a closed pipe is met here."""
    try:
        return run()
    finally:
        if sys.stdout is not None:  # it is None where the caller has closed it
            sys.stdout.flush()


def _let_go_of_stdout() -> None:
    """Keep Python from complaining once more, and from another exit code, when it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refused(fault: OSError) -> str:
    reason = (fault.strerror or str(fault)).lower()
    if fault.filename is not None:
        return f"cannot use {fault.filename}: {reason}; check the name, its rights and the disk"
    _let_go_of_stdout()
    return f"cannot write the output: {reason}; check where it goes"


def complain(text: str) -> None:
    """Say on one line what is wrong and what to do."""
    print(f"ocpi-gateway: {say(text)}", file=sys.stderr)


def check_words(words: Sequence[str]) -> None:
    """Raise InputRefused for what no line can be made of: bytes of another encoding, line ends, terminal commands."""
    for word in words:
        if any("\ud800" <= char <= "\udfff" for char in word):
            raise InputRefused(f"{word!a} is no UTF-8 text; check the terminal's encoding")
        if _CONTROL.intersection(word):
            raise InputRefused(f"{word!a} has a control character; leave it away")


def let_all_be_printed() -> None:
    """Let no sign end a command that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _described(bug: Exception) -> str:
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    kind, detail = type(bug).__name__, " ".join(str(bug).split())
    return f"this is a bug: {kind}: {detail}{where}; report it with ocpi-gateway doctor --support-bundle FILE"
