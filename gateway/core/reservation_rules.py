"""What happens to a reservation by itself: whom it is for comes and does not charge, or it is over."""

from collections.abc import Iterator

from gateway.core.facts import FactBody
from gateway.core.facts_roaming import ReservationEnd, ReservationEnded, ReservationUnclaimed
from gateway.core.reservation_record import has_expired
from gateway.core.scene import Scene
from gateway.core.session_rules import find_obstacle
from gateway.core.site_state import LATCHED


def drop_claim(scene: Scene) -> Iterator[FactBody]:
    """Give up waiting for a driver who had come; the reservation holds on."""
    reason = find_obstacle(scene)
    if reason is not None:
        yield ReservationUnclaimed(reason)


def end_reservation(scene: Scene) -> Iterator[FactBody]:
    """End what is over; what cannot be kept is not the driver's fault, and costs nothing."""
    reservation, faults = scene.session.reservation, scene.record.faults
    if reservation is None:
        return
    if LATCHED & set(faults):
        yield ReservationEnded(ReservationEnd.OUT_OF_ORDER)
    elif has_expired(reservation, scene.now, scene.chronology):
        yield ReservationEnded(ReservationEnd.OUT_OF_ORDER if faults else ReservationEnd.EXPIRED)
