"""The log: one event per line on stderr, logfmt for people or JSON for machines; each value a field in the journal."""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway import journald

# The numbers of syslog(3), which journald uses too.
_PRIORITIES = {"critical": 2, "exception": 3, "error": 3, "warning": 4, "info": 6, "debug": 7}
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_PLAIN = (str, int, float, bool, type(None), list, tuple, dict)


class LogFormat(StrEnum):
    """How a line looks."""

    LOGFMT = "logfmt"
    JSON = "json"


def configure(
    log_format: LogFormat = LogFormat.LOGFMT,
    level: str = "info",
    stream: TextIO | None = None,
    environment: Mapping[str, str] = os.environ,
    journal: Path = journald.SOCKET,
) -> None:
    """Set up structlog for the whole process; `level` is debug, info, warning or error (KeyError for another)."""
    stream = stream or sys.stderr
    is_journal = _is_journal(stream, environment)
    logger = journald.JournalLogger(journal, stream) if is_journal else structlog.PrintLogger(stream)
    structlog.configure(
        processors=_processors(log_format, is_journal=is_journal),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: logger,
    )


def set_level(level: str) -> None:
    """Change from which weight on events are logged, see `configure`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]))


def _processors(log_format: LogFormat, *, is_journal: bool) -> list[Processor]:
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        _plain,
    ]
    if not is_journal:
        # journald keeps time and priority itself, the time with better resolution.
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
        processors += [structlog.processors.add_log_level, stamp]
    if log_format is LogFormat.JSON:
        render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        order = ["at", "level", "event"]
        render = structlog.processors.LogfmtRenderer(key_order=order, drop_missing=True, bool_as_flag=False)
    processors.append(partial(_journal_entry, render) if is_journal else render)
    return processors


def _is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """JOURNAL_STREAM names the device and inode of journald's pipe (systemd.exec(5)); children inherit the variable."""
    named = environment.get("JOURNAL_STREAM")
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{status.st_dev}:{status.st_ino}"


def _plain(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Let objects print themselves, so that a TokenUid stays redacted, and keep each event on one line."""
    return {key: _plain_value(value) for key, value in event.items()}


def _plain_value(value: object) -> object:
    if not isinstance(value, _PLAIN):
        value = str(value)
    if isinstance(value, str) and not value.isprintable():
        return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in value)
    return value


def _journal_entry(
    render: Processor, logger: WrappedLogger, name: str, event: EventDict
) -> tuple[tuple[str, int, Mapping[str, object]], dict[str, object]]:
    """Return what JournalLogger.entry takes."""
    values = dict(event)
    return (str(render(logger, name, event)), _PRIORITIES.get(name, 6), values), {}
