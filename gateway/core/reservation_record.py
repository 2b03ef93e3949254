"""A reservation as part of its session's record: what is reserved until when, and how it ended."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.core.chronology import Chronology
from gateway.core.facts import SessionAuthorized
from gateway.core.facts_roaming import (
    ReservationChanged,
    ReservationEnd,
    ReservationEnded,
    SessionReserved,
)
from gateway.core.identifiers import CommandId
from gateway.core.instant import Instant
from gateway.core.token import AuthMethod


@dataclass(frozen=True, slots=True)
class Reservation:
    """`command_id` is the newest command that asked for it; `made_at` when it began."""

    id: str
    command_id: CommandId
    made_at: Instant
    expires: datetime
    ended: ReservationEnd | None = None


def grant_of(reserved: SessionReserved) -> SessionAuthorized:
    """Return the authorisation that lies in a reservation: its provider has vouched for the token."""
    return SessionAuthorized(
        connector_id=reserved.connector_id,
        token=reserved.token,
        auth_method=AuthMethod.COMMAND,
        authorization_reference=reserved.authorization_reference,
        reader=None,
        tariff_id=reserved.tariff_id,
        tariff_seq=reserved.tariff_seq,
        site_seq=reserved.site_seq,
    )


def evolve_reservation(known: Reservation, body: ReservationChanged | ReservationEnded) -> Reservation:
    """Fold one more fact in."""
    match body:
        case ReservationChanged(command_id, expires):
            return replace(known, command_id=command_id, expires=expires)
        case ReservationEnded(reason):
            return replace(known, ended=reason)


def has_expired(reservation: Reservation, now: Instant, chronology: Chronology) -> bool:
    """Tell whether it is over: by the wall clock if that is right, else by the time that has passed."""
    if chronology.is_trusted(now):
        return chronology.place(now) >= reservation.expires
    lasts = reservation.expires - chronology.place(reservation.made_at)
    return chronology.elapsed(reservation.made_at, now) >= lasts
