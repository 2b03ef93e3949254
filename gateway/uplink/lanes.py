"""Which deliveries go next, and which must keep their order: pure."""

from collections.abc import Mapping, Sequence

from gateway.core.delivery import Delivery, ObjectKind

# One session's objects in the order they must go: its newest state, then its CDR.
Lane = tuple[Delivery, ...]
ObjectKey = tuple[ObjectKind, str]
# How often an object was tried in vain.
Tries = dict[ObjectKey, int]


def object_key(delivery: Delivery) -> ObjectKey:
    """Return what identifies the object, whatever its state."""
    return delivery.kind, delivery.object_id


def plan(due: Sequence[Delivery], tries: Mapping[ObjectKey, int], window: int) -> tuple[Lane, ...]:
    """Return at most `window` lanes: those with the fewest failed tries first, then as they come.

    Thus an object that a backend stumbles over again and again goes behind every other one, and never in its way.
    """
    by_session: dict[str, list[Delivery]] = {}
    for delivery in due:
        by_session.setdefault(delivery.session_id, []).append(delivery)
    lanes = [tuple(sorted(lane, key=_order)) for lane in by_session.values()]
    lanes.sort(key=lambda lane: max(tries.get(object_key(delivery), 0) for delivery in lane))
    return tuple(lanes[:window])


def _order(delivery: Delivery) -> tuple[bool, int]:
    return delivery.kind is ObjectKind.CDR, delivery.up_to_seq
