"""How reading a whole journal goes, for whoever waits for it."""

from collections.abc import Callable
from typing import Final

# Facts between two words: some milliseconds.
EVERY: Final = 500

Going = Callable[[int, int], None]
"""Hears how many facts are read, and of how many."""


def quietly(_facts: int, _of: int) -> None:
    """Tell nobody."""
