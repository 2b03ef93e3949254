"""Our modules as source text: what each imports and uses, without running any of it."""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

PACKAGES = ("gateway", "drivers", "hw-sim/hwsim")


@dataclass(frozen=True, eq=False)
class Module:
    """One file: its path from the repository's root, and what stands in it."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """What the text says."""
        return ast.parse(self.text, self.path)

    @cached_property
    def _nodes(self) -> dict[type[ast.AST], list[ast.AST]]:
        nodes = defaultdict(list)
        for node in ast.walk(self.tree):
            nodes[type(node)].append(node)
        return nodes

    def each(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """Every node of these kinds, one kind after the other."""
        return chain.from_iterable(self._nodes.get(kind, ()) for kind in kinds)


@dataclass(frozen=True)
class Use:
    """A dotted name as the interpreter would resolve it; `~x` is a name bound here, `?` any other value."""

    line: int
    name: str


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """Every Python file under these folders of `root`, in the order of their paths."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            yield _module(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))


@cache
def _module(path: str, text: str) -> Module:
    return Module(path, text)


@cache
def imports(module: Module) -> tuple[Use, ...]:
    """What is imported, as full names: `from a import b` is `a.b`, and so is `import_module("a.b")`."""
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[Use]:
    for node in module.each(ast.Import):
        yield from (Use(node.lineno, alias.name) for alias in node.names)
    for node in module.each(ast.ImportFrom):
        yield from (Use(node.lineno, f"{_origin(node, module.path)}.{alias.name}") for alias in node.names)
    for node in module.each(ast.Call):
        if dotted(node.func, {}).endswith(("import_module", "__import__")):
            yield from (Use(node.lineno, name.value) for name in node.args[:1] if isinstance(name, ast.Constant))


@cache
def uses(module: Module) -> frozenset[Use]:
    """What is imported or named: builtins as `builtins.open`, methods of unknown values as `?.method`."""
    known = _imported_names(module)
    named = module.each(ast.Name, ast.Attribute)
    return frozenset([*imports(module), *(Use(node.lineno, dotted(node, known)) for node in named)])


def dotted(node: ast.expr, known: dict[str, str]) -> str:
    """A name or attribute chain with its first part replaced by what was imported under that name."""
    if isinstance(node, ast.Name):
        if node.id in known:
            return known[node.id]
        return f"builtins.{node.id}" if hasattr(builtins, node.id) else f"~{node.id}"
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, known)}.{node.attr}"
    return "?"


def _imported_names(module: Module) -> dict[str, str]:
    known = {}
    for node in sorted(module.each(ast.Import, ast.ImportFrom), key=lambda node: node.lineno):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                known[alias.asname or first] = alias.name if alias.asname else first
        else:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{_origin(node, module.path)}.{alias.name}"
    return known


def _origin(node: ast.ImportFrom, path: str) -> str:
    """The module imported from; a relative import counts its dots from the importing file."""
    if not node.level:
        return node.module or ""
    package = path.removeprefix("hw-sim/").removesuffix(".py").split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])
