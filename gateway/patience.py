"""How long the site may keep facts in memory for company, so that one commit serves them all."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from gateway.core.facts import Fact
from gateway.core.instant import Instant, elapsed
from gateway.core.urgency import Urgency, urgency_of

NOT_AT_ALL: Final = timedelta(0)
# Long enough for the stop, the last reading and the answers of backends to meet in one commit.
SOON: Final = timedelta(seconds=2)
MOST_HELD: Final = 250  # facts in memory: after a night offline, answers come by the hundred


class Patience:
    """Without `later`, everything is written at once. Who keeps the flash budget turns `later` while the site runs."""

    def __init__(self, later: timedelta = NOT_AT_ALL) -> None:
        self.later = later
        self._since: Instant | None = None
        self._until = NOT_AT_ALL
        self._held = 0

    @property
    def is_any(self) -> bool:
        """Whether anything ever waits."""
        return self.later > NOT_AT_ALL

    def holds(self, facts: Iterable[Fact], now: Instant) -> bool:
        """Take more facts in, decided just now; tell whether they and those before them may wait on."""
        for fact in facts:
            self._held += 1
            self._take(self._lasts(urgency_of(fact)), now)
        return self._since is None or (elapsed(self._since, now) < self._until and self._held <= MOST_HELD)

    def forget(self) -> None:
        """Nothing waits any more: all of it is on disk, or has been given up."""
        self._since, self._until, self._held = None, NOT_AT_ALL, 0

    def _lasts(self, urgency: Urgency) -> timedelta:
        match urgency:
            case Urgency.NOW:
                return NOT_AT_ALL
            case Urgency.SOON:
                return min(SOON, self.later)
            case Urgency.LATER:
                return self.later

    def _take(self, patience: timedelta, now: Instant) -> None:
        if self._since is None or patience < self._until - elapsed(self._since, now):
            self._since, self._until = now, patience
