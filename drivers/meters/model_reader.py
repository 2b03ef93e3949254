"""Strict reading of a model file's tables: a wrong, missing or unknown key is a finding, and reading goes on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

_T = TypeVar("_T")


class Section:
    """One table of a file. Each method takes a key, checks it, and returns something usable even if it is wrong."""

    def __init__(self, raw: Mapping[str, Any], path: str, findings: list[str]) -> None:
        self._raw = dict(raw)
        self._path = path
        self._findings = findings
        self._seen: set[str] = set()

    def names(self) -> tuple[str, ...]:
        """All keys of the table; they count as known."""
        self._seen.update(self._raw)
        return tuple(self._raw)

    def complain(self, key: str, what: str) -> None:
        """Add a finding about a key."""
        self._findings.append(f"{self._path}{key}: {what}")

    def refuse_the_rest(self) -> None:
        """Turn every key nobody asked for into a finding."""
        for key in self._raw.keys() - self._seen:
            self.complain(key, f"is not a known key; known here are {', '.join(sorted(self._seen))}")

    def section(self, key: str) -> "Section":
        """Take a table."""
        value = self._take(key)
        if not isinstance(value, Mapping):
            value = self._wrong(key, value, "a table", {})
        return Section(value, f"{self._path}{key}.", self._findings)

    def sections(self, key: str) -> tuple["Section", ...]:
        """Take a list of at least one table."""
        value = self._take(key)
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            return tuple(
                Section(item, f"{self._path}{key}[{index}].", self._findings) for index, item in enumerate(value)
            )
        return self._wrong(key, value, f"a list of tables, [[{self._path}{key}]]", ())

    def has(self, key: str) -> bool:
        """Whether the table has this key; the key counts as known."""
        self._seen.add(key)
        return key in self._raw

    def complete(self, defaults: Mapping[str, Any]) -> None:
        """Let these stand where the table says nothing."""
        self._raw = {**defaults, **self._raw}

    def text(self, key: str) -> str:
        """Take a text that is not empty."""
        value = self._take(key)
        if isinstance(value, str) and value.strip():
            return value
        return self._wrong(key, value, "a text", "")

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of at least one text."""
        value = self._take(key)
        if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        return self._wrong(key, value, "a list of texts", ())

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """Take one of the allowed texts."""
        value = self._take(key)
        if isinstance(value, str) and value in set(allowed):
            return value
        return self._wrong(key, value, " or ".join(repr(str(item)) for item in allowed), allowed[0])

    def whole(self, key: str, least: int, most: int) -> int:
        """Take a whole number within bounds."""
        value = self._take(key)
        if _is_whole(value) and least <= value <= most:
            return int(value)
        return self._wrong(key, value, f"a whole number from {least} to {most}", least)

    def whole_of(self, key: str, allowed: Sequence[int]) -> int:
        """Take one of a few whole numbers."""
        value = self._take(key)
        if _is_whole(value) and value in set(allowed):
            return int(value)
        return self._wrong(key, value, " or ".join(str(int(item)) for item in allowed), int(allowed[0]))

    def wholes(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """Take a list of at least one whole number within bounds."""
        value = self._take(key)
        if isinstance(value, list) and value and all(_is_whole(item) and least <= item <= most for item in value):
            return tuple(value)
        return self._wrong(key, value, f"a list of whole numbers from {least} to {most}", ())

    def number(self, key: str) -> Decimal:
        """Take a positive number, exactly as written."""
        value = self._take(key)
        if _is_finite(value) and value > 0:
            return Decimal(value)
        return self._wrong(key, value, "a number above 0", Decimal(1))

    def bounds(self, key: str) -> tuple[Decimal, Decimal]:
        """Take a [least, most] pair of numbers, both included."""
        value = self._take(key)
        match value:
            case [low, high] if _is_finite(low) and _is_finite(high) and low <= high:
                return Decimal(low), Decimal(high)
        return self._wrong(key, value, "two numbers, [least, most]", (Decimal(0), Decimal(0)))

    def seconds(self, key: str, *, least: Decimal) -> float:
        """Take a duration of at most a minute."""
        value = self._take(key)
        if _is_finite(value) and least <= value <= 60:  # noqa: PLR2004 - a minute
            return float(value)
        return self._wrong(key, value, f"seconds from {least} to 60", float(least))

    def ranges(self, key: str, most: int) -> tuple[tuple[int, int], ...]:
        """Take a list of [first, last] pairs, both included."""
        value = self._take(key)
        if isinstance(value, list) and value and all(_is_range(item, most) for item in value):
            return tuple((low, high) for low, high in value)
        return self._wrong(key, value, f"a list of [first, last] within 0 to {most}", ())

    def _take(self, key: str) -> Any:
        self._seen.add(key)
        if key not in self._raw:
            self.complain(key, "is missing")
        return self._raw.get(key)

    def _wrong(self, key: str, value: object, wanted: str, instead: _T) -> _T:
        if value is not None:
            self.complain(key, f"must be {wanted}, not {value!r}")
        return instead


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, Decimal) and value.is_finite())


def _is_range(item: object, most: int) -> bool:
    match item:
        case [int(low), int(high)] if not isinstance(low, bool) and not isinstance(high, bool):
            return 0 <= low <= high <= most
    return False
