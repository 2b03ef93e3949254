"""The main file with the drop-ins beside it laid over it, and which file each value came from.

Drop-ins are `conf.d/*.toml` beside the main file, in the order of their names. A later file wins: tables are joined
key by key, entries of [[evses]] and their connectors by uid and id, anything else is replaced as a whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from gateway.config.files import read_toml
from gateway.config.findings import under

FOLDER = "conf.d"
# Lists of tables whose entries have a name of their own.
_LABELS = {"evses": "uid", "connectors": "id"}


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is neither a table nor a list of tables, and the file it stands in, relative to the main one."""

    value: Any
    file: str


@dataclass(frozen=True, slots=True)
class Layers:
    """`document` is what holds in the end; `values` has each value of it by its path, as findings write it."""

    document: dict[str, Any]
    values: Mapping[str, Written]
    main: str

    def drop_in_of(self, path: str) -> str | None:
        """Return which drop-in a value came from, None where it stands in the main file or nowhere."""
        written = self.values.get(path)
        return None if written is None or written.file == self.main else written.file


def read_layers(main: Path) -> Layers:
    """Read all files; ConfigError with one finding for the first that cannot be read."""
    document = read_toml(main)
    values = {path: Written(value, main.name) for path, value in _leaves(document, "")}
    for file in drop_ins(main):
        _lay(document, read_toml(file), "", f"{FOLDER}/{file.name}", values)
    return Layers(document, values, main.name)


def drop_ins(main: Path) -> tuple[Path, ...]:
    """Return the drop-ins of a main file in the order in which they are laid over it."""
    return tuple(sorted((main.absolute().parent / FOLDER).glob("*.toml")))


def _lay(below: dict[str, Any], above: dict[str, Any], path: str, file: str, values: dict[str, Written]) -> None:
    for key, value in above.items():
        at = under(path, key)
        known = below.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            _lay(known, value, at, file, values)
        elif key in _LABELS and _is_list_of_tables(value) and _is_list_of_tables(known):
            _lay_entries(known, value, at, file, values)
        else:
            _forget(values, at)
            below[key] = value
            values |= {leaf: Written(inner, file) for leaf, inner in _leaves(value, at)}


def _lay_entries(
    below: list[dict[str, Any]], above: list[dict[str, Any]], path: str, file: str, values: dict[str, Written]
) -> None:
    label = _LABELS[path.rpartition(".")[2]]
    known = {entry.get(label): entry for entry in below if isinstance(entry.get(label), str)}
    for entry in above:
        if entry.get(label) in known:
            _lay(known[entry[label]], entry, under(path, entry[label]), file, values)
        else:
            below.append(entry)
            at = _entry_path(path, entry, len(below))
            values |= {leaf: Written(inner, file) for leaf, inner in _leaves(entry, at)}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield path and value of all that is neither a table nor a list of tables."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, under(path, key))
    elif _is_list_of_tables(value):
        for number, inner in enumerate(value, start=1):
            yield from _leaves(inner, _entry_path(path, inner, number))
    else:
        yield path, value


def _entry_path(path: str, entry: Mapping[str, Any], number: int) -> str:
    name = entry.get(_LABELS.get(path.rpartition(".")[2], ""))
    return under(path, name) if isinstance(name, str) else f"{path}[{number}]"


def _is_list_of_tables(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _forget(values: dict[str, Written], path: str) -> None:
    for known in [known for known in values if known == path or known.startswith((f"{path}.", f"{path}["))]:
        del values[known]
