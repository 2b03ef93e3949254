"""Which replies a unit still owes. Pure: time comes in as loop seconds.

An RTU reply carries no mark of its question. A question that went unanswered may still be answered, in order, after the
next question has been asked; as long as that can be, a reply of the same shape proves nothing.
"""

from dataclasses import dataclass

from drivers.modbus.framing import Answer, Refusal, Request, ends_with_reply

# After this many time-outs' worth of time a reply is taken to have been lost, not late.
_LATE_FACTOR = 3


@dataclass(frozen=True, slots=True)
class Owed:
    """One question without a reply, when it was sent, and until when its reply may still come."""

    request: Request
    sent_s: float
    expires_s: float


class OwedReplies:
    """The open questions of every unit on one line."""

    def __init__(self) -> None:
        self._owed: dict[int, list[Owed]] = {}

    def note(self, request: Request, sent_s: float, timeout_s: float) -> None:
        """Write down that a question was asked and its reply not seen."""
        owed = Owed(request, sent_s, sent_s + _LATE_FACTOR * timeout_s)
        self._owed.setdefault(request.unit, []).append(owed)

    def outstanding(self, unit: int, now_s: float) -> tuple[Owed, ...]:
        """List what may still come from this unit, oldest first."""
        alive = [owed for owed in self._owed.get(unit, ()) if owed.expires_s > now_s]
        if alive:
            self._owed[unit] = alive
        else:
            self._owed.pop(unit, None)
        return tuple(alive)

    def settle(self, unit: int) -> None:
        """Nothing older can come from this unit any more."""
        self._owed.pop(unit, None)

    def pay(self, unit: int, heard: bytes) -> bool:
        """Take the frame at the end of `heard` as the oldest reply it can be; older ones are void. False if none."""
        owed = self._owed.get(unit, [])
        for index, one in enumerate(owed):
            if ends_with_reply(one.request, heard):
                self._owed[unit] = owed[index + 1 :]
                return True
        return False


def rivals(owed: tuple[Owed, ...], request: Request, verdict: Answer | Refusal) -> tuple[Owed, ...]:
    """Find the older questions to which this verdict could be the reply as well as to `request`.

    The echo of a write says itself what was written: it proves the same whichever of two equal writes it answers.
    """
    if isinstance(verdict, Refusal):
        return tuple(one for one in owed if one.request.function == request.function)
    if not request.is_read:
        return ()
    return tuple(
        one
        for one in owed
        if one.request.function == request.function and one.request.reply_bytes == request.reply_bytes
    )
