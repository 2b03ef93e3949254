"""Whether a file has the tables of the schema that its header names: to SQLite any number there is sound."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from typing import Final

_COLUMNS: Final = """
SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'"""


def what_does_not_fit(
    connection: sqlite3.Connection, version: int, schemas: Sequence[str], may_be_absent: Collection[str] = ()
) -> str | None:
    """Say what shows that the file is not of this version, `schemas` being those of all versions; None if it may be."""
    there = _columns(connection)
    with closing(sqlite3.connect(":memory:")) as model:
        for schema in schemas[: max(version, 0)]:
            model.executescript(schema)
        due = _columns(model)
    wrong = [table for table in there if there[table] != due.get(table)]
    wrong += [table for table in due if table not in there and table not in may_be_absent]
    if not wrong and version >= 0:
        return None
    tables = f"its tables {', '.join(sorted(wrong))} are not those of it" if wrong else "there is no such schema"
    return f"its header says schema {version}, and {tables}"


def _columns(connection: sqlite3.Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS):
        found.setdefault(table, set()).add(column)
    return found
