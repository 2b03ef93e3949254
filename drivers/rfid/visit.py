"""From "what lies on the reader" to events: a visit begins once and ends once. Pure."""

from drivers.rfid import CardArrived, CardEvent, CardLeft, CardUnreadable
from drivers.rfid.uid import Uid, UidRefused

# What lies on the reader; None: nothing does.
Resting = Uid | UidRefused | None


def edges(before: Resting, now: Resting) -> tuple[CardEvent, ...]:
    """Tell what happened between two looks; the same card, or the same trouble, in both is nothing new."""
    if before == now:
        return ()
    left = () if before is None else (CardLeft(),)
    match now:
        case None:
            return left
        case Uid():
            return (*left, CardArrived(now))
        case UidRefused(reason):
            return (*left, CardUnreadable(reason))
