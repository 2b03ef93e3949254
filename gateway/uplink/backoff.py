"""How long to wait after a failure: longer each time, never in step with other gateways."""

from dataclasses import dataclass

_MOST_DOUBLINGS = 32  # keeps the power of two a small number however long a backend is away


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling from `base_s` to `cap_s`; half of each wait is fixed, half is chance, so that sites spread out.

    `spread_s`: what all lose at one moment they come back to within this time, each at a moment of its own.
    """

    base_s: float = 1.0
    cap_s: float = 60.0
    spread_s: float = 0.0

    def wait_s(self, failures: int, chance: float, retry_after_s: int | None = None) -> float:
        """Return the wait after that many failures in a row (1 or more); `chance` is in [0, 1).

        What the backend asked for is honoured: it is the least, and jitter comes on top of it.
        """
        longest = min(self.cap_s, self.base_s * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
        own = longest / 2 + chance * longest / 2
        if retry_after_s is None or retry_after_s <= own:
            return own
        return retry_after_s + chance * self.base_s
