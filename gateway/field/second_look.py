"""When a counter value needs a second look before anything may begin or end with it. Pure."""

from decimal import Decimal

from gateway.core.metering import COUNTER_STEP_WH


def needs_second_look(known: Decimal | None, read: Decimal | None, *, energised: bool) -> bool:
    """Whether a counter value could become a start or stop value and nothing yet supports it.

    Sessions begin and end while the contactor is open. Then a counter stands still, so a value equal to the one known
    is its second reading; any other, the first after a start of the daemon included, is read again.
    """
    return read is not None and not energised and read != known


def agrees(first: Decimal | None, second: Decimal | None) -> bool:
    """Whether a second value supports the first: equal, or what may have been counted in between."""
    return first is not None and second is not None and 0 <= second - first <= COUNTER_STEP_WH
