"""An end to everything that may hang: a check that takes too long is broken off, whatever it waits for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeUp(Exception):
    """The time for this was over. Not an OSError: who catches those must not swallow it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TimeUp inside the block when it takes longer; never outside the main thread, where no signal comes."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TimeUp

    try:
        before = signal.signal(signal.SIGALRM, ring)
    except ValueError:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
