"""The sentences that a module says, found in its source: what the languages must know."""

import ast
from collections.abc import Iterator
from pathlib import Path

_GATEWAY = Path(__file__).parents[2] / "gateway"
_DRIVERS = Path(__file__).parents[2] / "drivers"
# Texts of --help, which the man page is made of, and what is no sentence.
_OF_HELP = {"add_argument", "add_parser", "ArgumentParser"}
_NO_SENTENCES = {"compile", "TypeVar", "NewType"}
_OF_MAN_PAGE = {"EXAMPLE", "EXIT_CODES", "COMMANDS", "JSON"}
_SQL = {"SELECT", "PRAGMA", "BEGIN", "DROP"}
_LEAST_LETTERS = 4


def said_in(module: str) -> set[str]:
    """Return every sentence in a module, {} for what is filled in."""
    file = (_DRIVERS.parent if module.startswith("drivers/") else _GATEWAY) / f"{module}.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {text for text in _texts(tree) if _is_sentence(text)}


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _name(node.func) in _OF_HELP | _NO_SENTENCES:
        return
    if isinstance(node, ast.Assign) and any(_name(each) in _OF_MAN_PAGE for each in node.targets):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _is_sentence(text: str) -> bool:
    words = text.replace("{}", "x").split()
    has_letters = sum(char.isalpha() for char in text) >= _LEAST_LETTERS
    return len(words) > 1 and has_letters and "\x1b" not in text and words[0] not in _SQL


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
