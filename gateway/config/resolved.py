"""Every value of a configuration that holds, and where it came from: the main file, a drop-in, or a default."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from gateway.config.convert import Entry
from gateway.config.dropins import Layers
from gateway.config.findings import under
from gateway.config.loading import Loaded
from gateway.config.shapes import RootTable

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Resolved:
    """One value as TOML would have it, None where it is not set; `source` is a file's name or `DEFAULT`."""

    path: str
    value: Any
    source: str


def written(layers: Layers) -> Iterator[Resolved]:
    """Yield what stands in the files, judged by nobody."""
    for path, it in layers.values.items():
        yield Resolved(path, it.value, it.file)


def resolved(loaded: Loaded) -> Iterator[Resolved]:
    """Yield every value that holds, table by table, defaults too."""
    for entry in loaded.entries:
        for each in dataclasses.fields(entry.shape):
            is_given_by_its_place = each.name in entry.values and each.name not in entry.written
            if not is_given_by_its_place and not _is_table(entry.values.get(each.name, each.default)):
                yield _resolve(loaded, entry, each)


def _resolve(loaded: Loaded, entry: Entry, each: dataclasses.Field[Any]) -> Resolved:
    path = under(entry.path, each.name)
    if each.name in entry.written:
        return Resolved(path, _plain(entry.values[each.name]), loaded.layers.values[path].file)
    # Defaults of the keys above the first table stand in the settings.
    value = getattr(loaded.settings, each.name, None) if entry.shape is RootTable else each.default
    return Resolved(path, _plain(value), DEFAULT)


def _is_table(value: Any) -> bool:
    """Tell whether a value is a table of its own, or a list of such: those are entries themselves."""
    return any(isinstance(it, Entry) or dataclasses.is_dataclass(it) for it in _items(value))


def _items(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case Enum():
            return value.value
        case Path():
            return str(value)
        case _:
            return value
