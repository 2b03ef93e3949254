"""What breaks the laws: each function reads the source under a root and tells the places."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from itertools import chain
from pathlib import Path

from architecture.laws import ARROWS, Allowance, Ban
from architecture.names import EMPTY_NAMES, LOG_METHODS, MAX_LINES, SECRET_NAMES
from architecture.source_text import PACKAGES, Module, dotted, imports, modules, uses


@dataclass(frozen=True)
class Breach:
    """Where a law is broken, which, and what to do."""

    path: str
    line: int
    law: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.law}: {self.remedy}"


def allowance_breaches(root: Path, allowance: Allowance) -> Iterator[Breach]:
    """Imports that are not on the list."""
    for module in modules(root, allowance.where):
        for found in imports(module):
            if not any(found.name == name or found.name.startswith(f"{name}.") for name in allowance.allowed):
                yield Breach(module.path, found.line, f"{allowance.name}, but imports {found.name}", allowance.remedy)


def arrow_breaches(root: Path) -> Iterator[Breach]:
    """Imports between parts of gateway/ that are no arrow of the picture."""
    for module in modules(root, "gateway"):
        part = _part(module.path.split("/")[1].removesuffix(".py"))
        if part not in ARROWS:
            yield Breach(module.path, 1, f"gateway/{part} is on no list", "say in ARROWS whom it may import")
            continue
        for found in imports(module):
            package, *names = found.name.split(".")
            target = _part(names[0]) if names else ""
            if package == "gateway" and target not in {part, *ARROWS[part]}:
                remedy = "declare a small Protocol here, and let daemon.py hand the other in"
                yield Breach(module.path, found.line, f"no arrow leads from {part} to {target or 'gateway'}", remedy)


def _part(name: str) -> str:
    return name if name.startswith("__") else name.partition("_")[0]


def ban_breaches(root: Path, ban: Ban) -> Iterator[Breach]:
    """Names that stand where they must not."""
    is_banned = re.compile("|".join(map(translate, ban.names))).match
    for module in modules(root, *ban.where):
        if module.path.startswith(ban.only_in or ("\0",)):
            continue
        for found in sorted((use for use in uses(module) if is_banned(use.name)), key=lambda use: (use.line, use.name)):
            yield Breach(module.path, found.line, f"{ban.name}, but here is {found.name}", ban.remedy)


def float_breaches(root: Path) -> Iterator[Breach]:
    """Float literals in the pure rooms."""
    for module in modules(root, "gateway/core", "gateway/ocpi"):
        for node in module.each(ast.Constant):
            if isinstance(node.value, float):
                law = f"floats stop at drivers, but here is {node.value!r}"
                yield Breach(module.path, node.lineno, law, "write an int, or a Decimal from a string")


def secret_breaches(root: Path) -> Iterator[Breach]:
    """A card's uid or a secret inside what is raised or logged. A TokenUid prints redacted; its `.value` does not."""
    for module in modules(root, "gateway", "drivers"):
        for statement in chain(module.each(ast.Raise), filter(_is_log_call, module.each(ast.Call))):
            for node in ast.walk(statement):
                if isinstance(node, ast.Name | ast.Attribute) and _tells_a_secret(dotted(node, {}), module):
                    law = f"secrets and uids reach no log and no error, but here is {ast.unparse(node)}"
                    yield Breach(module.path, node.lineno, law, "leave it out, or show the redacted TokenUid")


def _is_log_call(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Attribute):
        return False
    owner = dotted(node.func.value, {}).rpartition(".")[2]
    return node.func.attr in LOG_METHODS and owner.strip("~_") in {"log", "logger", "LOG"}


def _tells_a_secret(name: str, module: Module) -> bool:
    *before, last = name.removeprefix("~").split(".")
    if last in SECRET_NAMES:
        return True
    if module.path.startswith("drivers/"):
        return last in {"uid", "card_uid", "uid_hex"}
    return last == "value" and bool(before) and before[-1].endswith("uid") and before[-1] != "evse_uid"


def sign_breaches(root: Path) -> Iterator[Breach]:
    """Modules without a sign on the door."""
    for module in modules(root, *PACKAGES):
        if not module.text.startswith('"""') or not ast.get_docstring(module.tree):
            yield Breach(module.path, 1, "no sign on the door", "begin the file with a docstring: what lives here")


def size_breaches(root: Path) -> Iterator[Breach]:
    """Modules over the wall."""
    for module in modules(root, *PACKAGES, "tests"):
        lines = len(module.text.splitlines())
        if lines > MAX_LINES:
            yield Breach(module.path, lines, f"{lines} lines, over {MAX_LINES}", "find the second room in it")


def name_breaches(root: Path) -> Iterator[Breach]:
    """Files and folders whose name says nothing."""
    for module in modules(root, *PACKAGES, "tests"):
        for part in Path(module.path).with_suffix("").parts:
            if part.lower().strip("_") in EMPTY_NAMES:
                yield Breach(module.path, 1, f"{part!r} names no room", "the design is missing a word: find it")
