"""How much current a charging profile leaves: amperes per phase at a moment, and what is still to come."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from gateway.core.commands import ChargingProfile, ProfilePeriod, RateUnit
from gateway.core.instant import Instant
from gateway.core.place import Connector, PowerType
from gateway.core.session_record import Limited, SessionRecord

# IEC 61851-1: less than this cannot be said to a vehicle; it is told to wait.
LEAST_CURRENT_A: Final = 6
_PHASES: Final[Mapping[PowerType, int]] = {
    PowerType.AC_1_PHASE: 1,
    PowerType.AC_2_PHASE: 2,
    PowerType.AC_2_PHASE_SPLIT: 2,
    PowerType.AC_3_PHASE: 3,
}


def limit_of(session: SessionRecord, now: Instant) -> int | None:
    """Return what the session's profile allows now, in whole amperes per phase; None: it limits nothing."""
    limited = session.limited
    if limited is None or limited.profile is None:
        return None
    period = _period_at(session, limited, _on_its_line(session, limited, now))
    if period is None:
        return None
    return int(_amperes(limited.profile.unit, period.limit, _connector(session)).to_integral_value(ROUND_FLOOR))


def is_held_back(session: SessionRecord, now: Instant) -> bool:
    """Tell whether the profile leaves so little that the contactor stays open."""
    limit_a = limit_of(session, now)
    return limit_a is not None and limit_a < LEAST_CURRENT_A


def active_profile(session: SessionRecord, now: Instant, max_current_a: int, duration_s: int | None) -> ChargingProfile:
    """Return what will be offered from now on, in amperes: the newest profile within what the EVSE can give."""
    at, limited = session.chronology.place(now), session.limited
    highest = Decimal(max_current_a)
    periods = [ProfilePeriod(0, highest)]
    if limited is not None and limited.profile is not None:
        at = _on_its_line(session, limited, now)
        connector, unit = _connector(session), limited.profile.unit
        periods = []
        for moment, period in _course(session, limited, at):
            allowed = highest if period is None else min(highest, _amperes(unit, period.limit, connector))
            start_s = (moment - at) // timedelta(seconds=1)
            if not periods or periods[-1].limit != allowed:
                periods.append(ProfilePeriod(start_s, allowed.quantize(Decimal("0.1"), ROUND_FLOOR)))
    if duration_s is not None:
        periods = [period for period in periods if period.start_s < max(1, duration_s)]
    return ChargingProfile(RateUnit.A, tuple(periods), start=session.chronology.place(now), duration_s=duration_s)


def _on_its_line(session: SessionRecord, limited: Limited, moment: Instant) -> datetime:
    """Place a moment so that durations since the profile was set are true."""
    return session.chronology.place(limited.since) + session.chronology.elapsed(limited.since, moment)


def _begin(session: SessionRecord, limited: Limited) -> datetime:
    start = None if limited.profile is None else limited.profile.start
    return session.chronology.place(limited.since) if start is None else start


def _period_at(session: SessionRecord, limited: Limited, at: datetime) -> ProfilePeriod | None:
    """Return the period that holds at a moment: none before the profile begins, none once it is over."""
    profile = limited.profile
    if profile is None:
        return None
    passed = (at - _begin(session, limited)) // timedelta(seconds=1)
    if passed < 0 or (profile.duration_s is not None and passed >= profile.duration_s):
        return None
    begun = [period for period in profile.periods if period.start_s <= passed]
    return begun[-1] if begun else None


def _course(session: SessionRecord, limited: Limited, at: datetime) -> Iterator[tuple[datetime, ProfilePeriod | None]]:
    profile, begin = limited.profile, _begin(session, limited)
    if profile is None:
        return
    changes = {begin + timedelta(seconds=period.start_s) for period in profile.periods}
    if profile.duration_s is not None:
        changes.add(begin + timedelta(seconds=profile.duration_s))
    for moment in (at, *sorted(change for change in changes if change > at)):
        yield moment, _period_at(session, limited, moment)


def _connector(session: SessionRecord) -> Connector | None:
    connectors = session.site.evse(session.evse_uid).connectors
    return next((each for each in connectors if each.id == session.authorized.connector_id), None)


def _amperes(unit: RateUnit, limit: Decimal, connector: Connector | None) -> Decimal:
    """Return amperes per phase; a power is that of all phases together, at nominal voltage."""
    if unit is RateUnit.A or connector is None:
        return limit
    return limit / (connector.max_voltage_v * _PHASES.get(connector.power_type, 1))
