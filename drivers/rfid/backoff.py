"""How long to wait before a reader is sought again."""

from collections.abc import Iterator

_FIRST_S = 0.1
_LONGEST_S = 5.0


def delays_s() -> Iterator[float]:
    """Yield 0.1 s, doubling up to 5 s and staying there; start anew after each success."""
    delay = _FIRST_S
    while True:
        yield delay
        delay = min(2 * delay, _LONGEST_S)
