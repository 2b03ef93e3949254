"""Tables of text that fit a terminal: the last column takes what is left and wraps."""

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.cli.language import say

_GAP = "  "
_PIPED_WIDTH = 80
_NARROWEST_LAST = 16


class Style(StrEnum):
    """ANSI colours by what they mean."""

    GOOD = "32"
    BAD = "31"
    DOUBTFUL = "33"
    DIM = "2"
    HEAD = "1"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its meaning, and whether it stands at the right edge of its column."""

    text: str
    style: Style | None = None
    is_number: bool = False


def number(text: str, style: Style | None = None) -> Cell:
    """Return a cell that stands right."""
    return Cell(text, style, is_number=True)


def render(heads: Sequence[str], rows: Sequence[Sequence[Cell | str]], *, width: int, coloured: bool) -> list[str]:
    """Return the lines of a table; an empty `heads` leaves the heading away, a last cell may have several lines."""
    table = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    if heads:
        is_number = [bool(table) and table[0][index].is_number for index in range(len(heads))]
        table.insert(0, [Cell(say(head), Style.HEAD, number) for head, number in zip(heads, is_number, strict=True)])
    if not table:
        return []
    widths = [max(len(row[index].text) for row in table) for index in range(len(table[0]) - 1)]
    indent = sum(widths) + len(_GAP) * len(widths)
    room = max(_NARROWEST_LAST, width - indent)
    lines = []
    for row in table:
        first = "".join(
            paint(cell.text.rjust(size) if cell.is_number else cell.text.ljust(size), cell.style, coloured=coloured)
            + _GAP
            for cell, size in zip(row[:-1], widths, strict=True)
        )
        last = _wrapped(row[-1], room, max(len(each[-1].text) for each in table))
        lines.append((first + paint(last[0], row[-1].style, coloured=coloured)).rstrip())
        lines += [" " * indent + paint(more, row[-1].style, coloured=coloured) for more in last[1:]]
    return lines


def _wrapped(cell: Cell, room: int, longest: int) -> list[str]:
    if cell.is_number:
        return [cell.text.rjust(longest)]
    wrapped = [textwrap.wrap(line, room, break_on_hyphens=False) or [""] for line in cell.text.split("\n")]
    return [line for lines in wrapped for line in lines]


def show(heads: Sequence[str], rows: Sequence[Sequence[Cell | str]]) -> None:
    """Print a table as wide as the terminal, 80 columns elsewhere."""
    print("\n".join(render(heads, rows, width=terminal_width(), coloured=is_coloured())))


def print_folded(sentence: str) -> None:
    """Print a sentence in the terminal's language and at its width."""
    print("\n".join(wrapped(say(sentence), terminal_width(), "  ")))


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Return a sentence as lines; those after the first are indented, and nothing that can be typed is cut in two."""
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False) or [""]


def terminal_width() -> int:
    """Return the columns of the terminal; 80 where the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH


def stderr_width() -> int:
    """Return the columns of the terminal that standard error goes to; 80 where nobody knows."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _PIPED_WIDTH
    except (OSError, ValueError):
        return _PIPED_WIDTH


def is_coloured() -> bool:
    """Colours only on a terminal, and not where NO_COLOR asks for none."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, style: Style | None, *, coloured: bool) -> str:
    """Return the text in its colour where colours are wanted."""
    return f"\x1b[{style}m{text}\x1b[0m" if coloured and style is not None else text
