"""What we write down of time itself: when the clock was right, and that a bill no longer waits for it; see facts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLearned:
    """What this fact's own stamp shows is the time: all of this boot is reckoned from it, what came before included.

    `moved_ms` is how far the wall clock is from what was believed until now.
    """

    moved_ms: int


@dataclass(frozen=True, slots=True)
class CdrSealed:
    """The CDR of a session that ended while its times were not certain: they are now, or it has waited long enough."""

    is_time_trusted: bool


TimeFact = TimeLearned | CdrSealed
