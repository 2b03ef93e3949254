"""How a unit has been answering: counts since the first question, and reply times of the recent ones."""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

# Replies from which the percentiles are taken: enough for a p99 that means something, few enough to follow a change.
_RECENT_REPLIES = 512
_MEDIAN, _RARE = 50, 99
# So many questions in a row without a good reply are an outage, and no pattern of single errors.
OUTAGE_AFTER = 5


class Counts(NamedTuple):
    """What had come of the questions by a moment, as in UnitStatistics."""

    requests: int = 0
    replies: int = 0
    timeouts: int = 0
    misfits: int = 0
    crc_errors: int = 0
    refusals: int = 0
    late_frames: int = 0


_NOTHING_YET = Counts()


@dataclass(frozen=True, slots=True)
class UnitStatistics:
    """How a unit has been answering since it was first asked. Reply times are in ms, from asking to the last byte.

    `misfits` are replies that could not be the answer, `crc_errors` those among them that only the checksum betrayed.
    `late_frames` came when nobody waited for them any more. Questions to this unit held the line for `held_s` of the
    `known_s` since the first of them; `utilisation` is that share, 0 to 1. `at_reply` are the counts
    when the newest good reply had come, `at_return` when the first one after the newest outage had.
    """

    requests: int = 0
    replies: int = 0
    timeouts: int = 0
    misfits: int = 0
    crc_errors: int = 0
    refusals: int = 0
    late_frames: int = 0
    last_reply_ms: Decimal | None = None
    reply_p50_ms: Decimal | None = None
    reply_p99_ms: Decimal | None = None
    held_s: float = 0.0
    known_s: float = 0.0
    at_reply: Counts = _NOTHING_YET
    at_return: Counts = _NOTHING_YET

    @property
    def utilisation(self) -> Decimal:
        """The share of the line's time since the first question."""
        return share(self.held_s, self.known_s)


@dataclass(slots=True)
class Tally:
    """The running count behind UnitStatistics; `since_s` is when the unit was first asked."""

    since_s: float
    replies: int = 0
    timeouts: int = 0
    misfits: int = 0
    crc_errors: int = 0
    refusals: int = 0
    held_s: float = 0.0
    at_reply: Counts = _NOTHING_YET
    at_return: Counts = _NOTHING_YET
    recent_s: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT_REPLIES))

    @property
    def requests(self) -> int:
        """All questions, whatever came of them."""
        return self.replies + self.timeouts + self.misfits + self.refusals

    def replied(self, took_s: float, late_frames: int) -> None:
        """Count a good reply; `late_frames` are the unit's so far."""
        was_out = self.requests - self.at_reply.requests >= OUTAGE_AFTER
        self.replies += 1
        self.recent_s.append(took_s)
        failed = (self.timeouts, self.misfits, self.crc_errors, self.refusals)
        self.at_reply = Counts(self.requests, self.replies, *failed, late_frames)
        if was_out:
            self.at_return = self.at_reply

    def statistics(self, now_s: float, late_frames: int) -> UnitStatistics:
        """Put it together."""
        ordered = sorted(self.recent_s)
        return UnitStatistics(
            requests=self.requests,
            replies=self.replies,
            timeouts=self.timeouts,
            misfits=self.misfits,
            crc_errors=self.crc_errors,
            refusals=self.refusals,
            late_frames=late_frames,
            last_reply_ms=_in_ms(self.recent_s[-1]) if ordered else None,
            reply_p50_ms=_percentile_ms(ordered, _MEDIAN),
            reply_p99_ms=_percentile_ms(ordered, _RARE),
            held_s=self.held_s,
            known_s=max(now_s - self.since_s, self.held_s),
            at_reply=self.at_reply,
            at_return=self.at_return,
        )


def share(part_s: float, whole_s: float) -> Decimal:
    """Return how much of a time another is, 0 to 1."""
    return Decimal(f"{min(1.0, part_s / whole_s):.4f}") if whole_s > 0 else Decimal(0)


def _percentile_ms(ordered: list[float], share: int) -> Decimal | None:
    """Take the value that `share` percent do not exceed."""
    return _in_ms(ordered[-(-share * len(ordered) // 100) - 1]) if ordered else None


def _in_ms(seconds: float) -> Decimal:
    return Decimal(f"{seconds * 1000:.1f}")
