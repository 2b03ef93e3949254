"""Which test proves which requirement: README.md beside this file, made from the tests' names.

.venv/bin/python tests/conformance/table.py     writes README.md anew
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
TESTS = HERE.parent
_TEST = re.compile(r"def (test_[a-z0-9_]+)\(")
_NUMBER = re.compile(r"(?<=_)r_?([0-9]{2})(?=_)")
_PREFIX = re.compile(r"test_(r_?[0-9]{2}_)*")
_HEAD = """# Conformance

What an OCPI peer may expect of a charge point operator, requirement by requirement, and the tests that hold it. A test
carries its number in its name, wherever it stands. `.venv/bin/python tests/conformance/table.py` makes this page.
"""


def requirements() -> dict[str, dict[str, str]]:
    """Return every requirement by number, by part."""
    parts: dict[str, dict[str, str]] = tomllib.loads((HERE / "requirements.toml").read_text(encoding="utf-8"))
    return parts


def proofs() -> Mapping[str, list[tuple[str, str]]]:
    """Return file and name of each test that carries a requirement's number."""
    found = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for name in _TEST.findall(file.read_text(encoding="utf-8")):
            for number in _NUMBER.findall(name):
                found[f"R-{number}"].append((file.relative_to(TESTS).as_posix(), name))
    return found


def page() -> str:
    """Return the page as it should stand in README.md."""
    return "\n".join([_HEAD, *_parts()])


def _parts() -> Iterator[str]:
    proven = proofs()
    for part, lines in requirements().items():
        yield f"## {part}\n"
        yield "| | requirement | tests |"
        yield "|---|---|---|"
        for number, statement in lines.items():
            yield f"| {number} | {statement} | {'<br>'.join(_told(proven.get(number, [])))} |"
        yield ""


def _told(tests: list[tuple[str, str]]) -> Iterator[str]:
    """Name each file once, with what its tests say."""
    by_file = defaultdict(list)
    for file, name in tests:
        by_file[file].append(_PREFIX.sub("", name).replace("_", " "))
    for file, sentences in by_file.items():
        yield f"[{file}](../{file}): {'; '.join(sentences)}"


if __name__ == "__main__":
    README.write_text(page(), encoding="utf-8")
