"""What commands print, word for word at 80 columns, as files: at least one for each command and each of its actions.

Those of golden_lines are never folded: the values of `config show`, and complaints. Each is one line, so that it can be
searched and logged.
"""

from pathlib import Path

HERE = Path(__file__).parent
FOLDED = ("golden", "golden_bus", "golden_doctor")
UNFOLDED = "golden_lines"


def golden(name: str, **filled: object) -> str:
    """Return what a file says, with {what} only the test knows filled in."""
    text = files()[name].read_text(encoding="utf-8")
    for what, value in filled.items():
        text = text.replace(f"{{{what}}}", str(value))
    return text


def files() -> dict[str, Path]:
    """Return every golden file by its name."""
    return {file.stem: file for folder in (*FOLDED, UNFOLDED) for file in sorted((HERE / folder).glob("*.txt"))}


def name_of(words: tuple[str, ...]) -> str:
    """Return how the file of a command line is called."""
    return "_".join(words).replace("--", "")
