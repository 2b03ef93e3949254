"""One EVSE at one moment: what the rules of decide look at."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.core.chronology import Chronology
from gateway.core.evse_record import EvseRecord
from gateway.core.facts import Register
from gateway.core.instant import Instant
from gateway.core.rules import EvseRules, Policy, SessionRules
from gateway.core.session_phase import RUNNING, Phase
from gateway.core.session_record import SessionRecord
from gateway.core.sight import EvseSight, Sight
from gateway.core.site_state import SiteState


class Stage(StrEnum):
    """What the EVSE is about. INTERRUPTED: a session ran when the daemon stopped, and nobody has looked yet."""

    FREE = "FREE"
    RESERVED = "RESERVED"
    CLAIMED = "CLAIMED"
    AUTHORIZED = "AUTHORIZED"
    INTERRUPTED = "INTERRUPTED"
    RUNNING = "RUNNING"
    ENDING = "ENDING"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is known of one EVSE now."""

    limits: EvseRules
    rules: SessionRules
    record: EvseRecord
    seen: EvseSight
    run: int
    now: Instant
    chronology: Chronology

    @property
    def stage(self) -> Stage:
        """What the EVSE is about."""
        return stage_of(self.record, self.run)

    @property
    def session(self) -> SessionRecord:
        """The open session; only to be asked where the stage says there is one."""
        session = self.record.open_session
        if session is None:
            raise ValueError(f"EVSE {self.limits.uid} has no open session")
        return session

    def lasted(self, since: Instant, seconds: int) -> bool:
        """Tell whether at least so many seconds have passed."""
        return self.chronology.elapsed(since, self.now) >= timedelta(seconds=seconds)

    @property
    def fresh_register(self) -> Register | None:
        """A believed counter value young enough to begin a bill with."""
        register = self.seen.believed
        if register is None or self.seen.oddity is not None or self.seen.meter_lost is not None:
            return None
        too_old = self.chronology.elapsed(register.at, self.now) > timedelta(seconds=self.rules.start_reading_max_age_s)
        return None if too_old else register

    @property
    def best_register(self) -> Register:
        """The newest believed counter value of the session, seen or on record."""
        known, seen = self.session.last, self.seen.believed
        if known is None:
            raise ValueError(f"session {self.session.id} has no counter value")
        return seen if seen is not None and not self.chronology.is_before(seen.at, known.at) else known


def stage_of(record: EvseRecord, run: int) -> Stage:
    """Return what an EVSE is about in this run of the daemon."""
    session = record.open_session
    if session is None:
        return Stage.FREE
    if session.phase in RUNNING:
        return Stage.RUNNING if session.run == run else Stage.INTERRUPTED
    return _STAGES.get(session.phase, Stage.ENDING)


_STAGES = {
    Phase.RESERVED: Stage.RESERVED,
    Phase.CLAIMED: Stage.CLAIMED,
    Phase.AUTHORIZED: Stage.AUTHORIZED,
}


def set_scene(policy: Policy, limits: EvseRules, state: SiteState, sight: Sight, now: Instant) -> Scene:
    """Put together what is known of one EVSE."""
    record, seen = state.evse(limits.uid), sight.evse(limits.uid)
    return Scene(
        limits=limits,
        rules=policy.session,
        record=record,
        seen=seen,
        run=state.run,
        now=now,
        chronology=state.chronology,
    )
