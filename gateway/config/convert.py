"""TOML tables to field values: driven by the dataclass's own types, collecting every finding on the way."""

import dataclasses
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from gateway.config.files import place_of
from gateway.config.findings import Finding, error, suggestion, under
from gateway.config.limits import LIMITS

Values = dict[str, Any]
_WRONG = object()
_NAME = re.compile(r"[A-Za-z0-9_-]{1,36}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A table as far as it could be understood: `values` holds what is right, `written` names all keys in it."""

    path: str
    shape: type
    values: Values
    written: frozenset[str] = frozenset()

    def get(self, key: str) -> Any:
        """Return the value of a field, None where it is absent or wrong."""
        return self.values.get(key)

    def build(self) -> Any:
        """Make the value; only right where no error was found."""
        built = {key: _built(value) for key, value in self.values.items()}
        return self.shape(**built)


def _built(value: Any) -> Any:
    if isinstance(value, Entry):
        return value.build()
    if isinstance(value, tuple):
        return tuple(_built(item) for item in value)
    return value


@dataclass(frozen=True, slots=True)
class Converter:
    """Turns tables into entries and keeps all of them; `folder` is what relative file names are relative to."""

    folder: Path
    findings: list[Finding] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def table(self, raw: object, shape: type, path: str, given: Mapping[str, Any] | None = None) -> Entry:
        """Convert one table to the fields of `shape`; `given` are fields that the table's place already says."""
        given = given or {}
        entry = Entry(path, shape, dict(given), frozenset(raw) if isinstance(raw, dict) else frozenset())
        self.entries.append(entry)
        if not isinstance(raw, dict):
            self.findings.append(error(path, f"must be a table, written as [{path}]", raw))
            return entry
        hints = get_type_hints(shape)
        fields = {each.name: each for each in dataclasses.fields(shape) if each.name not in given}
        for key, value in raw.items():
            at = under(path, key)
            if key not in fields:
                self.findings.append(error(at, f"unknown key; {suggestion(key, fields.keys(), 'keys here')}", value))
                continue
            converted = self._value(value, hints[key], at)
            if converted is _WRONG:
                continue
            problem = LIMITS.get((shape, key), _no_limit)(converted)
            if problem is None:
                entry.values[key] = converted
            else:
                self.findings.append(error(at, problem, value))
        self.findings.extend(
            error(under(path, name), _how_to_add(under(path, name), hints[name]))
            for name, each in fields.items()
            if name not in raw and each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        )
        return entry

    def named(self, raw: object, shape: type, path: str) -> tuple[Entry, ...]:
        """Convert a table of named tables, [path.NAME]; the name becomes the field `name`."""
        tables = self.tables(raw, path)
        return tuple(self.table(table, shape, under(path, name), {"name": name}) for name, table in tables.items())

    def tables(self, raw: object, path: str) -> dict[str, Mapping[str, object]]:
        """Return what stands in a table of named tables by name, without what is no table or has no good name."""
        if not isinstance(raw, dict):
            self.findings.append(error(path, f"must hold tables, written as [{path}.NAME]", raw))
            return {}
        tables: dict[str, Mapping[str, object]] = {}
        for name, value in raw.items():
            if not isinstance(value, dict):
                self.findings.append(error(under(path, name), f"must be a table, written as [{path}.NAME]", value))
            elif not _NAME.fullmatch(name):
                problem = "a name is up to 36 letters, digits, - and _; choose another name"
                self.findings.append(error(under(path, name), problem))
            else:
                tables[name] = value
        return tables

    def listed(self, raw: object, shape: type, path: str, label: str) -> tuple[Entry, ...]:
        """Convert a list of tables, [[path]]; an entry's path carries its `label` field, or its place from 1."""
        if not isinstance(raw, list):
            self.findings.append(error(path, f"must be a list of tables, written as [[{path}]]", raw))
            return ()
        entries = []
        labels = [item.get(label) if isinstance(item, dict) else None for item in raw]
        for index, item in enumerate(raw):
            name = labels[index]
            unique = isinstance(name, str) and labels.count(name) == 1
            entries.append(self.table(item, shape, under(path, str(name)) if unique else f"{path}[{index + 1}]"))
        return tuple(entries)

    def _value(self, raw: object, hint: Any, path: str) -> Any:
        wanted = _plain(hint)
        if get_origin(wanted) is tuple:
            item = get_args(wanted)[0]
            return self._names(raw, path) if item is str else self.listed(raw, item, path, "id")
        if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
            return self.table(raw, wanted, path)
        if issubclass(wanted, StrEnum):
            return self._word(raw, wanted, path)
        return self._scalar(raw, wanted, path)

    def _scalar(self, raw: object, wanted: type, path: str) -> Any:
        if wanted is Path and isinstance(raw, str) and raw and "\0" not in raw:
            return place_of(self.folder, raw)
        if wanted is float and isinstance(raw, int) and not isinstance(raw, bool):
            return float(raw)
        if isinstance(raw, wanted) and not (wanted is int and isinstance(raw, bool)):
            return raw
        self.findings.append(error(path, f"must be {_KINDS[wanted]}", raw))
        return _WRONG

    def _names(self, raw: object, path: str) -> Any:
        if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
            return tuple(raw)
        self.findings.append(error(path, 'must be a list of names, such as ["front"]', raw))
        return _WRONG

    def _word(self, raw: object, words: type[StrEnum], path: str) -> Any:
        known = [word.value for word in words]
        if isinstance(raw, str) and raw in known:
            return words(raw)
        if isinstance(raw, str):
            self.findings.append(error(path, f"unknown word; {suggestion(raw, known, 'words')}", raw))
        else:
            self.findings.append(error(path, "must be one of " + ", ".join(f'"{word}"' for word in known), raw))
        return _WRONG


_KINDS: Mapping[type, str] = {
    str: "text in quotes",
    int: "a whole number, without quotes",
    float: "a number, without quotes",
    bool: "true or false",
    Path: "a file name in quotes",
}


def _no_limit(_value: Any) -> str | None:
    return None


def _plain(hint: Any) -> Any:
    """Return the type behind an optional or a NewType."""
    if get_origin(hint) in {Union, types.UnionType}:
        hint = next(arg for arg in get_args(hint) if arg is not types.NoneType)
    return hint.__supertype__ if isinstance(hint, NewType) else hint


def _how_to_add(path: str, hint: Any) -> str:
    """Return what would be right where a value is missing."""
    wanted = _plain(hint)
    name = path.rpartition(".")[2]
    if dataclasses.is_dataclass(wanted):
        return f"missing; add a table [{path}]"
    if get_origin(wanted) is tuple and get_args(wanted)[0] is not str:
        return f"missing; add a table [[{re.sub(r'[.][^.]+[.]', '.', path)}]]"
    return f"missing; add {name} = {_sample(wanted)}"


def _sample(wanted: Any) -> str:
    if get_origin(wanted) is tuple:
        return "[…]"
    if issubclass(wanted, StrEnum):
        return " or ".join(f'"{word.value}"' for word in wanted)
    return '"…"' if wanted in {str, Path} else "…"
