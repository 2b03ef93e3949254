"""Which deliveries go next, and which must keep their order: pure."""

from collections.abc import Mapping, Sequence

from gateway.core.delivery import Delivery, ObjectKind

# One session's objects in the order they must go: its newest state, then its CDR.
Lane = tuple[Delivery, ...]
ObjectKey = tuple[ObjectKind, str]


def object_key(delivery: Delivery) -> ObjectKey:
    """Return what identifies the object, whatever its state."""
    return delivery.kind, delivery.object_id


def plan(due: Sequence[Delivery], tries: Mapping[ObjectKey, int], window: int) -> tuple[Lane, ...]:
    """Return at most `window` lanes: those with the fewest failed tries first, then the oldest.

    Thus an object that a backend stumbles over again and again goes behind every other one, and never in its way.
    """
    sessions = dict.fromkeys(delivery.session_id for delivery in due)
    lanes = [
        tuple(sorted((delivery for delivery in due if delivery.session_id == session), key=_order))
        for session in sessions
    ]
    lanes.sort(key=lambda lane: max(tries.get(object_key(delivery), 0) for delivery in lane))
    return tuple(lanes[:window])


def _order(delivery: Delivery) -> tuple[bool, int]:
    return delivery.kind is ObjectKind.CDR, delivery.up_to_seq
