"""How much current a charging profile leaves: amperes per phase at a moment, and what is still to come."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from gateway.core.commands import ChargingProfile, ProfilePeriod, RateUnit
from gateway.core.instant import Instant
from gateway.core.place import Connector
from gateway.core.session_record import Limited, SessionRecord

# IEC 61851-1: less than this cannot be said to a vehicle; it is told to wait.
LEAST_CURRENT_A: Final = 6


def limit_of(session: SessionRecord, now: Instant) -> int | None:
    """Return what the session's profile allows now, in whole amperes per phase; None: it limits nothing."""
    limited = session.limited
    if limited is None or limited.profile is None:
        return None
    period = _period_at(limited.profile, _passed(session, limited, now))
    if period is None:
        return None
    return int(_amperes(limited.profile.unit, period.limit, _connector(session)).to_integral_value(ROUND_FLOOR))


def is_held_back(session: SessionRecord, now: Instant) -> bool:
    """Tell whether the profile leaves so little that the contactor stays open."""
    limit_a = limit_of(session, now)
    return limit_a is not None and limit_a < LEAST_CURRENT_A


def active_profile(session: SessionRecord, now: Instant, max_current_a: int, duration_s: int | None) -> ChargingProfile:
    """Return what will be offered from now on, in amperes: the newest profile within what the EVSE can give."""
    limited = session.limited
    highest = Decimal(max_current_a)
    periods = [ProfilePeriod(0, highest)]
    if limited is not None and limited.profile is not None:
        connector, unit = _connector(session), limited.profile.unit
        periods = []
        for start_s, period in _course(limited.profile, _passed(session, limited, now)):
            allowed = highest if period is None else min(highest, _amperes(unit, period.limit, connector))
            if not periods or periods[-1].limit != allowed:
                periods.append(ProfilePeriod(start_s, allowed.quantize(Decimal("0.1"), ROUND_FLOOR)))
    if duration_s is not None:
        periods = [period for period in periods if period.start_s < max(1, duration_s)]
    return ChargingProfile(RateUnit.A, tuple(periods), start=session.chronology.place(now), duration_s=duration_s)


def _passed(session: SessionRecord, limited: Limited, now: Instant) -> timedelta:
    """Return how long the profile has been in force, negative before it begins; true since it was set.

    It is all that is reckoned with: a profile may begin in any year that can be written, and none comes after the last.
    """
    set_at = session.chronology.place(limited.since)
    start = None if limited.profile is None else limited.profile.start
    return set_at - (start or set_at) + session.chronology.elapsed(limited.since, now)


def _period_at(profile: ChargingProfile, passed: timedelta) -> ProfilePeriod | None:
    """Return the period that holds then: none before the profile begins, none once it is over."""
    passed_s = passed // timedelta(seconds=1)
    if passed_s < 0 or (profile.duration_s is not None and passed_s >= profile.duration_s):
        return None
    begun = [period for period in profile.periods if period.start_s <= passed_s]
    return begun[-1] if begun else None


def _course(profile: ChargingProfile, passed: timedelta) -> Iterator[tuple[int, ProfilePeriod | None]]:
    """Yield what holds now and at each later change, and in how many seconds that is."""
    changes = {timedelta(seconds=period.start_s) for period in profile.periods}
    if profile.duration_s is not None:
        changes.add(timedelta(seconds=profile.duration_s))
    for moment in (passed, *sorted(change for change in changes if change > passed)):
        yield (moment - passed) // timedelta(seconds=1), _period_at(profile, moment)


def _connector(session: SessionRecord) -> Connector | None:
    connectors = session.site.evse(session.evse_uid).connectors
    return next((each for each in connectors if each.id == session.authorized.connector_id), None)


def _amperes(unit: RateUnit, limit: Decimal, connector: Connector | None) -> Decimal:
    """Return amperes per phase; a power is that of all phases together, at nominal voltage."""
    if unit is RateUnit.A or connector is None:
        return limit
    return limit / connector.watts_per_ampere
