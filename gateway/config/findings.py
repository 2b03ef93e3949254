"""What is wrong with a configuration: findings with their path, the value found and what would be right."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SECRET_KEY = re.compile(r"(token|password|secret|passphrase|private_key|pin)s?$", re.IGNORECASE)
HIDDEN = "…"
_LONGEST_SHOWN = 60


class Severity(StrEnum):
    """An error keeps the gateway from starting; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake. `path` is the key as in TOML, `found` the value as TOML would show it (None: there is none).

    `drop_in` is the file beside the main one that the value stands in.
    """

    path: str
    found: str | None
    problem: str
    severity: Severity = Severity.ERROR
    drop_in: str | None = None

    @property
    def line(self) -> str:
        """The finding as one line of text."""
        place = self.path if self.found is None else f"{self.path} = {self.found}"
        return f"{place}: {self.problem}" if self.drop_in is None else f"{self.drop_in}: {place}: {self.problem}"


class ConfigError(Exception):
    """The configuration cannot be used; carries every finding, warnings included."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(finding.line for finding in self.findings))


def error(path: str, problem: str, found: object = None) -> Finding:
    """Make an error; `found` is the value as read, None where a key is missing."""
    return Finding(path, None if found is None else shown(path, found), problem)


def warning(path: str, problem: str, found: object = None) -> Finding:
    """Make a warning; `found` as in `error`."""
    return Finding(path, None if found is None else shown(path, found), problem, Severity.WARNING)


def under(path: str, key: str) -> str:
    """Return the path of `key` in the table at `path`, quoted as TOML would."""
    name = key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    return f"{path}.{name}" if path else name


def shown(path: str, value: object) -> str:
    """Return a value as `in_full`, shortened unless a path."""
    if isinstance(value, list | tuple) and not is_secret(path):
        return "[" + ", ".join(shown("", item) for item in value) + "]"
    text = in_full(path, value)
    return text if len(text) <= _LONGEST_SHOWN or isinstance(value, Path) else text[: _LONGEST_SHOWN - 1] + "…"


def in_full(path: str, value: object) -> str:
    """Return a value as TOML would show it; what stands under a secret's name is not shown."""
    if is_secret(path):
        return HIDDEN
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_full("", item) for item in value) + "]"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | int | float) else str(value)


def is_secret(path: str) -> bool:
    """Whether what stands under a key is nobody's business, though it should stand in a file of its own."""
    return bool(_SECRET_KEY.search(path))


def suggestion(wrong: str, known: Collection[str], kind: str) -> str:
    """Return what the writer may have meant: the nearest known name, else all of them."""
    by_folded = {name.casefold(): name for name in known}
    import difflib  # noqa: PLC0415 - for those who made a mistake

    near = difflib.get_close_matches(wrong.casefold(), by_folded, n=1)
    if near:
        return f'did you mean "{by_folded[near[0]]}"?'
    if not known:
        return f"there are no {kind}"
    return f"known {kind}: {', '.join(sorted(known))}"
