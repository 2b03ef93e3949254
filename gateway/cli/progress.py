"""A bar on the terminal for what takes longer than a moment; nothing where nobody looks."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from gateway.cli.language import say
from gateway.cli.table import stderr_width
from gateway.cli.words import span

_CLEAR_LINE = "\r\x1b[K"
_PATIENCE_S = 0.5  # what is done sooner needs no bar
_AGAIN_S = 0.1
_CELLS = 12
_LEAST_TO_GUESS = 0.02


class Progress:
    """A line on standard error that is drawn over again; silent where that is no terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._is_shown = sys.stderr.isatty() and not quiet
        self._began_s = time.monotonic()
        self._drawn_s = 0.0
        self._is_drawn = False

    def show(self, share: float, what: str, left_s: float | None = None) -> None:
        """Say how much is done, 0 to 1, and with what; the rest is guessed from the time so far unless given."""
        now = time.monotonic()
        if not self._is_shown or now - self._began_s < _PATIENCE_S or now - self._drawn_s < _AGAIN_S:
            return
        self._drawn_s = now
        share = min(1.0, max(0.0, share))
        if left_s is None and share > _LEAST_TO_GUESS:
            left_s = (now - self._began_s) * (1 - share) / share
        left = "" if left_s is None else f", {say(f'{span(timedelta(seconds=left_s))} left')}"
        done = round(share * _CELLS)
        line = f"[{'#' * done}{'.' * (_CELLS - done)}] {share * 100:3.0f} %{left}  {what}"
        print(f"{_CLEAR_LINE}{line[: stderr_width() - 1]}", end="", file=sys.stderr, flush=True)
        self._is_drawn = True

    def going(self, what: str, done: int, of: int) -> None:
        """Say that so many of all are done."""
        self.show(done / max(1, of), what)

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._is_drawn:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
            self._is_drawn = False

    def again(self) -> None:
        """Begin another bar."""
        self.clear()
        self._began_s = time.monotonic()


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Lend a bar, and take it away at the end."""
    bar = Progress(quiet=quiet)
    try:
        yield bar
    finally:
        bar.clear()
