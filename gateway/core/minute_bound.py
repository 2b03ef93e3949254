"""How much one outside party may have written down within a minute: journals lie on flash."""

from collections import deque
from datetime import timedelta

from gateway.core.instant import Instant, elapsed

_MINUTE = timedelta(minutes=1)


class MinuteBound:
    """Counts what each party had written down in the last minute; a count that is full lets nothing more through."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._recent: dict[str, deque[Instant]] = {}

    def admits(self, party: str, now: Instant) -> bool:
        """Count one more; False, and not counted, where it would be too many."""
        recent = self._recent.setdefault(party, deque())
        while recent and elapsed(recent[0], now) >= _MINUTE:
            recent.popleft()
        if len(recent) >= self._most:
            return False
        recent.append(now)
        return True
